"""Words of table headers: which role they mostly have, and which laboratory value or vital sign they name.

Codes are LOINC (loinc.org, Regenstrief Institute), each with its long or short common name.
"""

import re
from typing import Final

from medai_core.domain.record import Code
from medai_core.records.analytes import LOINC
from medai_core.records.tables.mapping import Role
from medai_core.records.units import ucum

_ROLES: Final = {
    Role.PATIENT: """
        patient patientid patient_id patient_no patient_number patient_nr subject_id subjectid subject
        mrn pid person_id personid medical_record_number patnr pat_id patienten_id patientennummer
        record_number
    """,
    Role.ISSUER: """
        issuer assigning_authority issuer_of_patient_id id_issuer
    """,
    Role.NAME: """
        name patient_name patientname full_name fullname
    """,
    Role.FAMILY: """
        last_name lastname surname family_name family nachname last
    """,
    Role.GIVEN: """
        first_name firstname given_name given forename vorname first
    """,
    Role.BIRTH_DATE: """
        dob birth_date birthdate date_of_birth birthday born geburtsdatum birth_dt
    """,
    Role.SEX: """
        sex gender geschlecht
    """,
    Role.DEATH: """
        dod death_date deathdate date_of_death death_time
    """,
    Role.KEY: """
        row_id rowid result_id observation_id record_id entry_id event_id order_item_id accession_item
    """,
    Role.ENCOUNTER: """
        hadm_id encounter_id encounterid visit_id encounter admission_id stay_id case_id fallnummer
    """,
    Role.START: """
        time date datetime date_time timestamp charttime chartdate observed observed_at effective
        collected collected_at collection_date collection_time sample_date sample_time visit_date
        measured_at measurement_date result_date result_time startdate start_date starttime start_time
        start begin begins from admittime admission_date admit_date admission onset onset_date started
        started_at diagnosis_date diagnosed datum zeit zeitpunkt intime test_date lab_date exam_date
        recorded_at date_recorded performed procedure_date prescribed transfertime dt date_collected
        begin_date
    """,
    Role.END: """
        enddate end_date endtime end_time end stop stopdate stop_date until to dischtime
        discharge_date disch_date discharge abatement abatement_date resolved resolved_date outtime
        ended ende
    """,
    Role.CODE: """
        code loinc loinc_code loinc_num itemid item_id test_code lab_code snomed snomed_code icd
        icd_code icd9 icd9_code icd10 icd10_code icd10cm icd_10 icd_9 diagnosis_code dx_code
        problem_code ndc rxnorm rxcui atc atc_code drug_code medication_code cpt cpt_code procedure_code
        ops
    """,
    Role.TEXT: """
        test test_name testname analyte parameter lab lab_name label measurement component observation
        observation_name vital vital_sign item item_name display description diagnosis problem condition
        dx disease diagnosis_name long_title short_title drug drug_name medication medication_name
        medicine med generic_name procedure procedure_name allergy allergen allergies substance ab_name
        antibiotic untersuchung bezeichnung medikament wirkstoff diagnose
    """,
    Role.VALUE: """
        value result valuenum result_value val numeric_value value_num dose dose_val_rx dosage amount
        wert ergebnis messwert dosis numeric_result dilution_text mic
    """,
    Role.UNIT: """
        unit units uom valueuom value_unit result_unit unit_of_measure dose_unit dose_unit_rx dose_units
        amountuom einheit units_of_measure result_units
    """,
    Role.LOW: """
        ref_low low lower_limit reference_low ref_range_lower range_low normal_low lower lln
    """,
    Role.HIGH: """
        ref_high high upper_limit reference_high ref_range_upper range_high normal_high upper uln
    """,
    Role.ROUTE: """
        route route_of_administration applikation
    """,
    Role.FREQUENCY: """
        frequency freq sig schedule
    """,
    Role.REASON: """
        reason admission_diagnosis chief_complaint reason_for_visit
    """,
    Role.SPECIMEN: """
        specimen spec_type_desc specimen_type sample_type material
    """,
    Role.ORGANISM: """
        organism org_name organism_name isolate
    """,
    Role.INTERPRETATION: """
        interpretation flag abnormal_flag abnormal susceptibility interpretation_code
    """,
    Role.WRONG: """
        iserror is_error entered_in_error error
    """,
    Role.NOTE: """
        note notes comment comments remark remarks day visit visit_number visit_no kommentar
    """,
}
ROLE_WORDS: Final = {word: role for role, words in _ROLES.items() for word in words.split()}
"""Header word, in small letters with underscores, to the role that it mostly has."""

SYSTEMS: Final = {
    "loinc": LOINC, "snomed": "http://snomed.info/sct", "icd10": "http://hl7.org/fhir/sid/icd-10-cm",
    "icd_10": "http://hl7.org/fhir/sid/icd-10-cm", "icd9": "http://hl7.org/fhir/sid/icd-9-cm",
    "icd_9": "http://hl7.org/fhir/sid/icd-9-cm", "ndc": "http://hl7.org/fhir/sid/ndc",
    "rxnorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "rxcui": "http://www.nlm.nih.gov/research/umls/rxnorm", "atc": "http://www.whocc.no/atc",
    "cpt": "http://www.ama-assn.org/go/cpt",
}  # fmt: skip
"""Part of a header word to the FHIR system of the codes below it."""

_NAMES: Final = """
2345-7 Glucose [Mass/volume] in Serum or Plasma
2160-0 Creatinine [Mass/volume] in Serum or Plasma
3094-0 Urea nitrogen [Mass/volume] in Serum or Plasma
2951-2 Sodium [Moles/volume] in Serum or Plasma
2823-3 Potassium [Moles/volume] in Serum or Plasma
2075-0 Chloride [Moles/volume] in Serum or Plasma
1963-8 Bicarbonate [Moles/volume] in Serum or Plasma
2028-9 Carbon dioxide, total [Moles/volume] in Serum or Plasma
17861-6 Calcium [Mass/volume] in Serum or Plasma
19123-9 Magnesium [Mass/volume] in Serum or Plasma
2777-1 Phosphate [Mass/volume] in Serum or Plasma
1975-2 Bilirubin.total [Mass/volume] in Serum or Plasma
1968-7 Bilirubin.direct [Mass/volume] in Serum or Plasma
1742-6 Alanine aminotransferase [Enzymatic activity/volume] in Serum or Plasma
1920-8 Aspartate aminotransferase [Enzymatic activity/volume] in Serum or Plasma
6768-6 Alkaline phosphatase [Enzymatic activity/volume] in Serum or Plasma
2324-2 Gamma glutamyl transferase [Enzymatic activity/volume] in Serum or Plasma
2532-0 Lactate dehydrogenase [Enzymatic activity/volume] in Serum or Plasma
2157-6 Creatine kinase [Enzymatic activity/volume] in Serum or Plasma
1751-7 Albumin [Mass/volume] in Serum or Plasma
2885-2 Protein [Mass/volume] in Serum or Plasma
2093-3 Cholesterol [Mass/volume] in Serum or Plasma
2085-9 Cholesterol in HDL [Mass/volume] in Serum or Plasma
2089-1 Cholesterol in LDL [Mass/volume] in Serum or Plasma
2571-8 Triglyceride [Mass/volume] in Serum or Plasma
4548-4 Hemoglobin A1c/Hemoglobin.total in Blood
718-7 Hemoglobin [Mass/volume] in Blood
4544-3 Hematocrit [Volume Fraction] of Blood by Automated count
6690-2 Leukocytes [#/volume] in Blood by Automated count
789-8 Erythrocytes [#/volume] in Blood by Automated count
777-3 Platelets [#/volume] in Blood by Automated count
787-2 MCV [Entitic volume] by Automated count
785-6 MCH [Entitic mass] by Automated count
786-4 MCHC [Mass/volume] by Automated count
788-0 Erythrocyte distribution width [Ratio] by Automated count
5902-2 Prothrombin time (PT)
6301-6 INR in Platelet poor plasma by Coagulation assay
3173-2 aPTT in Blood by Coagulation assay
1988-5 C reactive protein [Mass/volume] in Serum or Plasma
3016-3 Thyrotropin [Units/volume] in Serum or Plasma
3084-1 Urate [Mass/volume] in Serum or Plasma
2498-4 Iron [Mass/volume] in Serum or Plasma
2276-4 Ferritin [Mass/volume] in Serum or Plasma
2524-7 Lactate [Moles/volume] in Serum or Plasma
33959-8 Procalcitonin [Mass/volume] in Serum or Plasma
8480-6 Systolic blood pressure
8462-4 Diastolic blood pressure
8478-0 Mean blood pressure
8867-4 Heart rate
9279-1 Respiratory rate
8310-5 Body temperature
59408-5 Oxygen saturation in Arterial blood by Pulse oximetry
29463-7 Body weight
8302-2 Body height
39156-5 Body mass index (BMI) [Ratio]
9269-2 Glasgow coma score total
"""
"""LOINC code and its name."""
_HEADERS: Final = {
    "2345-7": "glucose glu gluc blood_glucose glucose_serum blutzucker",
    "2160-0": "creatinine creat crea kreatinin scr serum_creatinine",
    "3094-0": "bun urea_nitrogen blood_urea_nitrogen",
    "2951-2": "sodium na natrium serum_sodium",
    "2823-3": "potassium k kalium serum_potassium",
    "2075-0": "chloride cl chlorid",
    "1963-8": "bicarbonate hco3 bicarb",
    "2028-9": "co2 total_co2 tco2",
    "17861-6": "calcium ca",
    "19123-9": "magnesium",
    "2777-1": "phosphate phos phosphorus",
    "1975-2": "bilirubin bili total_bilirubin tbil bilirubin_total serum_bilirubin",
    "1968-7": "direct_bilirubin bilirubin_direct dbil",
    "1742-6": "alt sgpt gpt alanine_aminotransferase alat",
    "1920-8": "ast sgot got aspartate_aminotransferase asat",
    "6768-6": "alp alk_phos alkaline_phosphatase alkphos",
    "2324-2": "ggt gamma_gt",
    "2532-0": "ldh lactate_dehydrogenase",
    "2157-6": "ck cpk creatine_kinase",
    "1751-7": "albumin alb serum_albumin",
    "2885-2": "total_protein protein_total",
    "2093-3": "cholesterol chol total_cholesterol tchol cholesterol_total",
    "2085-9": "hdl hdl_cholesterol hdl_c",
    "2089-1": "ldl ldl_cholesterol ldl_c",
    "2571-8": "triglycerides trig triglyceride tg",
    "4548-4": "hba1c a1c hemoglobin_a1c haemoglobin_a1c",
    "718-7": "hemoglobin haemoglobin hgb hb",
    "4544-3": "hematocrit haematocrit hct",
    "6690-2": "wbc leukocytes leucocytes white_cells white_blood_cells",
    "789-8": "rbc erythrocytes red_blood_cells",
    "777-3": "platelets platelet plt platelet_count",
    "787-2": "mcv",
    "785-6": "mch",
    "786-4": "mchc",
    "788-0": "rdw",
    "5902-2": "prothrombin_time protime pt_seconds",
    "6301-6": "inr pt_inr",
    "3173-2": "aptt ptt",
    "1988-5": "crp c_reactive_protein",
    "3016-3": "tsh thyrotropin",
    "3084-1": "uric_acid urate",
    "2498-4": "iron serum_iron",
    "2276-4": "ferritin",
    "2524-7": "lactate lactic_acid",
    "33959-8": "procalcitonin",
    "8480-6": "sbp systolic systolic_bp sys_bp systolic_blood_pressure bp_systolic sysbp",
    "8462-4": "dbp diastolic diastolic_bp dia_bp diastolic_blood_pressure bp_diastolic diabp",
    "8478-0": "map mean_bp mean_arterial_pressure",
    "8867-4": "heart_rate heartrate hr pulse pulse_rate puls",
    "9279-1": "respiratory_rate resp_rate rr resprate respiration",
    "8310-5": "temperature temp body_temperature bodytemp temperatur",
    "59408-5": "spo2 pulse_oximetry o2sat o2_sat",
    "29463-7": "weight body_weight wt bodyweight gewicht",
    "8302-2": "height body_height ht bodyheight groesse",
    "39156-5": "bmi body_mass_index",
    "9269-2": "gcs glasgow_coma_scale",
}
"""LOINC code to the header words that mean it."""
MEASURED: Final = {
    word: Code(LOINC, code, name)
    for code, _, name in (line.partition(" ") for line in _NAMES.strip().splitlines())
    for word in _HEADERS[code].split()
}
"""Header word to LOINC code. Where a word does not say the specimen, it is serum, plasma or blood."""


def plain_word(header: str) -> str:
    """A header in small letters, with underscores between its words.

    >>> plain_word("Start-Date "), plain_word("dateOfBirth"), plain_word("alk.phos")
    ('start_date', 'date_of_birth', 'alk_phos')
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", "_", header.strip())
    return re.sub(r"[^a-z0-9\u00e0-\u024f]+", "_", spaced.lower()).strip("_")


def measured_by(header: str) -> tuple[Code, str] | None:
    """The measurement that a header names, and the unit that it says; None where it names none we know.

    >>> code, unit = measured_by("Creatinine (umol/L)")
    >>> code.code, unit
    ('2160-0', 'umol/L')
    >>> measured_by("glucose_mg_dl")[1], measured_by("chol")[1], measured_by("ward")
    ('mg/dL', '', None)
    """
    name, unit = _unit_in(header)
    code = MEASURED.get(plain_word(name))
    return None if code is None else (code, unit)


def _unit_in(header: str) -> tuple[str, str]:
    """A header's name and its unit: in brackets, after a comma, or as its last words."""
    found = re.fullmatch(r"\s*(.+?)\s*(?:[(\[]\s*(.+?)\s*[)\]]|,\s*(\S+))\s*", header)
    if found is not None and (unit := ucum(found.group(2) or found.group(3))) is not None:
        return found.group(1), unit
    words = plain_word(header).split("_")
    for count in (3, 2, 1):
        if len(words) > count and plain_word(header) not in MEASURED:
            for sign in ("/", ""):
                unit = ucum(sign.join(words[-count:]))
                if unit is not None and "_".join(words[:-count]) in MEASURED:
                    return "_".join(words[:-count]), unit
    return header, ""
