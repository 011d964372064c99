package org.magsd.ingest.net;

import java.nio.file.Path;

/** What became of one file to be sent. */
public sealed interface SendOutcome {
  Path file();

  /** The receiver holds it: status success (0000H) or a warning (Bxxx). */
  record Stored(Path file, String sopInstanceUid, int status) implements SendOutcome {}

  /** The receiver said no, with a status of PS3.4 B.2.3 or PS3.7 Annex C and perhaps a comment. */
  record Refused(Path file, String sopInstanceUid, int status, String comment)
      implements SendOutcome {}

  /** No answer was had: not a DICOM file, no acceptable context, or the peer stayed away. */
  record Failed(Path file, String reason) implements SendOutcome {}
}
