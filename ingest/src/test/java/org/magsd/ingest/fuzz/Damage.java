package org.magsd.ingest.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import java.util.Random;

/** Ways in which a file may be damaged: by accident, by a broken writer, or by an enemy. */
public enum Damage {
  /** Cut short. */
  TRUNCATED {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      return Arrays.copyOf(bytes, random.nextInt(bytes.length));
    }
  },
  /** A byte here and there is another. */
  BYTES {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      for (int i = random.nextInt(16); i >= 0; i--) {
        bytes[place(bytes, random)] = (byte) random.nextInt(256);
      }
      return bytes;
    }
  },
  /** A bit here and there is turned. */
  BITS {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      for (int i = random.nextInt(16); i >= 0; i--) {
        bytes[place(bytes, random)] ^= (byte) (1 << random.nextInt(8));
      }
      return bytes;
    }
  },
  /** Runs of bytes stand where others belong. */
  MOVED {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      byte[] original = bytes.clone();
      for (int i = random.nextInt(8); i >= 0; i--) {
        int at = place(bytes, random);
        int length = Math.min(1 + random.nextInt(64), bytes.length - at);
        int from = random.nextInt(bytes.length - length + 1);
        System.arraycopy(original, from, bytes, at, length);
      }
      return bytes;
    }
  },
  /** Runs of zeros or of ones, as bad sectors leave them. */
  BLANKED {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      int at = place(bytes, random);
      int end = Math.min(bytes.length, at + (1 << random.nextInt(17)));
      Arrays.fill(bytes, at, end, (byte) (random.nextBoolean() ? 0 : 0xff));
      return bytes;
    }
  },
  /** Lengths, counts and offsets that promise what is not there. */
  LIES {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      for (int i = random.nextInt(4); i >= 0; i--) {
        int value = CLAIMS[random.nextInt(CLAIMS.length)];
        int width = random.nextBoolean() ? 2 : 4;
        int at = place(bytes, random) & ~1;
        for (int b = 0; b < width && at + b < bytes.length; b++) {
          bytes[at + b] = (byte) (value >> (8 * b));
        }
      }
      return bytes;
    }
  },
  /** Another transfer syntax is stated than the one the file is written in. */
  MISLABELLED {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      String head = new String(bytes, 0, Math.min(bytes.length, 2048), ISO_8859_1);
      int at = head.indexOf(SYNTAXES);
      if (at < 0) {
        return BITS.apply(bytes, random);
      }
      byte[] other = OTHERS[random.nextInt(OTHERS.length)].getBytes(ISO_8859_1);
      int start = at + SYNTAXES.length();
      int length = Math.min(other.length, Math.max(0, bytes.length - start));
      System.arraycopy(other, 0, bytes, start, length);
      return bytes;
    }
  },
  /** The parameters of a codestream, behind one of its markers, are others. */
  PARAMETERS {
    @Override
    byte[] apply(byte[] bytes, Random random) {
      int at = place(bytes, random);
      while (at + 1 < bytes.length
          && ((bytes[at] & 0xff) != 0xff || (bytes[at + 1] & 0xff) < 0x4f)) {
        at++;
      }
      for (int i = random.nextInt(3); i >= 0; i--) {
        int to = at + 2 + random.nextInt(24);
        if (to < bytes.length) {
          bytes[to] = (byte) (random.nextBoolean() ? random.nextInt(256) : random.nextInt(2) * 255);
        }
      }
      return bytes;
    }
  };

  private static final int[] CLAIMS = {
    0, 1, 3, -1, -2, 0x7fff_ffff, 0x8000_0000, 0xffff, 0x7fff, 0x10_0000, 7, 12, 31, 33, 64
  };
  private static final String SYNTAXES = "1.2.840.10008.1.2";
  private static final String[] OTHERS = {
    "\0", ".1\0", ".2\0", ".1.98", ".1.99", ".5\0", ".4.50", ".4.51", ".4.57", ".4.70", ".4.80",
    ".4.81", ".4.90", ".4.91"
  };

  /** A damaged file of one's own. */
  abstract byte[] apply(byte[] bytes, Random random);

  public static byte[] any(byte[] file, Random random) {
    Damage[] kinds = values();
    byte[] bytes = kinds[random.nextInt(kinds.length)].apply(file.clone(), random);
    boolean twice = random.nextInt(4) == 0 && bytes.length > 0;
    return twice ? kinds[random.nextInt(kinds.length)].apply(bytes, random) : bytes;
  }

  /** Most of a header lies at the beginning. */
  private static int place(byte[] bytes, Random random) {
    return random.nextInt(random.nextBoolean() ? bytes.length : Math.min(bytes.length, 2048));
  }
}
