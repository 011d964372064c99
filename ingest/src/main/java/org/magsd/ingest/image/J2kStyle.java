package org.magsd.ingest.image;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.magsd.ingest.dicom.DicomException;
import org.magsd.ingest.dicom.Slice;

/**
 * The coding parameters in force for a tile: those of the main header, overridden by those of the
 * tile's own, component segments before general ones (ITU-T T.800 A.6).
 */
final class J2kStyle {
  /** Progression order changes; OpenJPEG takes 32. */
  private static final int MOST_CHANGES = 32;

  private final int components;
  private J2kHeader.Packets packets;
  private J2kHeader.Coding general;
  private J2kHeader.Quantisation generalQuantisation;
  private final J2kHeader.Coding[] codings;
  private final J2kHeader.Quantisation[] quantisations;
  private final int[] roiShifts;
  private List<J2kHeader.Progression> changes = List.of();

  J2kStyle(int components) {
    this.components = components;
    this.codings = new J2kHeader.Coding[components];
    this.quantisations = new J2kHeader.Quantisation[components];
    this.roiShifts = new int[components];
  }

  J2kStyle copy() {
    J2kStyle copy = new J2kStyle(components);
    copy.packets = packets;
    copy.general = general;
    copy.generalQuantisation = generalQuantisation;
    copy.changes = changes;
    for (int c = 0; c < components; c++) {
      copy.codings[c] = codings[c];
      copy.quantisations[c] = quantisations[c];
      copy.roiShifts[c] = roiShifts[c];
    }
    return copy;
  }

  /**
   * Takes a marker segment into account, if it is one of COD, COC, RGN, QCD, QCC and POC.
   *
   * @param inTile whether it stands in a tile-part header, where it overrides all of the main one
   */
  void segment(int marker, Slice body, boolean inTile) throws DicomException {
    switch (marker) {
      case 0x52 -> {
        packets = J2kHeader.Packets.read(body);
        general = J2kHeader.Coding.read(body, 5, (body.at(0) & 1) != 0);
        if (inTile) {
          Arrays.fill(codings, null);
        }
      }
      case 0x53 -> codings[component(body)] = J2kHeader.Coding.read(body, 2, (body.at(1) & 1) != 0);
      case 0x5c -> {
        generalQuantisation = J2kHeader.Quantisation.read(body, 0);
        if (inTile) {
          Arrays.fill(quantisations, null);
        }
      }
      case 0x5d -> quantisations[component(body)] = J2kHeader.Quantisation.read(body, 1);
      case 0x5e -> {
        if (body.length() < 3 || body.at(2) > 30) {
          throw new DicomException("JPEG 2000 region of interest out of bounds");
        }
        roiShifts[component(body)] = body.at(2);
      }
      case 0x5f -> changes = changes(body);
      default -> {
        // Comments, lengths and registration.
      }
    }
  }

  private int component(Slice body) throws DicomException {
    int component = body.length() < 2 ? -1 : body.at(0);
    if (component < 0 || component >= components) {
      throw new DicomException("JPEG 2000 segment for a component that is not there");
    }
    return component;
  }

  private static List<J2kHeader.Progression> changes(Slice body) throws DicomException {
    if (body.length() / 7 > MOST_CHANGES) {
      throw new DicomException("JPEG 2000 with more than " + MOST_CHANGES + " progressions");
    }
    List<J2kHeader.Progression> progressions = new ArrayList<>();
    for (int at = 0; at + 7 <= body.length(); at += 7) {
      progressions.add(
          new J2kHeader.Progression(
              body.at(at),
              body.at(at + 1),
              J2kHeader.u16(body, at + 2),
              body.at(at + 4),
              body.at(at + 5) == 0 ? 256 : body.at(at + 5),
              body.at(at + 6)));
    }
    return List.copyOf(progressions);
  }

  void requireComplete() throws DicomException {
    if (packets == null || general == null || generalQuantisation == null) {
      throw new DicomException("JPEG 2000 main header without COD or QCD");
    }
  }

  J2kHeader.Packets packets() {
    return packets;
  }

  J2kHeader.Coding coding(int component) {
    return codings[component] == null ? general : codings[component];
  }

  J2kHeader.Quantisation quantisation(int component) {
    return quantisations[component] == null ? generalQuantisation : quantisations[component];
  }

  int roiShift(int component) {
    return roiShifts[component];
  }

  /** The progression changes, and last the general order for what they leave. */
  List<J2kHeader.Progression> progressions() {
    List<J2kHeader.Progression> all = new ArrayList<>(changes);
    all.add(new J2kHeader.Progression(0, 0, packets.layers(), 33, components, packets.order()));
    return all;
  }
}
