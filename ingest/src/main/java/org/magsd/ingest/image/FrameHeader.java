package org.magsd.ingest.image;

import java.util.List;
import java.util.Optional;
import org.magsd.ingest.dicom.Attributes;
import org.magsd.ingest.dicom.Tag;

/**
 * The header as one frame sees it: the attributes of the object, or those of the functional groups
 * of enhanced objects, per frame before shared (PS3.3 C.7.6.16).
 */
record FrameHeader(Attributes object, int frame) {

  /** The item that holds a macro's attributes: of the functional group, else the object itself. */
  Attributes macro(int functionalGroup) {
    return inGroups(Tag.PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frame, functionalGroup)
        .or(() -> inGroups(Tag.SHARED_FUNCTIONAL_GROUPS_SEQUENCE, 0, functionalGroup))
        .orElse(object);
  }

  private Optional<Attributes> inGroups(int sequence, int index, int functionalGroup) {
    List<Attributes> items = object.items(sequence);
    if (index >= items.size()) {
      return Optional.empty();
    }
    return items.get(index).items(functionalGroup).stream().findFirst();
  }
}
