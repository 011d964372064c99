package org.magsd.fhir.report;

import java.nio.charset.StandardCharsets;
import org.hl7.fhir.r4.model.Attachment;
import org.hl7.fhir.r4.model.CodeableConcept;
import org.hl7.fhir.r4.model.Device;
import org.hl7.fhir.r4.model.Device.DeviceNameType;
import org.hl7.fhir.r4.model.Device.FHIRDeviceStatus;
import org.hl7.fhir.r4.model.DocumentReference;
import org.hl7.fhir.r4.model.Enumerations.DocumentReferenceStatus;
import org.hl7.fhir.r4.model.Quantity;
import org.magsd.fhir.report.ModelDescription.ModelClass;

/**
 * The model to FHIR Device and its card to DocumentReference (HL7 AI Transparency on FHIR, AIDevice
 * and AIModelCard). Both depend on the model alone, so that every report writes the same ones.
 */
final class ModelMapping {
  private ModelMapping() {}

  static Device device(ModelDescription model) {
    Device device = new Device();
    device.setId(ReportIds.device(model));
    device.addExtension(Codes.AI_KIND_EXTENSION, Codes.DEEP_LEARNING.concept());
    device.addIdentifier().setSystem(Codes.MODEL_DIGEST).setValue(model.sha256());
    device.setStatus(FHIRDeviceStatus.ACTIVE);
    device.addDeviceName().setName(model.name()).setType(DeviceNameType.MODELNAME);
    device.setType(Codes.ARTIFICIAL_INTELLIGENCE.concept());
    device.addVersion().setValue(model.version());
    device
        .addProperty()
        .setType(Codes.TEMPERATURE.concept())
        .addValueQuantity(dimensionless(model.temperature()));
    for (ModelClass each : model.classes()) {
      device.addProperty().setType(Codes.CLASS.concept()).addValueCode(concept(each));
      device
          .addProperty()
          .setType(Codes.THRESHOLD.concept().setText("Threshold of " + each.label()))
          .addValueQuantity(dimensionless(each.threshold()));
    }
    FhirText.narrate(device, "Model " + model.id());
    return device;
  }

  static DocumentReference modelCard(ModelDescription model) {
    DocumentReference card = new DocumentReference();
    card.setId(ReportIds.modelCard(model));
    card.addIdentifier().setSystem(Codes.MODEL_DIGEST).setValue(model.sha256());
    card.setStatus(DocumentReferenceStatus.CURRENT);
    card.setType(Codes.MODEL_CARD.concept());
    card.addCategory(Codes.MODEL_CARD_MARKDOWN.concept());
    String title = "Model card of " + model.id();
    card.addContent()
        .setAttachment(
            new Attachment()
                .setContentType("text/markdown")
                .setTitle(title)
                .setData(model.modelCardMarkdown().getBytes(StandardCharsets.UTF_8)));
    FhirText.narrate(card, title);
    return card;
  }

  /** A class as a code: SNOMED CT where the card names a concept, and the model's own label. */
  static CodeableConcept concept(ModelClass each) {
    CodeableConcept concept = new CodeableConcept();
    each.snomed()
        .ifPresent(
            code ->
                concept
                    .addCoding()
                    .setSystem(Codes.SNOMED)
                    .setCode(code.code())
                    .setDisplay(code.display()));
    concept
        .addCoding()
        .setSystem(Codes.CLASS_LABEL)
        .setCode(each.label())
        .setDisplay(each.display());
    return concept.setText(each.display());
  }

  static Quantity dimensionless(double value) {
    return new Quantity()
        .setValue(FhirText.decimal(value))
        .setUnit("1")
        .setSystem(Codes.UCUM)
        .setCode("1");
  }
}
