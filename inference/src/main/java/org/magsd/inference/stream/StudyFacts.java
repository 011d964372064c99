package org.magsd.inference.stream;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.magsd.fhir.report.PatientHeader;
import org.magsd.fhir.report.StudyHeader;
import org.magsd.fhir.report.StudyHeader.OrderHeader;
import org.magsd.fhir.report.StudyHeader.SeriesHeader;

/**
 * What the headers of a study's images say together: of each attribute what the first one says that
 * has it, so that a film that says little takes nothing from the report. Images come in the order
 * of the report.
 */
final class StudyFacts {
  private StudyFacts() {}

  static StudyHeader study(List<InstanceFacts> images) {
    List<StudyHeader> all = images.stream().map(InstanceFacts::study).toList();
    return new StudyHeader(
        all.get(0).studyInstanceUid(),
        first(all, StudyHeader::accession),
        first(all, StudyHeader::started),
        first(all, StudyHeader::description),
        series(images),
        all.stream().flatMap(each -> each.order().stream()).reduce(StudyFacts::both));
  }

  /** The first with an ID, else the first; of whom other images may know more than the ID. */
  static PatientHeader patient(List<InstanceFacts> images) {
    List<PatientHeader> all = images.stream().map(InstanceFacts::patient).toList();
    PatientHeader named =
        all.stream().filter(patient -> patient.id().isPresent()).findFirst().orElse(all.get(0));
    List<PatientHeader> same = all.stream().filter(named::isSameAs).toList();
    return new PatientHeader(
        named.id(),
        named.issuer(),
        first(same, PatientHeader::name),
        first(same, PatientHeader::birthDate),
        first(same, PatientHeader::sex),
        same.stream().anyMatch(PatientHeader::forgotten));
  }

  private static <T, V> Optional<V> first(List<T> all, Function<T, Optional<V>> attribute) {
    return all.stream().map(attribute).flatMap(Optional::stream).findFirst();
  }

  /** Of another order no more is taken than its haste: numbers of two would make a third. */
  private static OrderHeader both(OrderHeader first, OrderHeader second) {
    boolean another =
        differ(first.placerOrderNumber(), second.placerOrderNumber())
            || differ(first.fillerOrderNumber(), second.fillerOrderNumber());
    OrderHeader more = another ? first : second;
    boolean placed = first.placerOrderNumber().isPresent();
    boolean filled = first.fillerOrderNumber().isPresent();
    return new OrderHeader(
        placed ? first.placerOrderNumber() : more.placerOrderNumber(),
        placed ? first.placerIssuer() : more.placerIssuer(),
        filled ? first.fillerOrderNumber() : more.fillerOrderNumber(),
        filled ? first.fillerIssuer() : more.fillerIssuer(),
        first.procedure().or(more::procedure),
        first.urgent() || second.urgent(),
        first.stat() || second.stat());
  }

  private static boolean differ(Optional<String> one, Optional<String> other) {
    return one.isPresent() && other.isPresent() && !one.equals(other);
  }

  private static List<SeriesHeader> series(List<InstanceFacts> images) {
    Map<String, SeriesHeader> merged = new LinkedHashMap<>();
    for (InstanceFacts image : images) {
      merged.merge(image.series().seriesInstanceUid(), image.series(), StudyFacts::both);
    }
    return List.copyOf(merged.values());
  }

  private static SeriesHeader both(SeriesHeader first, SeriesHeader second) {
    List<StudyHeader.InstanceHeader> instances = new ArrayList<>(first.instances());
    instances.addAll(second.instances());
    return new SeriesHeader(
        first.seriesInstanceUid(),
        first.number(),
        first.modality(),
        first.bodyPart(),
        first.description(),
        instances);
  }
}
