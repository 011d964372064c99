package org.magsd.fhir.report;

import java.util.Optional;
import org.hl7.fhir.r4.model.Attachment;
import org.hl7.fhir.r4.model.CodeType;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.DateTimeType;
import org.hl7.fhir.r4.model.Media;
import org.hl7.fhir.r4.model.Media.MediaStatus;
import org.hl7.fhir.r4.model.Observation;
import org.hl7.fhir.r4.model.Observation.ObservationComponentComponent;
import org.hl7.fhir.r4.model.Observation.ObservationStatus;
import org.magsd.fhir.report.ImageFinding.Assessed;
import org.magsd.fhir.report.ImageFinding.NotAssessed;
import org.magsd.fhir.report.ModelDescription.ModelClass;

/** One image's finding to an Observation, and its heat map to Media. */
record FindingMapping(References references) {

  /** One Observation per image, whether it could be assessed or not. */
  Observation observation(ImageFinding image) {
    StudyFindings findings = references.findings();
    ModelDescription model = image instanceof Assessed by ? by.model() : findings.model();
    Observation observation = new Observation();
    observation.setId(references.ids().observation(image.sopInstanceUid()));
    observation.getMeta().addSecurity(Codes.AI_ASSERTED.coding());
    observation.setStatus(ObservationStatus.PRELIMINARY);
    observation.addCategory(Codes.IMAGING.concept());
    observation.setCode(Codes.IMAGE_CLASSIFICATION.concept());
    observation.setSubject(references.patient());
    references.serviceRequest().ifPresent(observation::addBasedOn);
    observation.setEffective(
        StudyMapping.started(findings.study()).orElseGet(FindingMapping::unknownTime));
    observation.setIssuedElement(ReportMapper.instant(findings.issued()));
    observation.addPerformer(references.performer(model));
    observation.setDevice(references.device(model));
    observation.addDerivedFrom(references.imagingStudy());
    observation.addDerivedFrom(references.image(image.sopInstanceUid()));
    if (image instanceof Assessed assessed) {
      result(observation, assessed);
    } else if (image instanceof NotAssessed left) {
      absence(observation, left);
    }
    return observation;
  }

  private static DateTimeType unknownTime() {
    DateTimeType unknown = new DateTimeType();
    unknown.addExtension(Codes.DATA_ABSENT_EXTENSION, new CodeType("unknown"));
    return unknown;
  }

  private void result(Observation observation, Assessed image) {
    Outcome outcome = Outcome.of(image);
    outcome.concluded().stream()
        .findFirst()
        .ifPresent(found -> observation.setValue(ModelMapping.concept(found)));
    observation.addInterpretation(outcome.interpretation().code().concept());
    image.model().classes().forEach(each -> observation.addComponent(component(each, image)));
    image.note().ifPresent(note -> observation.addNote().setText(note));
    if (image.heatMap().isPresent() && !isInline(image.heatMap().get()) && url(image).isEmpty()) {
      observation
          .addNote()
          .setText(
              "The heat map of "
                  + image.heatMap().get().size()
                  + " bytes is over the limit of "
                  + references.options().inlineHeatMapLimit()
                  + " bytes and is left out.");
    }
    FhirText.narrate(
        observation,
        "Image " + image.sopInstanceUid(),
        "Found by an algorithm, not reviewed by a human: " + outcome.words());
  }

  private static ObservationComponentComponent component(ModelClass each, Assessed image) {
    double probability = image.probabilities().get(each.label());
    return new ObservationComponentComponent()
        .setCode(ModelMapping.concept(each))
        .setValue(ModelMapping.dimensionless(probability))
        .addInterpretation(Interpretation.of(each, probability).code().concept());
  }

  private static void absence(Observation observation, NotAssessed image) {
    Codes.Code code =
        switch (image.kind()) {
          case SKIPPED -> Codes.NOT_PERFORMED;
          case FAILED -> Codes.ERROR;
        };
    String reason = FhirText.clean(image.reason()).orElse(code.display());
    observation.setDataAbsentReason(new CodeableConcept(code.coding()).setText(reason));
    FhirText.narrate(
        observation, "Image " + image.sopInstanceUid(), "Not assessed by the algorithm: " + reason);
  }

  /** The heat map, unless there is none or it is too large and served nowhere. */
  Optional<Media> heatMap(Assessed image) {
    return content(image)
        .map(
            content -> {
              HeatMap map = image.heatMap().orElseThrow();
              Media media = heatMap(image.sopInstanceUid(), MediaStatus.COMPLETED);
              // R4 lists Device twice among the types of Media.device, which validators warn about.
              media.setOperator(references.device(image.model()));
              media.setWidth(map.width());
              media.setHeight(map.height());
              media.setContent(content);
              FhirText.narrate(media, title(image));
              return media;
            });
  }

  /** In the place of a heat map of a file that another one has replaced. */
  Media withdrawnHeatMap(String sopInstanceUid) {
    String title = "Withdrawn: image " + sopInstanceUid + " was sent anew";
    Media media = heatMap(sopInstanceUid, MediaStatus.ENTEREDINERROR);
    media.setContent(new Attachment().setContentType("image/png").setTitle(title));
    FhirText.narrate(media, title);
    return media;
  }

  private Media heatMap(String sopInstanceUid, MediaStatus status) {
    Media media = new Media();
    media.setId(references.ids().heatMap(sopInstanceUid));
    media.getMeta().addSecurity(Codes.AI_ASSERTED.coding());
    media.addIdentifier().setSystem(Codes.HEAT_MAP_ID).setValue(sopInstanceUid);
    media.addPartOf(references.imagingStudy());
    media.addPartOf(references.image(sopInstanceUid));
    media.setStatus(status);
    media.setType(Codes.IMAGE_MEDIA.concept());
    media.setSubject(references.patient());
    media.setIssuedElement(ReportMapper.instant(references.findings().issued()));
    return media;
  }

  private Optional<Attachment> content(Assessed image) {
    return image
        .heatMap()
        .flatMap(
            map -> {
              Attachment content =
                  new Attachment()
                      .setContentType("image/png")
                      .setSize(map.size())
                      .setTitle(title(image));
              return isInline(map)
                  ? Optional.of(content.setDataElement(new EncodedOnce(map.png())))
                  : url(image).map(content::setUrl);
            });
  }

  private boolean isInline(HeatMap map) {
    return map.size() <= references.options().inlineHeatMapLimit();
  }

  private Optional<String> url(Assessed image) {
    return references
        .options()
        .heatMapBaseUrl()
        .map(base -> base.replaceAll("/+$", "") + "/" + image.sopInstanceUid() + ".png");
  }

  private static String title(Assessed image) {
    return "Where the algorithm looked on image " + image.sopInstanceUid();
  }
}
