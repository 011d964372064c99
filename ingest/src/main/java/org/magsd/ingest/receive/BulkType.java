package org.magsd.ingest.receive;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Uid;

/** Media types and their parameters, and which transfer syntax they stand for. */
final class BulkType {
  private static final Pattern PARAMETER =
      Pattern.compile(";\\s*([A-Za-z-]+)\\s*=\\s*(?:\"([^\"]*)\"|([^;\\s]+))");

  /** Where no parameter says it: PS3.18 section 8.7.3.5. JPEG is told by its frame header. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "application/octet-stream", TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID,
          "image/dicom-rle", TransferSyntax.RLE_UID,
          "image/jls", "1.2.840.10008.1.2.4.80",
          "image/jp2", "1.2.840.10008.1.2.4.90",
          "image/jpx", "1.2.840.10008.1.2.4.92",
          "image/jphc", "1.2.840.10008.1.2.4.201");

  private BulkType() {}

  /** The type itself, lower case, without parameters. */
  static String essence(String header) {
    int end = header.indexOf(';');
    return (end < 0 ? header : header.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  /** The value of a parameter of a header such as Content-Type, quotes removed. */
  static Optional<String> parameter(String header, String name) {
    for (Matcher found = PARAMETER.matcher(header); found.find(); ) {
      if (found.group(1).equalsIgnoreCase(name)) {
        return Optional.of(found.group(2) == null ? found.group(3) : found.group(2));
      }
    }
    return Optional.empty();
  }

  /**
   * The transfer syntax of pixel data sent as this type.
   *
   * @throws DicomException if it is not known, or could not stand beside a data set in explicit VR
   *     little endian
   */
  static TransferSyntax syntax(String type, byte[] bytes) throws DicomException {
    String essence = essence(type);
    Optional<String> uid =
        parameter(type, "transfer-syntax")
            .or(() -> Optional.ofNullable(DEFAULTS.get(essence)))
            .or(() -> essence.equals("image/jpeg") ? jpeg(bytes) : Optional.empty());
    if (uid.isEmpty() || !Uid.isUsable(uid.get())) {
      throw new DicomException("pixel data of a media type without a transfer syntax");
    }
    TransferSyntax syntax = TransferSyntax.of(uid.get());
    boolean plain = syntax.uid().equals(TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID);
    if (!plain && !syntax.encapsulated()) {
      // The only other plain one that sends the same pixel bytes.
      if (syntax.uid().equals(TransferSyntax.IMPLICIT_LITTLE_ENDIAN_UID)) {
        return TransferSyntax.EXPLICIT_LITTLE_ENDIAN;
      }
      throw new DicomException("bulk pixel data in transfer syntax " + syntax.uid());
    }
    return syntax;
  }

  /** By the first SOF marker (ITU-T T.81 B.1.1.3), and of lossless ones by the predictor. */
  private static Optional<String> jpeg(byte[] bytes) {
    int process = -1;
    int at = 2;
    while (at + 3 < bytes.length && (bytes[at] & 0xff) == 0xff) {
      int marker = bytes[at + 1] & 0xff;
      int length = (bytes[at + 2] & 0xff) << 8 | (bytes[at + 3] & 0xff);
      if (marker >= 0xc0 && marker <= 0xc3) {
        process = marker & 15;
      } else if (marker == 0xda) {
        int predictor = at + 5 + 2 * (bytes[Math.min(at + 4, bytes.length - 1)] & 0xff);
        boolean first = predictor < bytes.length && bytes[predictor] == 1;
        return switch (process) {
          case 0 -> Optional.of("1.2.840.10008.1.2.4.50");
          case 1 -> Optional.of("1.2.840.10008.1.2.4.51");
          case 3 -> Optional.of("1.2.840.10008.1.2.4." + (first ? "70" : "57"));
          default -> Optional.empty();
        };
      }
      at += 2 + length;
    }
    return Optional.empty();
  }
}
