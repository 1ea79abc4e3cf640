"""Rows as FHIR resources: valid, the same at every reading, refused in words that name no value."""

import csv
import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.record import Lane, Standing
from medai_core.records.fhir.validity import verdict_of
from medai_core.records.tables.building import procedure_dot, with_dot
from medai_core.records.tables.mapping import About, Column, Mapping, Role
from medai_core.records.tables.opening import open_table
from medai_core.records.tables.people import HIDDEN_AGE, STRANGE_SEX, gender_of
from medai_core.records.tables.reading import columns_of, guess_mapping, read_table
from medai_core.records.tables.rows import BACKWARDS, NAMED, NO_OFFSET, NO_VALUE, UNKNOWN_UNIT, RowReader
from tests.records.tables.samples import LABS, contents, drafts, opened, proposed, read

DATA = Path(__file__).resolve().parents[4] / "shared" / "data"


def test_results() -> None:
    reads = read(LABS)
    assert [each.refused for each in reads] == ["", "", ""]
    assert [each.where for each in reads] == ["line 2", "line 3", "line 4"]
    first, second = drafts(reads, "Patient")
    assert first.identity is not None
    assert str(first.identity.name) == "Muster Erika"
    assert (first.identity.identifier, first.identity.sex) == ("P1", "F")
    assert str(first.identity.birth_date) == "1964-08-12"
    assert second.key == "P2"
    potassium, glucose, creatinine = drafts(reads, "Observation")
    assert potassium.subject_key == "P1"
    assert potassium.values[0].number == 4.5
    assert potassium.values[0].unit == "mmol/L"
    assert potassium.starts is not None
    assert potassium.starts.offset_minutes is None
    assert glucose.values[0].comparator == "<"
    assert creatinine.values[0].number is None
    assert "dataAbsentReason" in creatinine.content
    assert NO_VALUE in reads[2].cautions
    assert NO_OFFSET in reads[0].cautions
    assert NO_OFFSET not in reads[2].cautions


def test_the_same_table_gives_the_same_statements_in_any_order() -> None:
    header, *lines = LABS.strip().splitlines()
    turned = "\n".join([header, *reversed(lines)])
    keys = sorted(draft.key for draft in drafts(read(LABS), "Observation"))
    assert sorted(draft.key for draft in drafts(read(turned), "Observation")) == keys
    assert len(set(keys)) == 3


def test_a_rows_own_number_names_it_within_its_table() -> None:
    one = read("row_id,patient_id,test,value\n7,P1,K,4\n")
    corrected = read("row_id,patient_id,test,value\n7,P1,K,5\n")
    other = read("row_id,patient_id,test,value,unit\n7,P1,K,4,mmol/L\n")
    keys = [drafts(each, "Observation")[0].key for each in (one, corrected, other)]
    assert keys[0] == keys[1] != keys[2]


def test_visits_leave_gaps_out_and_name_the_column_of_a_bad_cell() -> None:
    reads = read("id,date,bili,chol,ast\n1,2024-03-01,1.4,,9-Oct\n1,2024-04-01,trace,200,\n")
    assert [draft.codes[0].code for draft in drafts(reads, "Observation")] == ["1975-2", "1975-2", "2093-3"]
    assert reads[0].cautions[-1].startswith("Left out: Column 'ast': expected a number; found a date")
    assert drafts(reads, "Observation")[1].values[0].text == "trace"
    assert len({draft.key for draft in drafts(reads, "Observation")}) == 3


def test_medication_that_ends_before_it_starts_is_kept_with_a_caution() -> None:
    table = (
        "subject_id,startdate,enddate,drug,ndc,dose_val_rx,dose_unit_rx,route\n"
        "1,2146-07-22,2146-07-21,Aspirin,0,325-650,mg,PO\n"
    )
    reads = read(table)
    assert BACKWARDS in reads[0].cautions
    (drug,) = contents(reads, "MedicationStatement")
    assert drug["effectivePeriod"] == {"start": "2146-07-22", "end": "2146-07-21"}
    assert drug["medicationCodeableConcept"] == {"text": "Aspirin"}
    dose = drug["dosage"][0]["doseAndRate"][0]["doseRange"]
    assert (dose["low"]["value"], dose["high"]["value"]) == (325, 650)
    assert drug["dosage"][0]["text"] == "325-650 mg, PO"


def test_codes_without_their_dot_get_it_and_stay_as_written() -> None:
    (found,) = contents(read("subject_id,icd9_code\n1,99591\n"), "Condition")
    assert [coding["code"] for coding in found["code"]["coding"]] == ["995.91", "99591"]
    (found,) = contents(read("subject_id,icd9_code,procedure\n1,3605,PTCA\n"), "Procedure")
    assert [coding["code"] for coding in found["code"]["coding"]] == ["36.05", "3605"]
    assert with_dot("http://loinc.org", "99591") == "99591"
    assert [procedure_dot(code) for code in ("3605", "966", "96.6", "96", "X12")] == [
        "36.05",
        "96.6",
        "96.6",
        "96",
        "X12",
    ]


def test_an_entry_in_error_is_kept_and_never_current() -> None:
    (found,) = drafts(read("subject_id,itemid,value,valueuom,iserror\n1,40055,39,ml,1\n"), "Observation")
    assert found.standing is Standing.WITHDRAWN
    (found,) = drafts(read("subject_id,icd9_code,iserror\n1,99591,1\n"), "Condition")
    assert found.standing is Standing.WITHDRAWN


def test_stays_and_what_belongs_to_them() -> None:
    stays = (
        "subject_id,hadm_id,admittime,dischtime,admission_type\n"
        "1,77,2164-10-23 21:09:00,2164-11-01,EMERGENCY\n"
    )
    (stay,) = drafts(read(stays), "Encounter")
    assert (stay.key, stay.lane, stay.status) == ("77", Lane.ENCOUNTER, "finished")
    (problem,) = contents(read("subject_id,hadm_id,icd9_code\n1,77,99591\n"), "Condition")
    assert problem["encounter"] == {"reference": "Encounter/77"}
    transfers = "row_id,subject_id,hadm_id,eventtype,intime,outtime\n5,1,77,admit,2164-10-23,\n"
    (part,) = drafts(read(transfers), "Encounter")
    assert part.key != "77"
    assert part.content["partOf"] == {"reference": "Encounter/77"}
    assert part.status == "in-progress"


def test_cultures() -> None:
    table = (
        "subject_id,chartdate,spec_type_desc,org_name,ab_name,dilution_text,interpretation\n"
        "1,2164-10-23,BLOOD,E. COLI,VANCOMYCIN,<=2,S\n1,2164-10-23,BLOOD,E. COLI,,,\n1,2164-10-23,URINE,,,,\n"
    )
    tested, grown, none = contents(read(table), "Observation")
    assert tested["code"]["text"] == "Susceptibility to VANCOMYCIN"
    assert tested["valueQuantity"] == {"value": 2, "comparator": "<="}
    assert tested["interpretation"][0]["coding"][0]["code"] == "S"
    assert grown["valueString"] == "E. COLI"
    assert "dataAbsentReason" in none


def test_ages_that_the_source_hides_are_said() -> None:
    old, young = read("subject_id,dob,dod\n1,1864-08-12,2164-10-23\n2,2100-01-01,2164-10-23\n")
    assert HIDDEN_AGE in old.cautions
    assert HIDDEN_AGE not in young.cautions
    assert old.drafts[0].content["birthDate"] == "1864-08-12"


def test_sex_is_read_from_words_and_never_from_numbers() -> None:
    assert [gender_of(word) for word in ("F", "male", "weiblich", "M\u00c4NNLICH", "divers", "u")] == [
        "female", "male", "female", "male", "other", "unknown",
    ]  # fmt: skip
    (found,) = read("patient_id,sex\n1,2\n")
    assert STRANGE_SEX in found.cautions
    assert "gender" not in found.drafts[0].content


def test_two_rows_that_contradict_each_other_on_a_patient() -> None:
    reads = read("patient_id,dob,test,value\n1,1964-08-12,K,4\n1,1965-08-12,K,5\n1,,K,6\n")
    assert [each.refused for each in reads] == [
        "",
        "Expected one birth date for one patient; found another above.",
        "",
    ]
    assert len(drafts(reads, "Patient")) == 1


def test_a_refused_row_says_nothing_of_its_patient() -> None:
    reads = read("patient_id,dob,test,value\n1,1964-08-12,K,9-Oct\n1,1965-08-12,K,5\n")
    assert [bool(each.refused) for each in reads] == [True, False]
    assert drafts(reads, "Patient")[0].content["birthDate"] == "1965-08-12"


def test_what_later_rows_add_is_put_together() -> None:
    first, second = drafts(read("patient_id,name,sex\n1,Erika Muster,\n1,,F\n"), "Patient")
    assert "gender" not in first.content
    assert second.content["name"] == [{"text": "Erika Muster"}]
    assert second.content["gender"] == "female"


def test_issuers_keep_patients_of_the_same_number_apart() -> None:
    one, other = drafts(read("patient_id,issuer,sex\n1,North,F\n1,South,M\n"), "Patient")
    assert one.key != other.key
    assert one.identity is not None
    assert one.identity.issuer == "North"


def test_a_fixed_issuer_is_that_of_all() -> None:
    mapping = Mapping((Column("nr", Role.PATIENT),), About.PATIENTS, issuer="urn:oid:1.2.3")
    (found,) = drafts(read("nr\nA 1/2\n", mapping), "Patient")
    assert found.identity is not None
    assert (found.identity.issuer, found.identity.identifier) == ("urn:oid:1.2.3", "A 1/2")
    assert found.key.startswith("p-")


def test_units_in_the_cell_and_units_that_nobody_knows() -> None:
    inside, odd = read("patient_id,test,value,unit\n1,Glucose,98 mg/dL,\n1,X,4,bushels\n")
    assert inside.drafts[-1].values[0].unit == "mg/dL"
    assert UNKNOWN_UNIT in odd.cautions
    assert odd.drafts[-1].content["valueQuantity"] == {"value": 4, "unit": "bushels"}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (",K,4,2024-03-01", "Column 'patient_id': expected the patient's number; found none."),
        ("P7,,4,2024-03-01", "Column 'test': expected a code or a name; found none."),
        ("P7,K,4,someday", "Column 'date': expected a date; found something else."),
        (
            "P7,K,9-Oct,2024-03-01",
            "Column 'value': expected a number; found a date, as spreadsheets make of 9.10; "
            "the number is lost in this file.",
        ),
        (
            "P7,K,#DIV/0!,",
            "Column 'value': expected a value; found an error of the spreadsheet's own arithmetic.",
        ),
        (
            "P7,K,1.2.3,",
            "Column 'value': expected a number with a decimal point; found digits that are none.",
        ),
        ("P7,K,4,,more", "Expected as many cells as the header has; found more."),
    ],
)
def test_a_row_is_refused_by_its_column_and_never_by_its_value(line: str, sentence: str) -> None:
    first, second = read(f"patient_id,test,value,date\n{line}\nP8,K,4.5,2024-03-01\n")
    assert first.refused == sentence
    assert not first.drafts
    assert not second.refused


_WORD = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=12)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(list(About)), st.lists(st.lists(_WORD, min_size=9, max_size=9), max_size=4), st.data())
def test_every_draft_is_valid_fhir_whatever_the_cells_hold(
    about: About, rows: list[list[str]], data: st.DataObject
) -> None:
    roles = [
        Role.PATIENT,
        *data.draw(st.permutations([role for role in Role if role is not Role.PATIENT]))[:8],
    ]
    columns = tuple(Column(f"column {place} x", role) for place, role in enumerate(roles))
    table = "\t".join(column.name for column in columns) + "\n"
    table += "".join("\t".join(cell.replace('"', "'") or "1" for cell in row) + "\n" for row in rows)
    reader = RowReader(Mapping(columns, about, date_order="DMY", decimal="."), name="t", source="s")
    for each in map(reader.read, open_table(opened(table), "t").rows()):
        assert each.refused or not any(verdict_of(draft.content).refused for draft in each.drafts)
        assert not (each.refused and each.drafts)


@pytest.mark.skipif(not (DATA / "mimic3_demo").is_dir(), reason="the sample tables are not here")
@pytest.mark.parametrize(
    ("name", "rows", "kind"),
    [
        ("ADMISSIONS", 129, "Encounter"),
        ("DIAGNOSES_ICD", 1761, "Condition"),
        ("PATIENTS", 100, "Patient"),
        ("PROCEDURES_ICD", 506, "Procedure"),
        ("MICROBIOLOGYEVENTS", 2003, "Observation"),
        ("PRESCRIPTIONS", 10398, "MedicationStatement"),
        ("ICUSTAYS", 136, "Encounter"),
    ],
)
def test_every_row_of_the_sample_tables_goes_in(name: str, rows: int, kind: str) -> None:
    path = DATA / "mimic3_demo" / f"{name}.csv.gz"
    columns = columns_of(lambda: path.open("rb"), path.name)
    mapping = guess_mapping(columns.names, columns.samples, name=path.name)
    reads = list(read_table(lambda: path.open("rb"), path.name, mapping, source="mimic"))
    assert len(reads) == rows
    assert not [each.refused for each in reads if each.refused]
    found = drafts(reads, kind)
    assert len({draft.key for draft in found}) == rows
    checked = found[:: max(1, len(found) // 200)] + drafts(reads, "Patient")[:20]
    assert not [verdict_of(draft.content).refused for draft in checked if verdict_of(draft.content).refused]
    assert {draft.key for draft in drafts(reads, "Patient")} == {draft.subject_key for draft in drafts(reads)}
    if name == "PRESCRIPTIONS":
        assert sum(BACKWARDS in each.cautions for each in reads) == 39
    if name == "PATIENTS":
        assert sum(HIDDEN_AGE in each.cautions for each in reads) == 8


@pytest.mark.skipif(not (DATA / "rdatasets_survival").is_dir(), reason="the sample tables are not here")
def test_every_value_of_a_wide_sample_table_goes_in() -> None:
    path = DATA / "rdatasets_survival" / "pbcseq.csv.gz"
    columns = columns_of(lambda: path.open("rb"), path.name)
    mapping = guess_mapping(columns.names, columns.samples, name=path.name)
    reads = list(read_table(lambda: path.open("rb"), path.name, mapping, source="pbc"))
    assert len(reads) == 1945
    assert not any(each.refused for each in reads)
    found = drafts(reads, "Observation")
    assert len({draft.key for draft in found}) == len(found)
    assert len(drafts(reads, "Patient")) == 312
    total = sum(draft.values[0].number or 0 for draft in found if draft.codes[0].code == "1975-2")
    assert total == pytest.approx(_column_sum(path, "bili"))


def _column_sum(path: Path, name: str) -> float:
    with gzip.open(path, "rt") as file:
        return sum(float(row[name]) for row in csv.DictReader(file) if row[name])


def test_drafts_go_to_json() -> None:
    for draft in drafts(read(LABS)):
        assert json.loads(json.dumps(draft.content)) == draft.content
    assert proposed(LABS).about is About.RESULTS


@pytest.mark.parametrize(
    ("name", "unit", "code"),
    [("Potassium", "mmol/L", "2823-3"), ("Glucose", "mg/dL", "2345-7"), ("Glucose", "mmol/L", "14749-6"),
     ("Potassium", "", ""), ("Potassium", "mg", ""), ("Ward", "mmol/L", "")],
)  # fmt: skip
def test_a_test_in_words_is_named_by_its_name_and_unit(name: str, unit: str, code: str) -> None:
    (row,) = read(f"patient_id,test,value,unit\nP1,{name},4.5,{unit}\n")
    (found,) = drafts([row], "Observation")
    assert found.values[0].code.code == code
    assert found.content["code"]["text"] == name
    assert (NAMED in row.cautions) is bool(code)


def test_a_test_in_another_specimen_or_with_a_code_is_left_as_it_is() -> None:
    table = "patient_id,test,value,unit,specimen\nP1,Glucose,90,mg/dL,Urine\nP1,Glucose,90,mg/dL,Serum\n"
    urine, serum = drafts(read(table), "Observation")
    assert (urine.values[0].code.code, serum.values[0].code.code) == ("", "2345-7")
    coded = "patient_id,loinc,test,value,unit\nP1,2339-0,Glucose,90,mg/dL\n"
    (found,) = drafts(read(coded), "Observation")
    assert [each["code"] for each in found.content["code"]["coding"]] == ["2339-0"]


def test_a_time_goes_before_a_day_and_a_day_before_nothing() -> None:
    table = (
        "subject_id,chartdate,charttime,spec_type_desc,org_name\n"
        "P1,2101-10-01 00:00:00,2101-10-01 19:09:00,BLOOD,E. COLI\n"
        "P1,2101-10-02 00:00:00,,BLOOD,E. COLI\n"
    )
    first, second = contents(read(table), "Observation")
    assert first["effectiveDateTime"].startswith("2101-10-01T19:09:00")
    assert second["effectiveDateTime"].startswith("2101-10-02")
