package org.magsd.fhir.report;

import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import org.hl7.fhir.r4.model.Coding;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Identifier;
import org.hl7.fhir.r4.model.ImagingStudy;
import org.hl7.fhir.r4.model.ImagingStudy.ImagingStudySeriesComponent;
import org.hl7.fhir.r4.model.ImagingStudy.ImagingStudySeriesInstanceComponent;
import org.hl7.fhir.r4.model.ImagingStudy.ImagingStudyStatus;
import org.hl7.fhir.r4.model.ServiceRequest;
import org.hl7.fhir.r4.model.ServiceRequest.ServiceRequestIntent;
import org.hl7.fhir.r4.model.ServiceRequest.ServiceRequestPriority;
import org.hl7.fhir.r4.model.ServiceRequest.ServiceRequestStatus;
import org.magsd.fhir.report.StudyHeader.AccessionNumber;
import org.magsd.fhir.report.StudyHeader.InstanceHeader;
import org.magsd.fhir.report.StudyHeader.OrderHeader;
import org.magsd.fhir.report.StudyHeader.SeriesHeader;

/** DICOM study, series and order modules to FHIR ImagingStudy and ServiceRequest. */
final class StudyMapping {
  private static final Set<String> PLAIN_FILM_MODALITIES = Set.of("CR", "DX", "RG");

  private StudyMapping() {}

  static ImagingStudy imagingStudy(References references) {
    StudyHeader header = references.findings().study();
    ImagingStudy study = new ImagingStudy();
    study.setId(references.ids().imagingStudy());
    study.addIdentifier(References.dicomUid(header.studyInstanceUid()));
    header
        .accession()
        .flatMap(accession -> accessionNumber(accession, references.options()))
        .ifPresent(study::addIdentifier);
    study.setStatus(ImagingStudyStatus.AVAILABLE);
    study.setSubject(references.patient());
    references.serviceRequest().ifPresent(study::addBasedOn);
    started(header).ifPresent(study::setStartedElement);
    FhirText.clean(header.description()).ifPresent(study::setDescription);
    header.series().stream()
        .map(SeriesHeader::modality)
        .distinct()
        .flatMap(modality -> modality(modality).stream())
        .forEach(study::addModality);
    study.setNumberOfSeries(header.series().size());
    study.setNumberOfInstances(
        header.series().stream().mapToInt(series -> series.instances().size()).sum());
    header.series().forEach(series -> study.addSeries(series(series)));
    FhirText.narrate(study, "Imaging study " + header.studyInstanceUid());
    return study;
  }

  /**
   * Study time with its zone, to the millisecond, or the day alone; empty where the headers have
   * neither.
   */
  static Optional<DateTimeType> started(StudyHeader header) {
    return header
        .started()
        .map(
            started ->
                started
                    .time()
                    .map(time -> dateTime(time.atDate(started.day())))
                    .orElseGet(() -> started.day().toString()))
        .map(DateTimeType::new);
  }

  private static String dateTime(OffsetDateTime time) {
    return withWholeMinuteOffset(time)
        .truncatedTo(ChronoUnit.MILLIS)
        .format(DateTimeFormatter.ISO_OFFSET_DATE_TIME);
  }

  private static OffsetDateTime withWholeMinuteOffset(OffsetDateTime time) {
    return time.getOffset().getTotalSeconds() % 60 == 0
        ? time
        : time.withOffsetSameInstant(ZoneOffset.UTC);
  }

  /**
   * The kind of study: chest films are told by modality and body part (a film the model assessed
   * counts as a chest film, since the gate lets no other through), their views by view position, or
   * by the number of images where a position is not given.
   */
  static Codes.Code code(StudyFindings findings) {
    List<SeriesHeader> series = findings.study().series();
    boolean assessed = findings.images().stream().anyMatch(ImageFinding.Assessed.class::isInstance);
    boolean chestFilms =
        !series.isEmpty()
            && series.stream().allMatch(each -> isPlainFilm(each) && isChest(each, assessed));
    if (!chestFilms) {
      return Codes.IMAGING_STUDY;
    }
    List<InstanceHeader> images =
        series.stream().flatMap(each -> each.instances().stream()).toList();
    boolean allNamed =
        images.stream().allMatch(each -> FhirText.clean(each.viewPosition()).isPresent());
    long views =
        allNamed ? images.stream().map(StudyMapping::view).distinct().count() : images.size();
    if (views == 1) {
      return Codes.CHEST_SINGLE_VIEW;
    }
    return views == 2 ? Codes.CHEST_2_VIEWS : Codes.IMAGING_STUDY;
  }

  private static String view(InstanceHeader image) {
    return FhirText.clean(image.viewPosition()).orElse("").toUpperCase(Locale.ROOT);
  }

  private static boolean isPlainFilm(SeriesHeader series) {
    return PLAIN_FILM_MODALITIES.contains(series.modality().strip().toUpperCase(Locale.ROOT));
  }

  private static boolean isChest(SeriesHeader series, boolean assessed) {
    return FhirText.clean(series.bodyPart())
        .map(part -> part.toUpperCase(Locale.ROOT))
        .map(part -> part.contains("CHEST") || part.contains("THORAX") || part.contains("LUNG"))
        .orElse(assessed);
  }

  private static Optional<Coding> modality(String modality) {
    return FhirText.clean(modality)
        .filter(code -> code.matches("[A-Z0-9_]{1,16}"))
        .map(code -> new Coding().setSystem(Codes.DCM).setCode(code));
  }

  private static ImagingStudySeriesComponent series(SeriesHeader header) {
    ImagingStudySeriesComponent series = new ImagingStudySeriesComponent();
    series.setUid(header.seriesInstanceUid());
    header.number().filter(number -> number >= 0).ifPresent(series::setNumber);
    series.setModality(
        modality(header.modality()).orElseGet(() -> new Coding().setDisplay("not named")));
    FhirText.clean(header.bodyPart())
        .ifPresent(part -> series.setBodySite(new Coding().setDisplay(part)));
    FhirText.clean(header.description()).ifPresent(series::setDescription);
    series.setNumberOfInstances(header.instances().size());
    header.instances().forEach(image -> series.addInstance(instance(image)));
    return series;
  }

  private static ImagingStudySeriesInstanceComponent instance(InstanceHeader header) {
    ImagingStudySeriesInstanceComponent instance = new ImagingStudySeriesInstanceComponent();
    instance.setUid(header.sopInstanceUid());
    instance.setSopClass(
        new Coding().setSystem(Codes.URI).setCode(Codes.urn(header.sopClassUid())));
    header.number().filter(number -> number >= 0).ifPresent(instance::setNumber);
    FhirText.clean(header.viewPosition()).ifPresent(view -> instance.setTitle("View " + view));
    return instance;
  }

  /** The order as the headers name it; empty where they name none. */
  static Optional<ServiceRequest> serviceRequest(References references) {
    return references
        .findings()
        .study()
        .order()
        .map(
            order -> {
              ServiceRequest request = new ServiceRequest();
              request.setId(references.ids().serviceRequest());
              orderIdentifiers(order, references.options()).forEach(request::addIdentifier);
              references
                  .findings()
                  .study()
                  .accession()
                  .flatMap(accession -> accessionNumber(accession, references.options()))
                  .ifPresent(request::addIdentifier);
              // An image header tells that there was an order, not how far it has got.
              request.setStatus(ServiceRequestStatus.UNKNOWN);
              request.setIntent(ServiceRequestIntent.ORDER);
              request.setPriority(priority(order));
              request.setSubject(references.patient());
              FhirText.clean(order.procedure())
                  .ifPresent(procedure -> request.getCode().setText(procedure));
              FhirText.narrate(
                  request, FhirText.clean(order.procedure()).orElse("Imaging service request"));
              return request;
            });
  }

  private static ServiceRequestPriority priority(OrderHeader order) {
    if (order.stat()) {
      return ServiceRequestPriority.STAT;
    }
    return order.urgent() ? ServiceRequestPriority.URGENT : ServiceRequestPriority.ROUTINE;
  }

  static List<Identifier> orderIdentifiers(OrderHeader order, ReportOptions options) {
    List<Identifier> identifiers = new ArrayList<>();
    identifier(Codes.PLACER, order.placerOrderNumber(), order.placerIssuer(), options.orderSystem())
        .ifPresent(identifiers::add);
    identifier(Codes.FILLER, order.fillerOrderNumber(), order.fillerIssuer(), options.orderSystem())
        .ifPresent(identifiers::add);
    return identifiers;
  }

  private static Optional<Identifier> accessionNumber(
      AccessionNumber accession, ReportOptions options) {
    return identifier(
        Codes.ACCESSION,
        Optional.of(accession.value()),
        accession.issuer(),
        options.accessionSystem());
  }

  /**
   * @param sites the system of identifiers without an issuer
   */
  private static Optional<Identifier> identifier(
      Codes.Code type, Optional<String> value, Optional<String> issuer, Optional<String> sites) {
    return FhirText.clean(value)
        .map(
            number -> {
              Identifier identifier = new Identifier().setType(type.concept()).setValue(number);
              Issuer.set(identifier, issuer, sites);
              return identifier;
            });
  }
}
