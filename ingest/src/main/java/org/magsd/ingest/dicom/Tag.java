package org.magsd.ingest.dicom;

/**
 * Tags of the attributes this project reads or writes (PS3.6), as {@code group << 16 | element},
 * and their value representations for data sets that do not carry them (implicit VR).
 */
public final class Tag {
  public static final int FILE_META_INFORMATION_GROUP_LENGTH = 0x0002_0000;
  public static final int FILE_META_INFORMATION_VERSION = 0x0002_0001;
  public static final int MEDIA_STORAGE_SOP_CLASS_UID = 0x0002_0002;
  public static final int MEDIA_STORAGE_SOP_INSTANCE_UID = 0x0002_0003;
  public static final int TRANSFER_SYNTAX_UID = 0x0002_0010;
  public static final int IMPLEMENTATION_CLASS_UID = 0x0002_0012;
  public static final int IMPLEMENTATION_VERSION_NAME = 0x0002_0013;
  public static final int SOURCE_APPLICATION_ENTITY_TITLE = 0x0002_0016;
  public static final int DIRECTORY_RECORD_SEQUENCE = 0x0004_1220;
  public static final int SPECIFIC_CHARACTER_SET = 0x0008_0005;
  public static final int IMAGE_TYPE = 0x0008_0008;
  public static final int SOP_CLASS_UID = 0x0008_0016;
  public static final int SOP_INSTANCE_UID = 0x0008_0018;
  public static final int STUDY_DATE = 0x0008_0020;
  public static final int SERIES_DATE = 0x0008_0021;
  public static final int ACQUISITION_DATE = 0x0008_0022;
  public static final int CONTENT_DATE = 0x0008_0023;
  public static final int ACQUISITION_DATE_TIME = 0x0008_002A;
  public static final int STUDY_TIME = 0x0008_0030;
  public static final int ACQUISITION_TIME = 0x0008_0032;
  public static final int CONTENT_TIME = 0x0008_0033;
  public static final int ACCESSION_NUMBER = 0x0008_0050;
  public static final int ISSUER_OF_ACCESSION_NUMBER_SEQUENCE = 0x0008_0051;
  public static final int MODALITY = 0x0008_0060;
  public static final int CONVERSION_TYPE = 0x0008_0064;
  public static final int PRESENTATION_INTENT_TYPE = 0x0008_0068;
  public static final int MANUFACTURER = 0x0008_0070;
  public static final int INSTITUTION_NAME = 0x0008_0080;
  public static final int REFERRING_PHYSICIAN_NAME = 0x0008_0090;
  public static final int TIMEZONE_OFFSET_FROM_UTC = 0x0008_0201;
  public static final int STUDY_DESCRIPTION = 0x0008_1030;
  public static final int SERIES_DESCRIPTION = 0x0008_103E;
  public static final int MANUFACTURER_MODEL_NAME = 0x0008_1090;
  public static final int REFERENCED_SOP_CLASS_UID = 0x0008_1150;
  public static final int REFERENCED_SOP_INSTANCE_UID = 0x0008_1155;
  public static final int TRANSACTION_UID = 0x0008_1195;
  public static final int FAILURE_REASON = 0x0008_1197;
  public static final int FAILED_SOP_SEQUENCE = 0x0008_1198;
  public static final int REFERENCED_SOP_SEQUENCE = 0x0008_1199;
  public static final int ANATOMIC_REGION_SEQUENCE = 0x0008_2218;
  public static final int PATIENT_NAME = 0x0010_0010;
  public static final int PATIENT_ID = 0x0010_0020;
  public static final int ISSUER_OF_PATIENT_ID = 0x0010_0021;
  public static final int PATIENT_BIRTH_DATE = 0x0010_0030;
  public static final int PATIENT_SEX = 0x0010_0040;
  public static final int PATIENT_AGE = 0x0010_1010;
  public static final int PATIENT_SIZE = 0x0010_1020;
  public static final int PATIENT_WEIGHT = 0x0010_1030;
  public static final int BODY_PART_EXAMINED = 0x0018_0015;
  public static final int IMAGER_PIXEL_SPACING = 0x0018_1164;
  public static final int NOMINAL_SCANNED_PIXEL_SPACING = 0x0018_2010;
  public static final int VIEW_POSITION = 0x0018_5101;
  public static final int STUDY_INSTANCE_UID = 0x0020_000D;
  public static final int SERIES_INSTANCE_UID = 0x0020_000E;
  public static final int STUDY_ID = 0x0020_0010;
  public static final int SERIES_NUMBER = 0x0020_0011;
  public static final int INSTANCE_NUMBER = 0x0020_0013;
  public static final int PATIENT_ORIENTATION = 0x0020_0020;
  public static final int FRAME_OF_REFERENCE_UID = 0x0020_0052;
  public static final int LATERALITY = 0x0020_0060;
  public static final int IMAGE_LATERALITY = 0x0020_0062;
  public static final int IMAGE_COMMENTS = 0x0020_4000;
  public static final int SAMPLES_PER_PIXEL = 0x0028_0002;
  public static final int PHOTOMETRIC_INTERPRETATION = 0x0028_0004;
  public static final int PLANAR_CONFIGURATION = 0x0028_0006;
  public static final int NUMBER_OF_FRAMES = 0x0028_0008;
  public static final int ROWS = 0x0028_0010;
  public static final int COLUMNS = 0x0028_0011;
  public static final int PIXEL_SPACING = 0x0028_0030;
  public static final int PIXEL_MEASURES_SEQUENCE = 0x0028_9110;
  public static final int PIXEL_ASPECT_RATIO = 0x0028_0034;
  public static final int BITS_ALLOCATED = 0x0028_0100;
  public static final int BITS_STORED = 0x0028_0101;
  public static final int HIGH_BIT = 0x0028_0102;
  public static final int PIXEL_REPRESENTATION = 0x0028_0103;
  public static final int SMALLEST_IMAGE_PIXEL_VALUE = 0x0028_0106;
  public static final int LARGEST_IMAGE_PIXEL_VALUE = 0x0028_0107;
  public static final int PIXEL_PADDING_VALUE = 0x0028_0120;
  public static final int PIXEL_PADDING_RANGE_LIMIT = 0x0028_0121;
  public static final int FLOAT_PIXEL_PADDING_VALUE = 0x0028_0122;
  public static final int DOUBLE_FLOAT_PIXEL_PADDING_VALUE = 0x0028_0123;
  public static final int FLOAT_PIXEL_PADDING_RANGE_LIMIT = 0x0028_0124;
  public static final int DOUBLE_FLOAT_PIXEL_PADDING_RANGE_LIMIT = 0x0028_0125;
  public static final int BURNED_IN_ANNOTATION = 0x0028_0301;
  public static final int WINDOW_CENTER = 0x0028_1050;
  public static final int WINDOW_WIDTH = 0x0028_1051;
  public static final int RESCALE_INTERCEPT = 0x0028_1052;
  public static final int RESCALE_SLOPE = 0x0028_1053;
  public static final int RESCALE_TYPE = 0x0028_1054;
  public static final int WINDOW_CENTER_WIDTH_EXPLANATION = 0x0028_1055;
  public static final int VOI_LUT_FUNCTION = 0x0028_1056;
  public static final int RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR = 0x0028_1101;
  public static final int GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR = 0x0028_1102;
  public static final int BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR = 0x0028_1103;
  public static final int RED_PALETTE_COLOR_LOOKUP_TABLE_DATA = 0x0028_1201;
  public static final int GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA = 0x0028_1202;
  public static final int BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA = 0x0028_1203;
  public static final int SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA = 0x0028_1221;
  public static final int SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA = 0x0028_1222;
  public static final int SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA = 0x0028_1223;
  public static final int LOSSY_IMAGE_COMPRESSION = 0x0028_2110;
  public static final int MODALITY_LUT_SEQUENCE = 0x0028_3000;
  public static final int LUT_DESCRIPTOR = 0x0028_3002;
  public static final int LUT_EXPLANATION = 0x0028_3003;
  public static final int MODALITY_LUT_TYPE = 0x0028_3004;
  public static final int LUT_DATA = 0x0028_3006;
  public static final int VOI_LUT_SEQUENCE = 0x0028_3010;
  public static final int FRAME_VOI_LUT_SEQUENCE = 0x0028_9132;
  public static final int PIXEL_VALUE_TRANSFORMATION_SEQUENCE = 0x0028_9145;
  public static final int PERFORMED_PROCEDURE_STEP_START_DATE = 0x0040_0244;
  public static final int ICON_IMAGE_SEQUENCE = 0x0088_0200;
  public static final int PRESENTATION_LUT_SHAPE = 0x2050_0020;
  public static final int SHARED_FUNCTIONAL_GROUPS_SEQUENCE = 0x5200_9229;
  public static final int PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE = 0x5200_9230;
  public static final int EXTENDED_OFFSET_TABLE = 0x7FE0_0001;
  public static final int EXTENDED_OFFSET_TABLE_LENGTHS = 0x7FE0_0002;
  public static final int ENCAPSULATED_PIXEL_DATA_VALUE_TOTAL_LENGTH = 0x7FE0_0003;
  public static final int FLOAT_PIXEL_DATA = 0x7FE0_0008;
  public static final int DOUBLE_FLOAT_PIXEL_DATA = 0x7FE0_0009;
  public static final int PIXEL_DATA = 0x7FE0_0010;
  public static final int DIGITAL_SIGNATURES_SEQUENCE = 0xFFFA_FFFA;
  public static final int DATA_SET_TRAILING_PADDING = 0xFFFC_FFFC;

  static final int ITEM = 0xFFFE_E000;
  static final int ITEM_DELIMITATION = 0xFFFE_E00D;
  static final int SEQUENCE_DELIMITATION = 0xFFFE_E0DD;

  private Tag() {}

  /** Whether an element holds pixels, be they integers or floating point numbers. */
  static boolean isPixelData(int tag) {
    return tag == PIXEL_DATA || tag == FLOAT_PIXEL_DATA || tag == DOUBLE_FLOAT_PIXEL_DATA;
  }

  /** {@code (gggg,eeee)}. */
  public static String format(int tag) {
    return String.format("(%04X,%04X)", tag >>> 16, tag & 0xffff);
  }

  /** The representation of a tag above; UL for group lengths, otherwise UN. */
  static Vr vrOf(int tag) {
    return switch (tag) {
      case SOURCE_APPLICATION_ENTITY_TITLE -> Vr.AE;
      case PATIENT_AGE -> Vr.AS;
      case SPECIFIC_CHARACTER_SET,
          IMAGE_TYPE,
          MODALITY,
          CONVERSION_TYPE,
          PRESENTATION_INTENT_TYPE,
          PATIENT_SEX,
          BODY_PART_EXAMINED,
          VIEW_POSITION,
          PATIENT_ORIENTATION,
          LATERALITY,
          IMAGE_LATERALITY,
          PHOTOMETRIC_INTERPRETATION,
          BURNED_IN_ANNOTATION,
          VOI_LUT_FUNCTION,
          LOSSY_IMAGE_COMPRESSION,
          PRESENTATION_LUT_SHAPE ->
          Vr.CS;
      case STUDY_DATE,
          SERIES_DATE,
          ACQUISITION_DATE,
          CONTENT_DATE,
          PATIENT_BIRTH_DATE,
          PERFORMED_PROCEDURE_STEP_START_DATE ->
          Vr.DA;
      case PATIENT_SIZE,
          PATIENT_WEIGHT,
          IMAGER_PIXEL_SPACING,
          NOMINAL_SCANNED_PIXEL_SPACING,
          PIXEL_SPACING,
          WINDOW_CENTER,
          WINDOW_WIDTH,
          RESCALE_INTERCEPT,
          RESCALE_SLOPE ->
          Vr.DS;
      case ACQUISITION_DATE_TIME -> Vr.DT;
      case SERIES_NUMBER, INSTANCE_NUMBER, NUMBER_OF_FRAMES, PIXEL_ASPECT_RATIO -> Vr.IS;
      case MANUFACTURER,
          INSTITUTION_NAME,
          STUDY_DESCRIPTION,
          SERIES_DESCRIPTION,
          MANUFACTURER_MODEL_NAME,
          PATIENT_ID,
          ISSUER_OF_PATIENT_ID,
          RESCALE_TYPE,
          WINDOW_CENTER_WIDTH_EXPLANATION,
          LUT_EXPLANATION,
          MODALITY_LUT_TYPE ->
          Vr.LO;
      case FLOAT_PIXEL_PADDING_VALUE, FLOAT_PIXEL_PADDING_RANGE_LIMIT -> Vr.FL;
      case DOUBLE_FLOAT_PIXEL_PADDING_VALUE, DOUBLE_FLOAT_PIXEL_PADDING_RANGE_LIMIT -> Vr.FD;
      case IMAGE_COMMENTS -> Vr.LT;
      case FILE_META_INFORMATION_VERSION, DATA_SET_TRAILING_PADDING -> Vr.OB;
      case DOUBLE_FLOAT_PIXEL_DATA -> Vr.OD;
      case FLOAT_PIXEL_DATA -> Vr.OF;
      case EXTENDED_OFFSET_TABLE, EXTENDED_OFFSET_TABLE_LENGTHS -> Vr.OV;
      case RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
          GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
          BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
          SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
          SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
          SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
          PIXEL_DATA ->
          Vr.OW;
      case REFERRING_PHYSICIAN_NAME, PATIENT_NAME -> Vr.PN;
      case IMPLEMENTATION_VERSION_NAME, ACCESSION_NUMBER, TIMEZONE_OFFSET_FROM_UTC, STUDY_ID ->
          Vr.SH;
      case DIRECTORY_RECORD_SEQUENCE,
          ISSUER_OF_ACCESSION_NUMBER_SEQUENCE,
          FAILED_SOP_SEQUENCE,
          REFERENCED_SOP_SEQUENCE,
          ANATOMIC_REGION_SEQUENCE,
          MODALITY_LUT_SEQUENCE,
          VOI_LUT_SEQUENCE,
          FRAME_VOI_LUT_SEQUENCE,
          PIXEL_VALUE_TRANSFORMATION_SEQUENCE,
          PIXEL_MEASURES_SEQUENCE,
          ICON_IMAGE_SEQUENCE,
          DIGITAL_SIGNATURES_SEQUENCE,
          SHARED_FUNCTIONAL_GROUPS_SEQUENCE,
          PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE ->
          Vr.SQ;
      case STUDY_TIME, ACQUISITION_TIME, CONTENT_TIME -> Vr.TM;
      case MEDIA_STORAGE_SOP_CLASS_UID,
          MEDIA_STORAGE_SOP_INSTANCE_UID,
          TRANSFER_SYNTAX_UID,
          IMPLEMENTATION_CLASS_UID,
          SOP_CLASS_UID,
          SOP_INSTANCE_UID,
          REFERENCED_SOP_CLASS_UID,
          REFERENCED_SOP_INSTANCE_UID,
          TRANSACTION_UID,
          STUDY_INSTANCE_UID,
          SERIES_INSTANCE_UID,
          FRAME_OF_REFERENCE_UID ->
          Vr.UI;
      case FILE_META_INFORMATION_GROUP_LENGTH -> Vr.UL;
      case FAILURE_REASON,
          SAMPLES_PER_PIXEL,
          PLANAR_CONFIGURATION,
          ROWS,
          COLUMNS,
          BITS_ALLOCATED,
          BITS_STORED,
          HIGH_BIT,
          PIXEL_REPRESENTATION,
          SMALLEST_IMAGE_PIXEL_VALUE,
          LARGEST_IMAGE_PIXEL_VALUE,
          PIXEL_PADDING_VALUE,
          PIXEL_PADDING_RANGE_LIMIT,
          RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
          GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
          BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
          LUT_DESCRIPTOR,
          LUT_DATA ->
          Vr.US;
      case ENCAPSULATED_PIXEL_DATA_VALUE_TOTAL_LENGTH -> Vr.UV;
      default -> (tag & 0xffff) == 0 ? Vr.UL : Vr.UN;
    };
  }
}
