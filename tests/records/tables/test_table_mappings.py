"""Mappings: proposed from headers and values, checked, kept as JSON, settled from the whole table."""

import json

import pytest

from medai_core.domain.record import Code
from medai_core.domain.refusal import Refusal
from medai_core.records.tables.mapping import (
    About,
    Column,
    Mapping,
    Role,
    check,
    digest_of_columns,
    from_json,
    to_json,
)
from medai_core.records.tables.reading import GUESSED, REMEMBERED, read_table
from medai_core.records.tables.vocabulary import measured_by
from tests.records.tables.samples import LABS, contents, opened, proposed, read

_SYSTEM = "http://hl7.org/fhir/sid/"


def _roles(mapping: Mapping) -> dict[str, str]:
    return {column.name: column.role.value for column in mapping.columns if column.role is not Role.UNUSED}


@pytest.mark.parametrize(
    ("header", "rows", "about", "roles"),
    [
        (
            "MRN;Last Name;First Name;DOB;Sex;Test;Result;Units;Date;Ref Low;Ref High",
            "A1;Muster;Erika;12.08.1964;F;Potassium;4,5;mmol/L;01.03.2024;3,5;5,1",
            About.RESULTS,
            {
                "MRN": "patient",
                "Last Name": "family",
                "First Name": "given",
                "DOB": "birth date",
                "Sex": "sex",
                "Test": "text",
                "Result": "value",
                "Units": "unit",
                "Date": "time",
                "Ref Low": "low",
                "Ref High": "high",
            },
        ),
        (
            "id,sex,day,bili,chol,alk.phos,protime",
            "1,f,0,14.5,261,1718,12.2",
            About.VISITS,
            {
                "id": "patient",
                "sex": "sex",
                "day": "note",
                "bili": "measurement",
                "chol": "measurement",
                "alk.phos": "measurement",
                "protime": "measurement",
            },
        ),
        (
            "row_id,subject_id,hadm_id,seq_num,icd9_code",
            "1,10006,142345,1,99591",
            About.PROBLEMS,
            {"row_id": "key", "subject_id": "patient", "hadm_id": "encounter", "icd9_code": "code"},
        ),
        (
            "subject_id,hadm_id,startdate,enddate,drug,ndc,dose_val_rx,dose_unit_rx,route",
            "1,2,2146-07-21,2146-07-22,Bisacodyl,00536338101,10,mg,PO",
            About.MEDICATION,
            {
                "subject_id": "patient",
                "hadm_id": "encounter",
                "startdate": "time",
                "enddate": "end",
                "drug": "text",
                "ndc": "code",
                "dose_val_rx": "value",
                "dose_unit_rx": "unit",
                "route": "route",
            },
        ),
        (
            "subject_id,hadm_id,admittime,dischtime,admission_type,diagnosis",
            "1,2,2164-10-23 21:09:00,,EMERGENCY,SEPSIS",
            About.ENCOUNTERS,
            {
                "subject_id": "patient",
                "hadm_id": "encounter",
                "admittime": "time",
                "dischtime": "end",
                "admission_type": "text",
                "diagnosis": "reason",
            },
        ),
        (
            "patient_id,allergen,onset",
            "1,Penicillin,2001",
            About.ALLERGIES,
            {"patient_id": "patient", "allergen": "text", "onset": "time"},
        ),
        (
            "subject_id,gender,dob,dod",
            "1,F,1964-08-12,",
            About.PATIENTS,
            {"subject_id": "patient", "gender": "sex", "dob": "birth date", "dod": "death"},
        ),
        (
            "subject_id,chartdate,spec_type_desc,org_name,ab_name,dilution_text,interpretation",
            "1,2164-10-23,BLOOD CULTURE,E. COLI,VANCOMYCIN,<=2,S",
            About.CULTURES,
            {
                "subject_id": "patient",
                "chartdate": "time",
                "spec_type_desc": "specimen",
                "org_name": "organism",
                "ab_name": "text",
                "dilution_text": "value",
                "interpretation": "interpretation",
            },
        ),
    ],
)
def test_proposals(header: str, rows: str, about: About, roles: dict[str, str]) -> None:
    mapping = proposed(f"{header}\n{rows}\n")
    assert mapping.about is about
    assert _roles(mapping) == roles
    check(mapping)


def test_code_systems_come_from_the_header_or_from_all_values() -> None:
    def system(header: str, *codes: str, about: str = "diagnosis") -> str:
        table = f"patient_id,{header},{about}\n" + "".join(f"1,{code},x\n" for code in codes)
        return next(column.system for column in proposed(table).columns if column.role is Role.CODE)

    assert system("icd10_code", "E11.9") == _SYSTEM + "icd-10-cm"
    assert system("dx_code", "E11.9", "I10") == _SYSTEM + "icd-10-cm"
    assert system("dx_code", "4019", "V4581") == _SYSTEM + "icd-9-cm"
    assert system("dx_code", "4019", "I10") == ""
    assert system("code", "E11.9", "XY") == ""


@pytest.mark.parametrize(
    ("header", "code", "unit"),
    [
        ("Creatinine (umol/L)", "2160-0", "umol/L"),
        ("glucose_mg_dl", "2345-7", "mg/dL"),
        ("Glucose [mmol/l]", "2345-7", "mmol/L"),
        ("sbp_mmhg", "8480-6", "mm[Hg]"),
        ("Temp, degC", "8310-5", "Cel"),
        ("weight kg", "29463-7", "kg"),
        ("bili", "1975-2", ""),
        ("WBC", "6690-2", ""),
        ("height_in", "8302-2", "[in_i]"),
    ],
)
def test_measurements_and_units_in_headers(header: str, code: str, unit: str) -> None:
    found = measured_by(header)
    assert found is not None
    assert (found[0].code, found[1]) == (code, unit)


@pytest.mark.parametrize("header", ["ward", "stage", "ascites", "trt", "mg", "", "value (mg/dL)"])
def test_what_names_no_measurement(header: str) -> None:
    assert measured_by(header) is None


def test_dates_and_decimals_are_settled_by_what_can_be_read_in_one_way() -> None:
    table = "patient_id;test;value;date\n1;K;4,5;03/04/2020\n1;K;1,250;13/04/2020\n"
    mapping = proposed(table)
    assert (mapping.date_order, mapping.decimal) == ("DMY", ",")
    first, second = contents(read(table), "Observation")
    assert (first["effectiveDateTime"], second["effectiveDateTime"]) == ("2020-04-03", "2020-04-13")
    assert second["valueQuantity"]["value"] == 1.25


def test_what_stays_open_is_refused_and_never_guessed() -> None:
    table = "patient_id,test,value,date\n1,K,4.5,03/04/2020\n2,K,4.5,2020-04-03\n"
    mapping = proposed(table)
    assert mapping.date_order == ""
    first, second = read(table)
    assert (
        first.refused == "Column 'date': expected a date; found one in which day and month can be exchanged."
    )
    assert not second.refused
    settled = Mapping(mapping.columns, mapping.about, date_order="MDY")
    assert contents(read(table, settled), "Observation")[0]["effectiveDateTime"] == "2020-03-04"


def test_rows_far_below_settle_a_mapping_that_was_left_open() -> None:
    lines = ["1,K,4.5,03/04/2020\n"] * 700 + ["1,K,4.5,04/13/2020\n"]
    found = contents(read("patient_id,test,value,date\n" + "".join(lines)), "Observation")
    assert found[0]["effectiveDateTime"] == "2020-03-04"


def test_dates_that_contradict_each_other_settle_nothing() -> None:
    table = "patient_id,test,value,date\n1,K,4,13/04/2020\n1,K,4,04/13/2020\n1,K,4,03/04/2020\n"
    assert [bool(each.refused) for each in read(table)] == [False, False, True]


def test_json_there_and_back() -> None:
    mapping = Mapping(
        (
            Column("id", Role.PATIENT),
            Column("Kr\u00e9a", Role.MEASUREMENT, Code("http://loinc.org", "2160-0", "Creatinine"), "mg/dL"),
            Column("dx", Role.CODE, system="http://loinc.org"),
            Column("x"),
        ),
        About.VISITS,
        date_order="DMY",
        decimal=",",
        offset="+01:00",
        issuer="Hospital",
    )
    assert from_json(json.loads(json.dumps(to_json(mapping)))) == mapping


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        {},
        {"columns": "x"},
        {"columns": [], "about": "other"},
        {"columns": [1], "about": "results"},
        {"columns": [{"name": "a", "role": "king"}], "about": "results"},
    ],
)
def test_what_is_no_mapping(plain: object) -> None:
    with pytest.raises(Refusal) as raised:
        from_json(plain)
    assert raised.value.code == "mapping-incomplete"


def _mapping(about: About, *roles: Role, **more: str) -> Mapping:
    return Mapping(tuple(Column(f"c{number}", role) for number, role in enumerate(roles)), about, **more)


@pytest.mark.parametrize(
    ("mapping", "why"),
    [
        (_mapping(About.RESULTS, Role.TEXT, Role.VALUE), "patient's number"),
        (_mapping(About.RESULTS, Role.PATIENT, Role.VALUE), "name of what was measured"),
        (_mapping(About.RESULTS, Role.PATIENT, Role.TEXT), "with the value"),
        (_mapping(About.VISITS, Role.PATIENT), "a measurement"),
        (_mapping(About.VISITS, Role.PATIENT, Role.MEASUREMENT), "a code or a name"),
        (_mapping(About.PROBLEMS, Role.PATIENT), "problem"),
        (_mapping(About.PATIENTS, Role.PATIENT, Role.PATIENT), "one column at most"),
        (_mapping(About.PATIENTS, Role.PATIENT, date_order="YDM"), "YMD, DMY or MDY"),
    ],
)
def test_mappings_that_say_too_little(mapping: Mapping, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        check(mapping)


def test_a_header_is_known_again() -> None:
    assert digest_of_columns(["A", " b  c"]) == digest_of_columns(["a", "B C"])
    assert digest_of_columns(["a", "b"]) != digest_of_columns(["b", "a"])
    assert digest_of_columns(["a,b"]) != digest_of_columns(["a", "b"])


def test_where_the_mapping_comes_from_is_said_once() -> None:
    kept = proposed(LABS)
    digest = digest_of_columns(kept.names)
    first, *others = read(LABS)
    assert first.cautions[0] == GUESSED
    assert all(GUESSED not in each.cautions for each in others)
    found = list(read_table(opened(LABS), "x", None, source="s", remembered={digest: kept}.get))
    assert found[0].cautions[0] == REMEMBERED
    assert REMEMBERED not in read(LABS, kept)[0].cautions


def test_of_several_mappings_the_one_of_the_table_is_taken() -> None:
    own = proposed(LABS)
    other = _mapping(About.PATIENTS, Role.PATIENT)
    loose = Mapping((Column("patient_id", Role.PATIENT),), About.PATIENTS)
    found = list(read_table(opened(LABS), "x", [other, loose, own], source="s"))
    assert found[0].drafts[-1].resource_type == "Observation"
    only = list(read_table(opened(LABS), "x", [other, loose], source="s"))
    assert [draft.resource_type for draft in only[0].drafts] == ["Patient"]


def test_columns_may_stand_in_another_order() -> None:
    mapping = proposed(LABS)
    turned = "value,patient_id,test,extra\n4.5,P9,Potassium,x\n"
    needed = Mapping(
        tuple(column for column in mapping.columns if column.name in ("patient_id", "test", "value")),
        mapping.about,
    )
    (found,) = contents(read(turned, needed), "Observation")
    assert found["subject"]["reference"] == "Patient/P9"
    assert found["valueQuantity"]["value"] == 4.5


def test_of_a_table_without_patients_every_row_is_refused() -> None:
    reads = read("itemid,label,loinc_code\n50800,Glucose,2345-7\n50801,Sodium,2951-2\n")
    assert [each.where for each in reads] == ["line 2", "line 3"]
    assert all("patient's number" in each.refused and not each.drafts for each in reads)
