package org.magsd.ingest.net;

import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.DicomInstance;
import org.magsd.ingest.dicom.DicomProvider;
import org.magsd.ingest.dicom.TransferSyntax;
import org.magsd.ingest.dicom.Uid;

/**
 * A file to be sent: what the command must say of it, and where its data set lies. The pixels stay
 * on the disk until they are sent.
 *
 * @param syntax how the data set is written in fact
 * @param form whether that is what its UID says
 */
record OutgoingFile(
    Path path,
    String sopClass,
    String sopInstance,
    TransferSyntax syntax,
    Form form,
    int dataSetOffset) {
  /** How the bytes of a file fit the transfer syntax they are said to be in. */
  enum Form {
    SOUND,
    /** Its elements are written otherwise, with implicit VR, say; they can be written anew. */
    OTHER_ELEMENTS,
    /** Its pixels should be in fragments and are not. */
    OTHER_PIXELS
  }

  static OutgoingFile read(DicomProvider provider, Path path) throws DicomException {
    DicomInstance instance = provider.parse(path);
    TransferSyntax syntax = named(instance.transferSyntax());
    return new OutgoingFile(
        path,
        uid("SOPClassUID (0008,0016)", instance.sopClassUid()),
        uid("SOPInstanceUID (0008,0018)", instance.sopInstanceUid()),
        syntax,
        form(instance, syntax),
        instance.dataSetOffset());
  }

  /** Elements overrule the UID that is stated, where there is a UID for what they are. */
  private static TransferSyntax named(TransferSyntax found) {
    if (isNative(found) && !found.deflated()) {
      return Stream.of(
              TransferSyntax.of(found.uid()),
              TransferSyntax.EXPLICIT_LITTLE_ENDIAN,
              TransferSyntax.IMPLICIT_LITTLE_ENDIAN,
              TransferSyntax.EXPLICIT_BIG_ENDIAN)
          .filter(
              known ->
                  known.pixels() == found.pixels()
                      && known.explicitVr() == found.explicitVr()
                      && known.bigEndian() == found.bigEndian())
          .findFirst()
          .orElse(found);
    }
    return found;
  }

  private static Form form(DicomInstance instance, TransferSyntax syntax) throws DicomException {
    boolean known = syntax.pixels() != TransferSyntax.Coding.UNSUPPORTED;
    if (instance.hasPixels() && known && !syntax.deflated()) {
      boolean fragments = instance.hasFragments();
      if (fragments && isNative(syntax)) {
        throw new DicomException(
            "pixel data in fragments, which transfer syntax %s does not have"
                .formatted(syntax.uid()));
      }
      if (!fragments && !isNative(syntax)) {
        return Form.OTHER_PIXELS;
      }
    }
    return TransferSyntax.of(syntax.uid()).equals(syntax) ? Form.SOUND : Form.OTHER_ELEMENTS;
  }

  private static String uid(String name, Optional<String> value) throws DicomException {
    return value
        .map(String::strip)
        .filter(Uid::isUsable)
        .orElseThrow(() -> new DicomException("no valid " + name));
  }

  private static boolean isNative(TransferSyntax syntax) {
    return !syntax.encapsulated();
  }

  /** The transfer syntaxes in which it can be sent, the one to be preferred first. */
  List<String> syntaxes() {
    List<String> syntaxes = new ArrayList<>();
    boolean own = form == Form.SOUND || (form == Form.OTHER_ELEMENTS && !isNative(syntax));
    if (own) {
      syntaxes.add(syntax.uid());
    }
    if (syntax.pixels() != TransferSyntax.Coding.UNSUPPORTED) {
      Stream.of(
              TransferSyntax.EXPLICIT_LITTLE_ENDIAN_UID, TransferSyntax.IMPLICIT_LITTLE_ENDIAN_UID)
          .filter(uid -> !syntaxes.contains(uid))
          .forEach(syntaxes::add);
    }
    return syntaxes;
  }

  /** A data set as it goes over the wire. */
  record Content(InputStream stream, long length) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      stream.close();
    }
  }

  /**
   * The data set in one of its {@link #syntaxes}.
   *
   * @throws DicomException when it cannot be written so, and why
   */
  Content in(TransferSyntax chosen, DicomProvider provider) throws IOException, DicomException {
    boolean own = chosen.uid().equals(syntax.uid());
    if (own && form == Form.SOUND) {
      return asIs();
    }
    byte[] rewritten =
        own || isNative(syntax)
            ? Rewriting.elements(this, chosen)
            : Rewriting.pixels(provider, path, chosen);
    return new Content(new ByteArrayInputStream(rewritten), rewritten.length);
  }

  /**
   * The data set as it is in the file, with a NUL after a deflated one of odd length: fragments are
   * even (PS3.5 A.5, PS3.8 Annex E.1).
   */
  private Content asIs() throws IOException {
    InputStream in = Files.newInputStream(path);
    try {
      in.skipNBytes(dataSetOffset);
      long length = Files.size(path) - dataSetOffset;
      int padding = (int) (length % 2);
      InputStream even =
          new SequenceInputStream(
              new BufferedInputStream(in), new ByteArrayInputStream(new byte[padding]));
      return new Content(even, length + padding);
    } catch (IOException e) {
      in.close();
      throw e;
    }
  }
}
