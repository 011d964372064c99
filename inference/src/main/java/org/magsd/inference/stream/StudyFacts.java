package org.magsd.inference.stream;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.magsd.fhir.report.PatientHeader;
import org.magsd.fhir.report.StudyHeader;
import org.magsd.fhir.report.StudyHeader.AccessionNumber;
import org.magsd.fhir.report.StudyHeader.OrderHeader;
import org.magsd.fhir.report.StudyHeader.SeriesHeader;
import org.magsd.fhir.report.StudyHeader.Started;

/**
 * What the headers of a study's images say together: of each attribute what the first one says that
 * has it, so that a film that says little takes nothing from the report; of another patient's
 * films, filed under the study by mistake, nothing but that they are there and how urgent they are.
 * Images come in the order of the report.
 */
final class StudyFacts {
  private StudyFacts() {}

  /**
   * @param sites the system of patient IDs without an issuer
   */
  static StudyHeader study(List<InstanceFacts> images, Optional<String> sites) {
    PatientHeader named = named(images);
    List<StudyHeader> own =
        images.stream()
            .filter(each -> each.patient().id().isEmpty() || named.isSameAs(each.patient(), sites))
            .map(InstanceFacts::study)
            .toList();
    return new StudyHeader(
        own.get(0).studyInstanceUid(),
        stream(own, StudyHeader::accession).reduce(StudyFacts::better),
        stream(own, StudyHeader::started).reduce(StudyFacts::better),
        stream(own, StudyHeader::description).findFirst(),
        series(images),
        order(own, images));
  }

  private static Optional<OrderHeader> order(List<StudyHeader> own, List<InstanceFacts> images) {
    List<OrderHeader> all = images.stream().flatMap(each -> each.study().order().stream()).toList();
    return stream(own, StudyHeader::order)
        .reduce(StudyFacts::both)
        .map(
            order ->
                new OrderHeader(
                    order.placerOrderNumber(),
                    order.placerIssuer(),
                    order.fillerOrderNumber(),
                    order.fillerIssuer(),
                    order.procedure(),
                    all.stream().anyMatch(OrderHeader::urgent),
                    all.stream().anyMatch(OrderHeader::stat)));
  }

  /** The same number with its issuer says more. */
  private static AccessionNumber better(AccessionNumber first, AccessionNumber second) {
    boolean more = first.issuer().isEmpty() && first.value().equals(second.value());
    return more ? second : first;
  }

  /** The same day with a time says more. */
  private static Started better(Started first, Started second) {
    boolean more = first.time().isEmpty() && first.day().equals(second.day());
    return more ? second : first;
  }

  /** The first with an ID, else the first. */
  private static PatientHeader named(List<InstanceFacts> images) {
    List<PatientHeader> all = images.stream().map(InstanceFacts::patient).toList();
    return all.stream().filter(each -> each.id().isPresent()).findFirst().orElse(all.get(0));
  }

  /**
   * The first with an ID, else the first; of whom other images may know more than the ID.
   *
   * @param sites the system of patient IDs without an issuer
   */
  static PatientHeader patient(List<InstanceFacts> images, Optional<String> sites) {
    PatientHeader named = named(images);
    List<PatientHeader> same =
        images.stream()
            .map(InstanceFacts::patient)
            .filter(other -> named.isSameAs(other, sites))
            .toList();
    return new PatientHeader(
        named.id(),
        named.issuer(),
        stream(same, PatientHeader::name).findFirst(),
        stream(same, PatientHeader::birthDate).findFirst(),
        stream(same, PatientHeader::sex).findFirst(),
        same.stream().anyMatch(PatientHeader::forgotten));
  }

  /** What those say of an attribute that have it. */
  private static <T, V> Stream<V> stream(List<T> all, Function<T, Optional<V>> attribute) {
    return all.stream().map(attribute).flatMap(Optional::stream);
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
        placed && !more.placerOrderNumber().equals(first.placerOrderNumber())
            ? first.placerIssuer()
            : first.placerIssuer().or(more::placerIssuer),
        filled ? first.fillerOrderNumber() : more.fillerOrderNumber(),
        filled && !more.fillerOrderNumber().equals(first.fillerOrderNumber())
            ? first.fillerIssuer()
            : first.fillerIssuer().or(more::fillerIssuer),
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
        first.number().or(second::number),
        first.modality(),
        first.bodyPart().or(second::bodyPart),
        first.description().or(second::description),
        instances);
  }
}
