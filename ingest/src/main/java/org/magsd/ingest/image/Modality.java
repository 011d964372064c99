package org.magsd.ingest.image;

import java.util.Optional;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.Tag;

/** From stored values to the modality's (PS3.3 C.11.1). */
@FunctionalInterface
interface Modality {
  double apply(double stored);

  static Modality of(FrameHeader header, PixelFormat format) {
    Optional<LookupTable> table =
        header.object().items(Tag.MODALITY_LUT_SEQUENCE).stream()
            .findFirst()
            .flatMap(item -> LookupTable.of(item, format.signed()));
    if (table.isPresent()) {
      return table.get()::apply;
    }
    Attributes macro = header.macro(Tag.PIXEL_VALUE_TRANSFORMATION_SEQUENCE);
    double slope = macro.decimal(Tag.RESCALE_SLOPE).filter(given -> given != 0).orElse(1.0);
    double intercept = macro.decimal(Tag.RESCALE_INTERCEPT).orElse(0.0);
    return stored -> stored * slope + intercept;
  }
}
