import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.IntUnaryOperator;
import javax.imageio.ImageIO;

/**
 * Makes the sample studies of this folder from chest films that may be shipped (see
 * ATTRIBUTION.md): {@code java config/samples/Generate.java FILMS_DIR}, where FILMS_DIR holds {@code
 * images/cxr-NNNNN.jpg}. Needs JDK 17 and dcmtk's compressors (dcmcjpeg, dcmcjpls, dcmcrle,
 * dcmconv) on the path. The result is reproducible: names, UIDs and times are derived from the
 * sample's number, nothing from the clock.
 *
 * <p>It writes its own data sets instead of using the project's writer on purpose: the samples are
 * what that writer and reader are shown to the user with, so they come from elsewhere.
 */
final class Generate {
  private static final String DX = "1.2.840.10008.5.1.4.1.1.1.1";
  private static final String CR = "1.2.840.10008.5.1.4.1.1.1";
  private static final String EXPLICIT_LE = "1.2.840.10008.1.2.1";
  private static final String JPEG_BASELINE = "1.2.840.10008.1.2.4.50";
  private static final String HANNOVER = "Hannover";
  private static final String NIH = "NIH";
  private static final String KERMANY = "Kermany";

  /** How stored values are made of the film's 8-bit grey, and what the header says about them. */
  private enum Depth {
    EIGHT(8, 8, false, v -> v),
    EIGHT_INVERTED(8, 8, false, v -> 255 - v),
    TWELVE(16, 12, false, v -> 200 + 12 * v),
    SIXTEEN_SIGNED(16, 16, true, v -> 200 * v - 25_000);

    final int allocated;
    final int stored;
    final boolean signed;
    final IntUnaryOperator fromGrey;

    Depth(int allocated, int stored, boolean signed, IntUnaryOperator fromGrey) {
      this.allocated = allocated;
      this.stored = stored;
      this.signed = signed;
      this.fromGrey = fromGrey;
    }
  }

  private record Patient(String charset, byte[] name, String sex, String birthDate) {}

  /**
   * One file.
   *
   * @param study number of the study, from 1
   * @param compressor dcmtk command that gives the final transfer syntax, empty for none
   */
  private record Sample(
      String file,
      int study,
      int image,
      String film,
      String label,
      String source,
      String sopClass,
      String view,
      Depth depth,
      List<String> compressor,
      String form,
      String expected) {}

  /** Names are examples of PS3.5 annexes H, I and J or invented; nobody's. */
  private static Patient patient(int study) {
    return switch (study) {
      case 1 -> new Patient("ISO_IR 100", "Müller^Jürgen".getBytes(ISO_8859_1), "M", "19580412");
      case 5 -> new Patient("\\ISO 2022 IR 87", yamada(), "M", "19490907");
      case 7 -> new Patient("ISO_IR 192", "Wang^XiaoDong=王^小东".getBytes(UTF_8), "M", "19710123");
      case 8 ->
          new Patient(
              "ISO_IR 126", "Διονυσιος".getBytes(Charset.forName("ISO-8859-7")), "M", "20170530");
      case 9 -> new Patient("\\ISO 2022 IR 149", hong(), "M", "19631118");
      default ->
          new Patient(
              "",
              ("Sample^" + List.of("Ada", "Bea", "Cleo", "Dora", "Edda").get(study % 5))
                  .getBytes(US_ASCII),
              "F",
              (1950 + 3 * study) + "0615");
    };
  }

  private static final List<String> NONE = List.of();

  private static final List<Sample> SAMPLES =
      List.of(
          new Sample("01-explicit-8bit.dcm", 1, 1, "00377", "covid19", HANNOVER, DX, "PA",
              Depth.EIGHT, NONE, "DX, uncompressed, explicit VR little endian, 8 bit", "assessed"),
          new Sample("02-implicit-8bit.dcm", 2, 1, "00079", "normal", NIH, CR, "PA",
              Depth.EIGHT, List.of("dcmconv", "+ti"),
              "CR, uncompressed, implicit VR little endian, 8 bit", "assessed"),
          new Sample("03-jpeg-lossless.dcm", 3, 1, "00207", "pneumonia", NIH, DX, "PA",
              Depth.EIGHT, List.of("dcmcjpeg", "+e1"),
              "DX, JPEG lossless first-order prediction (.70), 8 bit", "assessed"),
          new Sample("04-jpeg-baseline.dcm", 4, 1, "00104", "normal", KERMANY, CR, "AP",
              Depth.EIGHT, List.of("embed"), "CR, JPEG baseline (.50), 8 bit", "assessed"),
          new Sample("05-jpeg-ls.dcm", 5, 1, "00565", "covid19", HANNOVER, DX, "PA",
              Depth.EIGHT, List.of("dcmcjpls", "+el"),
              "DX, JPEG-LS lossless (.80), 8 bit, Japanese name in ISO 2022", "assessed"),
          new Sample("06-monochrome1-rle.dcm", 6, 1, "00183", "pneumonia", NIH, DX, "PA",
              Depth.EIGHT_INVERTED, List.of("dcmcrle"),
              "DX, MONOCHROME1 (stored inverted), RLE, 8 bit", "assessed"),
          new Sample("07-12bit-window.dcm", 7, 1, "00990", "covid19", HANNOVER, DX, "PA",
              Depth.TWELVE, NONE,
              "DX, 12 bits stored in 16 with a window, explicit VR little endian, UTF-8 name",
              "assessed"),
          new Sample("08-16bit-signed.dcm", 8, 1, "00991", "pneumonia", KERMANY, CR, "AP",
              Depth.SIXTEEN_SIGNED, List.of("dcmcjpeg", "+e1"),
              "CR, 16 bit signed with rescale and window, JPEG lossless (.70), Greek name",
              "assessed"),
          new Sample("09-two-images-a.dcm", 9, 1, "00630", "covid19", HANNOVER, DX, "PA",
              Depth.TWELVE, List.of("dcmcjpeg", "+e1"),
              "DX, first of two images, 12 bit JPEG lossless (.70), Korean name in ISO 2022",
              "assessed"),
          new Sample("09-two-images-b.dcm", 9, 2, "00836", "covid19", HANNOVER, DX, "AP",
              Depth.EIGHT, List.of("dcmcjpeg", "+el"),
              "DX, second of two images, 8 bit JPEG lossless (.57)", "assessed"),
          new Sample("10-lateral.dcm", 10, 1, "00875", "normal", NIH, DX, "LL",
              Depth.EIGHT, List.of("dcmcjpeg", "+e1"),
              "DX whose header says left lateral (the pixels are a frontal film: no lateral one of"
                  + " the sources may be shipped)", "skipped"),
          new Sample("11-damaged.dcm", 11, 1, "00305", "pneumonia", NIH, DX, "AP",
              Depth.EIGHT, List.of("dcmcjpeg", "+e1"),
              "DX, JPEG lossless (.70) whose stream has lost its first sector and its tail",
              "rejected"));

  public static void main(String[] args) throws Exception {
    if (args.length != 1) {
      System.err.println("usage: java config/samples/Generate.java FILMS_DIR");
      System.exit(2);
    }
    Path films = Path.of(args[0]);
    Path here = Path.of("config", "samples");
    for (Sample sample : SAMPLES) {
      write(films, sample, here.resolve(sample.file()));
    }
    Files.writeString(here.resolve("samples.json"), manifest(films));
  }

  private static void write(Path films, Sample sample, Path target) throws Exception {
    Path film = film(films, sample);
    boolean embed = sample.compressor().equals(List.of("embed"));
    Path plain = Files.createTempFile("sample", ".dcm");
    Path done = Files.createTempFile("sample", ".dcm");
    try {
      Files.write(plain, part10(sample, film, embed));
      if (embed || sample.compressor().isEmpty()) {
        Files.copy(plain, done, StandardCopyOption.REPLACE_EXISTING);
      } else {
        List<String> command = new ArrayList<>(sample.compressor());
        command.addAll(List.of(plain.toString(), done.toString()));
        if (new ProcessBuilder(command).inheritIO().start().waitFor() != 0) {
          throw new IOException(String.join(" ", command) + " failed");
        }
      }
      byte[] bytes = Files.readAllBytes(done);
      Files.write(target, sample.expected().equals("rejected") ? damaged(bytes) : bytes);
    } finally {
      Files.delete(plain);
      Files.delete(done);
    }
  }

  /**
   * Zeroes the first 510 bytes of the JPEG stream after its SOI marker and cuts its last two
   * thirds, keeping data set and item lengths right: a receiver can store it, nobody can decode it.
   */
  private static byte[] damaged(byte[] whole) {
    ByteBuffer in = ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN);
    int soi = 0;
    while ((in.getShort(soi) & 0xFFFF) != 0xD8FF || in.getInt(soi - 8) != 0xE000FFFE) {
      soi++;
    }
    int kept = in.getInt(soi - 4) / 3 & ~1;
    ByteBuffer out = ByteBuffer.allocate(soi + kept + 8).order(ByteOrder.LITTLE_ENDIAN);
    out.put(whole, 0, soi + 2).put(new byte[510]).put(whole, soi + 512, kept - 512);
    out.putInt(soi - 4, kept);
    return out.putInt(0xE0DDFFFE).putInt(0).array();
  }

  private static Path film(Path films, Sample sample) {
    return films.resolve("images/cxr-" + sample.film() + ".jpg");
  }

  private static byte[] part10(Sample s, Path film, boolean embed) throws IOException {
    byte[] jpeg = Files.readAllBytes(film);
    Raster grey = ImageIO.read(film.toFile()).getRaster();
    DataSet body = header(s, grey.getWidth(), grey.getHeight(), jpeg.length);
    byte[] pixels = embed ? encapsulated(jpeg) : stored(grey, s.depth());
    body.add(0x7FE00010, s.depth().allocated == 8 || embed ? "OB" : "OW", pixels);
    DataSet meta = new DataSet();
    meta.add(0x00020001, "OB", new byte[] {0, 1});
    meta.text(0x00020002, "UI", s.sopClass());
    meta.text(0x00020003, "UI", uid("instance", s));
    meta.text(0x00020010, "UI", embed ? JPEG_BASELINE : EXPLICIT_LE);
    meta.text(0x00020012, "UI", uid("magsd sample generator"));
    byte[] group2 = meta.encode(false);
    DataSet length = new DataSet();
    length.add(0x00020000, "UL", little(4).putInt(group2.length).array());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(new byte[128]);
    out.write("DICM".getBytes(US_ASCII));
    out.write(length.encode(false));
    out.write(group2);
    out.write(body.encode(embed));
    return out.toByteArray();
  }

  private static DataSet header(Sample s, int width, int height, int jpegSize) {
    boolean dx = s.sopClass().equals(DX);
    Depth depth = s.depth();
    boolean inverted = depth == Depth.EIGHT_INVERTED;
    Patient who = patient(s.study());
    String day = String.format("202501%02d", s.study());
    String time = String.format("%02d%02d00", 7 + s.study(), 5 * s.image());
    DataSet d = new DataSet();
    if (!who.charset().isEmpty()) {
      d.text(0x00080005, "CS", who.charset());
    }
    d.text(0x00080008, "CS", "DERIVED\\PRIMARY" + (dx ? "\\" : ""));
    d.text(0x00080016, "UI", s.sopClass());
    d.text(0x00080018, "UI", uid("instance", s));
    for (int date : new int[] {0x00080020, 0x00080021, 0x00080022, 0x00080023}) {
      d.text(date, "DA", day);
      d.text(date + 0x10, "TM", time);
    }
    d.text(0x00080050, "SH", String.format("ACC%04d", s.study()));
    d.text(0x00080060, "CS", dx ? "DX" : "CR");
    if (dx) {
      d.text(0x00080068, "CS", "FOR PRESENTATION");
    }
    d.text(0x00080070, "LO", "magsd samples");
    d.text(0x00080080, "LO", "Sample Hospital");
    d.text(0x00080090, "PN", "");
    d.text(0x00080201, "SH", "+0100");
    d.text(0x00081030, "LO", "Chest radiograph");
    d.text(0x0008103E, "LO", "Chest " + s.view());
    d.text(0x00082111, "ST", "Downscaled from a published film, see ATTRIBUTION.md");
    if (dx) {
      d.sequence(0x00082218, code("51185008", "Chest"));
    }
    d.add(0x00100010, "PN", who.name());
    d.text(0x00100020, "LO", String.format("SAMPLE-%02d", s.study()));
    d.text(0x00100021, "LO", "MAGSD-SAMPLES");
    d.text(0x00100030, "DA", who.birthDate());
    d.text(0x00100040, "CS", who.sex());
    d.text(0x00180015, "CS", "CHEST");
    d.text(0x00181020, "LO", "1");
    if (dx) {
      d.text(0x00181164, "DS", "0.7\\0.7");
      d.text(0x00181508, "CS", "NONE");
      d.text(0x00187004, "CS", "SCINTILLATOR");
      d.text(0x00187000, "CS", "YES");
      d.text(0x00200062, "CS", "U");
      d.sequence(0x00540220, view(s.view()));
      d.sequence(0x00400555, new DataSet[0]);
    }
    d.text(0x00185101, "CS", s.view());
    d.text(0x0020000D, "UI", studyUid(s.study()));
    d.text(0x0020000E, "UI", uid("series", s));
    d.text(0x00200010, "SH", Integer.toString(s.study()));
    d.text(0x00200011, "IS", Integer.toString(s.image()));
    d.text(0x00200013, "IS", "1");
    d.text(0x00200020, "CS", s.view().equals("LL") ? "A\\F" : "L\\F");
    d.number(0x00280002, 1);
    d.text(0x00280004, "CS", inverted ? "MONOCHROME1" : "MONOCHROME2");
    d.number(0x00280010, height);
    d.number(0x00280011, width);
    d.number(0x00280100, depth.allocated);
    d.number(0x00280101, depth.stored);
    d.number(0x00280102, depth.stored - 1);
    d.number(0x00280103, depth.signed ? 1 : 0);
    d.text(0x00280301, "CS", "NO");
    if (dx) {
      d.text(0x00281040, "CS", "LOG");
      d.add(0x00281041, "SS", little(2).putShort((short) (inverted ? 1 : -1)).array());
      d.text(0x20500020, "CS", inverted ? "INVERSE" : "IDENTITY");
    }
    switch (depth) {
      case TWELVE -> window(d, "1730.5", "3061");
      case SIXTEEN_SIGNED -> {
        window(d, "128", "256");
        rescale(d, "125", "0.005");
      }
      default -> window(d, "128", "256");
    }
    if (dx) {
      rescale(d, "0", "1");
    }
    d.text(0x00282110, "CS", "01");
    d.text(0x00282112, "DS", String.format("%.1f", (double) width * height / jpegSize));
    d.text(0x00282114, "CS", "ISO_10918_1");
    return d;
  }

  private static void window(DataSet d, String center, String width) {
    d.text(0x00281050, "DS", center);
    d.text(0x00281051, "DS", width);
  }

  private static void rescale(DataSet d, String intercept, String slope) {
    d.text(0x00281052, "DS", intercept);
    d.text(0x00281053, "DS", slope);
    d.text(0x00281054, "LO", "US");
  }

  private static DataSet view(String view) {
    return switch (view) {
      case "PA" -> code("272479007", "postero-anterior");
      case "AP" -> code("399348003", "antero-posterior");
      default -> code("399173006", "left lateral");
    };
  }

  private static DataSet code(String value, String meaning) {
    DataSet item = new DataSet();
    item.text(0x00080100, "SH", value);
    item.text(0x00080102, "SH", "SCT");
    item.text(0x00080104, "LO", meaning);
    if (!meaning.equals("Chest")) {
      item.sequence(0x00540222, new DataSet[0]);
    }
    return item;
  }

  private static byte[] stored(Raster grey, Depth depth) {
    int width = grey.getWidth();
    int height = grey.getHeight();
    ByteBuffer out = little(width * height * depth.allocated / 8);
    for (int y = 0; y < height; y++) {
      for (int x = 0; x < width; x++) {
        int value = depth.fromGrey.applyAsInt(grey.getSample(x, y, 0));
        if (depth.allocated == 8) {
          out.put((byte) value);
        } else {
          out.putShort((short) value);
        }
      }
    }
    return out.array();
  }

  /** Empty offset table, one fragment, delimiter (PS3.5 A.4). */
  private static byte[] encapsulated(byte[] jpeg) {
    int even = jpeg.length + (jpeg.length & 1);
    ByteBuffer out = little(8 + 8 + even + 8);
    out.putInt(0xE000FFFE).putInt(0).putInt(0xE000FFFE).putInt(even).put(jpeg);
    return out.position(16 + even).putInt(0xE0DDFFFE).putInt(0).array();
  }

  private static String studyUid(int study) {
    return uid("magsd sample study " + study);
  }

  private static String uid(String what, Sample s) {
    return uid("magsd sample " + what + " " + s.study() + "." + s.image());
  }

  private static String uid(String name) {
    UUID uuid = UUID.nameUUIDFromBytes(name.getBytes(UTF_8));
    return "2.25." + new BigInteger(uuid.toString().replace("-", ""), 16);
  }

  /** PS3.5 H.3.1. */
  private static byte[] yamada() {
    return escaped(
        "Yamada^Tarou=",
        "\u001b$B", "山田", "\u001b(B^", "\u001b$B", "太郎", "\u001b(B=",
        "\u001b$B", "やまだ", "\u001b(B^", "\u001b$B", "たろう", "\u001b(B");
  }

  private static byte[] escaped(String... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (String part : parts) {
      if (part.charAt(0) < 0x80) {
        out.writeBytes(part.getBytes(US_ASCII));
      } else {
        byte[] jis = part.getBytes(Charset.forName("ISO-2022-JP"));
        out.write(jis, 3, jis.length - 6); // the escapes stand around the part already
      }
    }
    return out.toByteArray();
  }

  /** PS3.5 I.2: the escape stands at the start of each name component that needs it. */
  private static byte[] hong() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes("Hong^Gildong=".getBytes(US_ASCII));
    for (String part : List.of("洪", "^", "吉洞", "=", "홍", "^", "길동")) {
      boolean korean = part.charAt(0) >= 0x80;
      out.writeBytes((korean ? "\u001b$)C" : "").getBytes(US_ASCII));
      out.writeBytes(part.getBytes(Charset.forName("EUC-KR")));
    }
    return out.toByteArray();
  }

  private static ByteBuffer little(int size) {
    return ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Of the film's 8-bit grey, row-major: what every lossless form must be displayed as. */
  private static String greySha256(Path film) throws Exception {
    byte[] grey = stored(ImageIO.read(film.toFile()).getRaster(), Depth.EIGHT);
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(grey));
  }

  private static String manifest(Path films) throws Exception {
    Map<String, String> licences =
        Map.of(
            HANNOVER, "CC BY 3.0",
            NIH, "NIH Clinical Center, unrestricted use with attribution",
            KERMANY, "CC BY 4.0");
    List<String> rows = new ArrayList<>();
    for (Sample s : SAMPLES) {
      rows.add(
          "  {\"file\": \"%s\", \"studyInstanceUid\": \"%s\", \"form\": \"%s\","
                  .formatted(s.file(), studyUid(s.study()), s.form())
              + " \"trueLabel\": \"%s\", \"source\": \"%s\", \"licence\": \"%s\","
                  .formatted(s.label(), s.source(), licences.get(s.source()))
              + " \"film\": \"cxr-%s.jpg\", \"greySha256\": \"%s\", \"expected\": \"%s\"}"
                  .formatted(s.film(), greySha256(film(films, s)), s.expected()));
    }
    return "[\n" + String.join(",\n", rows) + "\n]\n";
  }

  /** Elements in tag order, written as explicit VR little endian (PS3.5 section 7.1.2). */
  private static final class DataSet {
    private record Element(String vr, byte[] value) {}

    private final Map<Integer, Element> elements = new TreeMap<>(Integer::compareUnsigned);

    void add(int tag, String vr, byte[] value) {
      elements.put(tag, new Element(vr, value));
    }

    void text(int tag, String vr, String value) {
      add(tag, vr, value.getBytes(US_ASCII));
    }

    void number(int tag, int value) {
      add(tag, "US", little(2).putShort((short) value).array());
    }

    void sequence(int tag, DataSet... items) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      for (DataSet item : items) {
        byte[] body = item.encode(false);
        out.writeBytes(little(8).putInt(0xE000FFFE).putInt(body.length).array());
        out.writeBytes(body);
      }
      add(tag, "SQ", out.toByteArray());
    }

    byte[] encode(boolean encapsulatedPixels) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      elements.forEach(
          (tag, element) -> {
            byte[] value = element.value();
            int even = value.length + (value.length & 1);
            out.writeBytes(little(4).putShort((short) (tag >> 16)).putShort(tag.shortValue()).array());
            out.writeBytes(element.vr().getBytes(US_ASCII));
            if (List.of("OB", "OW", "SQ").contains(element.vr())) {
              boolean undefined = encapsulatedPixels && tag == 0x7FE00010;
              out.writeBytes(little(6).putShort((short) 0).putInt(undefined ? -1 : even).array());
            } else {
              out.writeBytes(little(2).putShort((short) even).array());
            }
            out.writeBytes(value);
            if (even > value.length) {
              out.write(List.of("UI", "OB").contains(element.vr()) ? 0 : ' ');
            }
          });
      return out.toByteArray();
    }
  }
}
