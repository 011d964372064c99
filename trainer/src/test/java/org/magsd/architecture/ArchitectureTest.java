package org.magsd.architecture;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.conditions.ArchPredicates.are;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Dependencies point one way: {@code ingest} and {@code fhir} know nothing of each other, {@code
 * inference} uses both, {@code trainer} uses inference's model package; and each heavy library is
 * known to the packages that exist for it and to no other. Stands in the trainer because only its
 * class path holds all four modules.
 */
class ArchitectureTest {
  private static final JavaClasses PRODUCTION =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("org.magsd");

  /** A package each; but reading a data set and decoding its pixels are one port, in two. */
  private static final SliceAssignment PARTS =
      new SliceAssignment() {
        @Override
        public SliceIdentifier getIdentifierOf(JavaClass type) {
          return SliceIdentifier.of(
              type.getPackageName().replaceFirst("ingest\\.image", "ingest.dicom"));
        }

        @Override
        public String getDescription() {
          return "packages";
        }
      };

  /** A library (its packages) and the packages that may know it. */
  record Guard(String library, List<String> packages, List<String> homes) {
    String[] libraryPackages() {
      return packages.toArray(String[]::new);
    }

    String[] homePackages() {
      return homes.toArray(String[]::new);
    }

    @Override
    public String toString() {
      return library;
    }
  }

  static Stream<Guard> guards() {
    return Stream.of(
        new Guard(
            "Kafka",
            List.of("org.apache.kafka..", "kafka.."),
            List.of(
                "org.magsd.ingest.kafka..",
                "org.magsd.fhir.deliver..",
                "org.magsd.inference.stream..",
                "org.magsd.inference.service..",
                "org.magsd.inference.broker..",
                "org.magsd.inference.console..",
                "org.magsd.inference.demo..",
                "org.magsd.inference.bench..",
                "org.magsd.trainer.labels..")),
        new Guard("HAPI", List.of("ca.uhn..", "org.hl7.."), List.of("org.magsd.fhir..")),
        new Guard(
            "the ONNX engine",
            List.of("ai.onnxruntime..", "ai.djl.onnxruntime.."),
            List.of("org.magsd.inference.model..")),
        new Guard(
            "picocli",
            List.of("picocli.."),
            List.of("org.magsd.inference.cli..", "org.magsd.trainer.cli..")));
  }

  @ParameterizedTest
  @MethodSource("guards")
  void onlyItsHomeKnowsALibrary(Guard guard) {
    noClasses()
        .that()
        .resideOutsideOfPackages(guard.homePackages())
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(guard.libraryPackages())
        .check(PRODUCTION);
  }

  /** Control: a rule whose patterns match nothing would pass for ever. */
  @ParameterizedTest
  @MethodSource("guards")
  void aGuardedLibraryIsUsedAtItsHome(Guard guard) {
    assertThat(PRODUCTION.stream())
        .filteredOn(resideInAnyPackage(guard.homePackages()))
        .anyMatch(
            type ->
                type.getDirectDependenciesFromSelf().stream()
                    .anyMatch(
                        use ->
                            resideInAnyPackage(guard.libraryPackages())
                                .test(use.getTargetClass())));
  }

  @Test
  void ingestKnowsNoOtherModule() {
    noClasses()
        .that()
        .resideInAPackage("org.magsd.ingest..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.magsd.fhir..", "org.magsd.inference..", "org.magsd.trainer..")
        .check(PRODUCTION);
  }

  @Test
  void fhirKnowsNoOtherModule() {
    noClasses()
        .that()
        .resideInAPackage("org.magsd.fhir..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("org.magsd.ingest..", "org.magsd.inference..", "org.magsd.trainer..")
        .check(PRODUCTION);
  }

  @Test
  void inferenceDoesNotKnowTheTrainer() {
    noClasses()
        .that()
        .resideInAPackage("org.magsd.inference..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.magsd.trainer..")
        .check(PRODUCTION);
  }

  @Test
  void theTrainerUsesOnlyFilmsModelAndCommandLineOfTheOthers() {
    classes()
        .that()
        .resideInAPackage("org.magsd.trainer..")
        .and()
        .resideOutsideOfPackage("org.magsd.trainer.labels..")
        .should()
        .onlyDependOnClassesThat(
            are(
                resideInAnyPackage("org.magsd..")
                    .negate()
                    .or(
                        resideInAnyPackage(
                            "org.magsd.trainer..",
                            "org.magsd.inference",
                            "org.magsd.inference.model..",
                            "org.magsd.inference.cli..",
                            "org.magsd.ingest.image..",
                            "org.magsd.ingest.dicom.."))))
        .check(PRODUCTION);
  }

  /** Confirmed labels come over the service's topics and through its gate. */
  @Test
  void onlyConfirmedLabelsUseTheTopicsOfTheService() {
    classes()
        .that()
        .resideInAPackage("org.magsd.trainer.labels..")
        .should()
        .onlyDependOnClassesThat(
            are(
                resideInAnyPackage("org.magsd..")
                    .negate()
                    .or(
                        resideInAnyPackage(
                            "org.magsd.trainer.data..",
                            "org.magsd.trainer.labels..",
                            "org.magsd.inference",
                            "org.magsd.inference.model..",
                            "org.magsd.inference.stream..",
                            "org.magsd.ingest.kafka..",
                            "org.magsd.ingest.image..",
                            "org.magsd.ingest.dicom.."))))
        .check(PRODUCTION);
  }

  /** The engine is chosen by name at run time, so the serving class path must lack it as well. */
  @Test
  void onlyTheTrainerKnowsThePytorchEngine() {
    noClasses()
        .that()
        .resideOutsideOfPackage("org.magsd.trainer..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("ai.djl.pytorch..")
        .check(PRODUCTION);
  }

  @Test
  void packagesFormNoCycles() {
    slices().assignedFrom(PARTS).should().beFreeOfCycles().check(PRODUCTION);
  }

  @Test
  void nothingIsWiredThroughStaticMutableFields() {
    fields()
        .that()
        .areStatic()
        .and()
        .doNotHaveModifier(JavaModifier.SYNTHETIC)
        .should()
        .beFinal()
        .check(PRODUCTION);
  }

  @Test
  void onlyTheCommandLineEndsTheProcess() {
    noClasses()
        .that()
        .resideOutsideOfPackages("org.magsd.inference.cli..")
        .should()
        .callMethod(System.class, "exit", int.class)
        .check(PRODUCTION);
  }

  @Test
  void nobodyPrintsStackTraces() {
    noClasses().should().callMethod(Throwable.class, "printStackTrace").check(PRODUCTION);
  }
}
