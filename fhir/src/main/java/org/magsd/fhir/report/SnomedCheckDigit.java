package org.magsd.fhir.report;

/**
 * The form of SNOMED CT identifiers: 6 to 18 digits, the last one a Verhoeff check digit (SNOMED CT
 * Release File Specification, SCTID). It finds mistyped codes without a copy of the terminology.
 */
public final class SnomedCheckDigit {
  private static final int[][] PRODUCT = new int[10][10];
  private static final int[][] PERMUTATION = new int[8][10];

  static {
    // The dihedral group D5: 0..4 are rotations, 5..9 reflections.
    for (int a = 0; a < 10; a++) {
      for (int b = 0; b < 10; b++) {
        int turn = a < 5 ? a % 5 + b % 5 : a % 5 - b % 5 + 5;
        PRODUCT[a][b] = turn % 5 + (a < 5 == b < 5 ? 0 : 5);
      }
    }
    int[] step = {1, 5, 7, 6, 2, 8, 3, 0, 9, 4};
    for (int digit = 0; digit < 10; digit++) {
      int image = digit;
      for (int power = 0; power < 8; power++) {
        PERMUTATION[power][digit] = image;
        image = step[image];
      }
    }
  }

  private SnomedCheckDigit() {}

  /** Whether this is such an identifier. */
  public static boolean matches(String code) {
    if (!code.matches("[1-9][0-9]{5,17}")) {
      return false;
    }
    int check = 0;
    for (int i = 0; i < code.length(); i++) {
      int digit = code.charAt(code.length() - 1 - i) - '0';
      check = PRODUCT[check][PERMUTATION[i % 8][digit]];
    }
    return check == 0;
  }
}
