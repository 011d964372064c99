package org.magsd.ingest.image;

import java.util.List;
import org.magsd.ingest.dicom.DicomException;

/** The inverse multiple component transforms (ITU-T T.800 annex G), in place. */
final class J2kColour {
  private J2kColour() {}

  static void undo(List<int[]> whole, List<float[]> real) throws DicomException {
    int reversible = 0;
    for (int c = 0; c < 3; c++) {
      reversible += whole.get(c).length > 0 ? 1 : 0;
    }
    if (reversible == 3) {
      reversible(whole.get(0), whole.get(1), whole.get(2));
    } else if (reversible == 0) {
      irreversible(real.get(0), real.get(1), real.get(2));
    } else {
      throw new DicomException("JPEG 2000 colour transform over different wavelets");
    }
  }

  private static void reversible(int[] first, int[] second, int[] third) {
    for (int i = 0; i < first.length; i++) {
      int green = first[i] - ((second[i] + third[i]) >> 2);
      int red = third[i] + green;
      int blue = second[i] + green;
      first[i] = red;
      second[i] = green;
      third[i] = blue;
    }
  }

  private static void irreversible(float[] first, float[] second, float[] third) {
    for (int i = 0; i < first.length; i++) {
      float y = first[i];
      float u = second[i];
      float v = third[i];
      first[i] = y + v * 1.402f;
      second[i] = y - u * 0.34413f - v * 0.71414f;
      third[i] = y + u * 1.772f;
    }
  }
}
