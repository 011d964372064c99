package org.magsd.ingest.image;

import java.util.List;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.Tag;

/**
 * The one path from stored values to the picture a reader would see, in serving and in training
 * (PS3.4 N.2, PS3.3 C.11):
 *
 * <ol>
 *   <li>stored values: the bits between High Bit and Bits Stored, with their sign; the rest, such
 *       as overlays, is ignored
 *   <li>modality: the modality LUT, else rescale slope and intercept
 *   <li>values of interest: the first of the VOI LUT and the windows that is allowed and shows
 *       something (PS3.3 C.11.2.1); where there is none, the full range of values of up to 8 bits,
 *       or the range between two percentiles of deeper ones
 *   <li>presentation: inverted for MONOCHROME1 or an INVERSE presentation LUT shape
 *   <li>padding pixels black, and left out of the percentiles
 *   <li>colour to luma (ITU-R BT.601)
 *   <li>pixels that are not square resampled until they are
 * </ol>
 */
public final class Film {
  private Film() {}

  /** Renders the first frame. */
  public static GrayImage of(DicomProvider provider, DicomInstance instance) throws DicomException {
    Attributes header = instance.attributes();
    PixelFormat format = PixelFormat.of(header);
    StoredFrame frame = provider.decode(instance, 0);
    byte[] pixels =
        switch (format.photometric()) {
          case "MONOCHROME1", "MONOCHROME2", "" -> grey(frame, format, header);
          case "PALETTE COLOR" -> PaletteColor.luma(frame, format, header);
          default -> Luma.of(frame, format);
        };
    return SquarePixels.of(new GrayImage(frame.columns(), frame.rows(), pixels), aspect(header));
  }

  private static byte[] grey(StoredFrame frame, PixelFormat format, Attributes header)
      throws DicomException {
    if (frame.samples() != 1) {
      String photometric =
          format.photometric().isEmpty()
              ? "no PhotometricInterpretation (0028,0004)"
              : format.photometric();
      throw new DicomException(photometric + " with " + frame.samples() + " samples a pixel");
    }
    FrameHeader layers = new FrameHeader(header, 0);
    GreyLevels levels = GreyLevels.of(frame, format, header);
    Modality modality = Modality.of(layers, format);
    ValuesOfInterest interest =
        ValuesOfInterest.of(layers)
            .filter(found -> levels.isVisible(found, modality))
            .findFirst()
            .orElseGet(() -> levels.fallback(modality));
    boolean inverse =
        format.photometric().equals("MONOCHROME1")
            || header.text(Tag.PRESENTATION_LUT_SHAPE).filter("INVERSE"::equals).isPresent();
    return levels.render(modality, interest, inverse);
  }

  /** Height of a pixel over its width; 1 where the header says nothing usable. */
  private static double aspect(Attributes header) {
    Attributes measures = new FrameHeader(header, 0).macro(Tag.PIXEL_MEASURES_SEQUENCE);
    for (double[] pair :
        List.of(
            measures.decimals(Tag.PIXEL_SPACING),
            header.decimals(Tag.IMAGER_PIXEL_SPACING),
            header.decimals(Tag.NOMINAL_SCANNED_PIXEL_SPACING),
            header.decimals(Tag.PIXEL_ASPECT_RATIO))) {
      if (pair.length == 2 && pair[0] > 0 && pair[1] > 0) {
        return pair[0] / pair[1];
      }
    }
    return 1;
  }
}
