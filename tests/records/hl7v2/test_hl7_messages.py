"""Patients, visits, merges, allergies, diagnoses, drugs, vaccines, documents; refused messages."""

import base64
import csv
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.record import Draft, Lane, Standing
from medai_core.records.hl7v2.reading import COUNTED, read_hl7
from tests.support.hl7 import Many, draft, drafts, message, msh, obr, obx, pid, reads, segment

SAMPLES = Path(__file__).resolve().parents[3].parent / "shared/data/hl7v2_samples"


def patient(**fields: object) -> Draft:
    return draft(message(msh("ADT^A08"), pid(**fields)), "Patient")  # type: ignore[arg-type]


def test_a_patient_and_who_says_it() -> None:
    found = patient(f7="19700203", f11=["12 Main St", "", "Town", "", "12345", "DE", "H"], f13="555-1")
    assert found.source == "NORTH | LAB"
    assert found.identity == PatientIdentity("4711", "NORTH", PersonName("Doe Jane"), date(1970, 2, 3), "F")
    assert found.content["name"] == [{"family": "Doe", "given": ["Jane"]}]
    assert found.content["address"][0]["line"] == ["12 Main St"]
    assert found.content["telecom"] == [{"system": "phone", "value": "555-1", "use": "home"}]
    assert found.key not in ("4711", "")
    assert reads(message(msh("ADT^A08"), pid()), source="clinic")[0].drafts[0].source == "clinic"


def test_the_record_number_is_preferred_and_a_social_security_number_is_nowhere() -> None:
    numbers = Many(
        [["123456789", "", "", "USSSA", "SS"], ["77", "", "", "LAB", "PI"], ["42", "", "", "NORTH", "MR"]]
    )
    found = patient(f3=numbers, f19="123456789")
    assert found.identity
    assert (found.identity.identifier, found.identity.issuer) == ("42", "NORTH")
    assert "123456789" not in str(found)


def test_a_social_security_number_alone_names_nobody() -> None:
    (read,) = reads(message(msh("ADT^A08"), pid(f3=["123456789", "", "", "USSSA", "SS"])))
    assert read.refused == "Expected a patient identifier in PID-3; found none. Ask the sender to fill PID-3."


def test_names_in_three_scripts_and_of_several_kinds() -> None:
    names = Many(
        [
            ["Smith", "Angela", "", "", "", "", "M"],
            ["Yamada", "Tarou", "", "", "", "", "L", "A"],
            ["\u5c71\u7530", "\u592a\u90ce", "", "", "", "", "L", "I"],
        ]
    )
    found = patient(name=names)
    assert found.identity
    assert found.identity.name == PersonName("Yamada Tarou", "\u5c71\u7530 \u592a\u90ce")
    assert [each.get("use") for each in found.content["name"]] == ["maiden", "official", "official"]


@pytest.mark.parametrize(
    ("written", "expected"),
    [("M", "male"), ("F", "female"), ("A", "other"), ("U", "unknown"), ("", None), ("Q", None)],
)
def test_sex(written: str, expected: str | None) -> None:
    assert patient(f8=written).content.get("gender") == expected


def test_twins_death_and_kin() -> None:
    raw = message(
        msh("ADT^A08"),
        pid(f24="Y", f25="2", f29="20240101"),
        segment("NK1", {1: "1", 2: ["Doe", "Max"], 3: ["SPO", "Spouse", "HL70063"]}),
    )
    found = draft(raw, "Patient").content
    assert (found["multipleBirthInteger"], found["deceasedDateTime"]) == (2, "2024-01-01")
    assert found["contact"][0]["name"] == {"family": "Doe", "given": ["Max"]}


def test_a_birth_date_that_is_none_and_an_address_without_parts_are_told() -> None:
    (read,) = reads(message(msh("ADT^A08"), pid(f7="2 Feb 1970", f11="12 Main St Town")))
    assert "PID-7 is no date or time." in read.cautions
    assert any("PID-11 is an address without parts" in each for each in read.cautions)
    assert "birthDate" not in read.drafts[0].content


def test_a_merge_links_and_merges_nothing() -> None:
    old = pid("99", name=("Old", "Name"))
    raw = message(
        msh("ADT^A40"), "EVN|A40|20240105", pid("1"), segment("MRG", {1: ["99", "", "", "NORTH", "MR"]})
    )
    found = draft(raw, "Patient")
    (link,) = found.content["link"]
    assert link["type"] == "replaces"
    assert link["other"]["reference"] == f"Patient/{draft(message(msh('ADT^A08'), old), 'Patient').key}"
    two = raw + b"PID|1||5^^^NORTH^MR||A^B\rMRG|6^^^NORTH^MR\r"
    assert len(drafts(two, "Patient")) == 2


@pytest.mark.parametrize(("event", "number"), [("A50", "99"), ("A06", "99"), ("A40", "1")])
def test_moving_a_visit_is_no_merge(event: str, number: str) -> None:
    raw = message(msh(f"ADT^{event}"), pid("1"), segment("MRG", {1: [number, "", "", "NORTH", "MR"]}))
    assert "link" not in draft(raw, "Patient").content


@pytest.mark.parametrize(
    ("event", "status", "standing"),
    [
        ("A01", "in-progress", Standing.CURRENT), ("A03", "finished", Standing.CURRENT),
        ("A05", "planned", Standing.PRELIMINARY), ("A11", "cancelled", Standing.WITHDRAWN),
        ("A12", "in-progress", Standing.CURRENT), ("A13", "in-progress", Standing.CURRENT),
        ("A23", "entered-in-error", Standing.WITHDRAWN), ("A27", "cancelled", Standing.WITHDRAWN),
        ("A38", "cancelled", Standing.WITHDRAWN),
    ],
)  # fmt: skip
def test_visits_by_event(event: str, status: str, standing: Standing) -> None:
    visit = segment(
        "PV1", {2: "I", 3: ["W1", "R2", "B3"], 19: ["V1", "", "", "NORTH"], 44: "20240104", 45: ""}
    )
    found = draft(message(msh(f"ADT^{event}"), pid(), visit), "Encounter")
    assert (found.status, found.standing) == (status, standing)
    assert found.content["class"]["code"] == "IMP"
    assert found.content["location"][0]["location"]["display"] == "W1, R2, B3"
    assert found.key == draft(message(msh("ADT^A08"), pid(), visit), "Encounter").key


def test_a_discharge_ends_a_visit_and_its_cancellation_opens_it_again() -> None:
    visit = segment("PV1", {2: "I", 19: "V1", 44: "20240104", 45: "20240106"})
    assert draft(message(msh("ADT^A03"), pid(), visit), "Encounter").content["period"]["end"] == "2024-01-06"
    assert "end" not in draft(message(msh("ADT^A13"), pid(), visit), "Encounter").content["period"]


def test_a_visit_that_a_result_names_in_passing_overwrites_nothing() -> None:
    visit = segment("PV1", {2: "I", 19: "V1"})
    found = draft(message(msh("ORU^R01"), pid(), visit, obr(), obx()), "Encounter")
    assert (found.status, found.standing) == ("unknown", Standing.PRELIMINARY)
    said = draft(message(msh("ADT^A01"), pid(), visit), "Encounter")
    assert found.key == said.key
    assert found.recorded
    assert said.recorded
    assert found.recorded < said.recorded


def test_changing_the_number_of_an_account_is_told() -> None:
    (read,) = reads(message(msh("ADT^A50"), pid(), segment("MRG", {1: ["99", "", "", "NORTH", "MR"]})))
    assert any("moves visits" in each for each in read.cautions)


@pytest.mark.parametrize("event", ["A43", "A44", "A45"])
def test_what_moves_something_to_another_patient_is_refused_as_a_whole(event: str) -> None:
    old = segment("MRG", {1: ["99", "", "", "NORTH", "MR"]})
    visit = segment("PV1", {2: "I", 19: "V1", 44: "20240104"})
    allergy = segment("AL1", {1: "1", 3: ["70618", "Penicillin"]})
    found = reads(message(msh(f"ADT^{event}"), pid(), old, visit, allergy))
    assert [each.resource for each in found] == ["MSH", "AL1"]
    assert f"found {event}, which moves" in found[0].refused
    assert all(each.refused and not each.drafts for each in found)


def test_a_visit_without_number_and_time_is_told() -> None:
    (read,) = reads(message(msh("ADT^A08"), pid(), segment("PV1", {2: "O", 3: "W1"})))
    assert any("PV1-19" in each for each in read.cautions)
    assert [each.resource_type for each in read.drafts] == ["Patient"]


def test_deleting_a_person_withdraws_and_deletes_nothing() -> None:
    found = draft(message(msh("ADT^A29"), pid()), "Patient")
    assert found.standing is Standing.WITHDRAWN
    assert found.content["active"] is False


def test_allergies() -> None:
    raw = message(
        msh("ADT^A01"), pid(),
        segment("AL1", {1: "1", 2: "DA", 3: ["7980", "Penicillin", "RXNORM"], 4: "SV", 5: "Hives"}),
        segment("AL1", {1: "2", 3: ""}),
    )  # fmt: skip
    _, good, bad = reads(raw)
    assert good.drafts[0].lane is Lane.ALLERGY
    assert good.drafts[0].content["reaction"] == [{"manifestation": [_words("Hives")], "severity": "severe"}]
    assert good.drafts[0].content["category"] == ["medication"]
    assert bad.refused.startswith("Expected what the patient is allergic to in AL1-3; found none.")


def _words(code: str) -> dict[str, object]:
    return {"coding": [{"code": code}]}


def test_an_allergy_with_an_action() -> None:
    iam = {1: "1", 2: "FA", 3: ["1", "Peanut", "L"], 6: "A", 7: "id1", 17: "C"}
    kept = draft(message(msh("ADT^A60"), pid(), segment("IAM", iam)), "AllergyIntolerance")
    gone = draft(message(msh("ADT^A60"), pid(), segment("IAM", iam | {6: "D"})), "AllergyIntolerance")
    assert kept.key == gone.key
    assert (kept.standing, gone.standing) == (Standing.CURRENT, Standing.WITHDRAWN)


@pytest.mark.parametrize(
    ("kind", "action", "standing"),
    [
        ("F", "A", Standing.CURRENT), ("A", "", Standing.CURRENT), ("W", "", Standing.PRELIMINARY),
        ("F", "D", Standing.WITHDRAWN),
    ],
)  # fmt: skip
def test_diagnoses(kind: str, action: str, standing: Standing) -> None:
    dg1 = segment("DG1", {1: "1", 3: ["I63.9", "Stroke", "I10C"], 5: "20240104", 6: kind, 21: action})
    found = draft(message(msh("ADT^A01"), pid(), dg1), "Condition")
    assert found.standing is standing
    assert found.codes[0].system == "http://hl7.org/fhir/sid/icd-10-cm"
    assert found.starts
    assert found.starts.precision == "day"


def test_a_diagnosis_of_words_alone_and_one_of_nothing() -> None:
    raw = message(msh("ADT^A01"), pid(), segment("DG1", {4: "Stroke"}), segment("DG1", {1: "2", 6: "F"}))
    _, words, nothing = reads(raw)
    assert words.drafts[0].title == "Stroke"
    assert nothing.refused.startswith("Expected a diagnosis in DG1-3; found none.")


def test_a_problem_that_is_deleted_is_withdrawn() -> None:
    prb = {1: "AD", 3: ["300.7", "Hypochondriasis", "I9"], 4: "26806", 7: "20040629"}
    kept = draft(message(msh("PPR^PC1"), pid(), segment("PRB", prb)), "Condition")
    gone = draft(message(msh("PPR^PC3"), pid(), segment("PRB", prb | {1: "DE"})), "Condition")
    assert kept.key == gone.key
    assert (kept.status, gone.standing) == ("active", Standing.WITHDRAWN)


def pharmacy(control: str = "NW") -> bytes:
    return message(
        msh("RDE^O11"), pid(),
        segment("ORC", {1: control, 2: "P1", 9: "20240105"}),
        segment("RXE", {2: ["1", "Amoxicillin", "RXNORM"], 3: "1", 5: "bushel", 7: ["", "3 times a day"]}),
        segment("RXR", {1: "PO"}),
        segment("TQ1", {1: "1", 7: "20240105", 8: "20240112"}),
    )  # fmt: skip


def test_an_order_of_the_pharmacy() -> None:
    found = draft(pharmacy(), "MedicationRequest")
    (dosage,) = found.content["dosageInstruction"]
    assert dosage["text"] == "3 times a day"
    assert dosage["route"]["coding"][0]["system"].endswith("v2-0162")
    assert dosage["doseAndRate"][0]["doseQuantity"] == {"value": 1, "unit": "bushel"}
    assert found.starts
    assert found.ends
    assert found.starts.at.date() == date(2024, 1, 5)
    assert [each.resource for each in reads(pharmacy())] == ["MSH", "RXE"]


@pytest.mark.parametrize(
    ("control", "status"),
    [("NW", "active"), ("DC", "stopped"), ("CA", "cancelled"), ("HD", "on-hold"), ("XO", "active")],
)
def test_an_order_of_the_pharmacy_changes_its_status(control: str, status: str) -> None:
    found = draft(pharmacy(control), "MedicationRequest")
    assert found.content["status"] == status
    assert found.key == draft(pharmacy(), "MedicationRequest").key


def test_what_a_compound_holds_is_said() -> None:
    rxo, rxc = (
        segment("RXO", {1: ["1", "Drug", "L"]}),
        segment("RXC", {1: "A", 2: ["2", "KCl", "L"], 3: "20", 4: "mmol"}),
    )
    rxe = segment("RXE", {2: ["1", "Drug", "L"], 3: "1"})
    for lines in ((rxe, rxc), (rxo, rxc, rxe)):
        found = draft(message(msh("RDE^O11"), pid(), "ORC|NW|P1", *lines), "MedicationRequest")
        assert found.content["note"] == [{"text": "Additive: KCl 20 mmol"}]


def test_an_order_that_the_pharmacy_encodes_counts_once() -> None:
    rxo = segment("RXO", {1: ["1", "Drug", "L"], 2: "1"})
    alone = message(msh("OMP^O09"), pid(), "ORC|NW|P1", rxo)
    both = message(msh("RDE^O11"), pid(), "ORC|NW|P1", rxo, segment("RXE", {2: ["1", "Drug", "L"], 3: "1"}))
    assert len(drafts(alone, "MedicationRequest")) == len(drafts(both, "MedicationRequest")) == 1


def vaccine(**fields: object) -> bytes:
    rxa = {
        3: "20240105",
        5: ["140", "Influenza", "CVX"],
        6: "0.5",
        7: ["mL", "", "UCUM"],
        9: ["00", "", "NIP001"],
        15: "L1",
    }
    rxa |= {int(key[1:]): value for key, value in fields.items()}  # type: ignore[misc]
    return message(msh("VXU^V04"), pid(), "ORC|RE||F7", segment("RXA", rxa))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("completion", "action", "status"),
    [("CP", "A", "completed"), ("", "", "completed"), ("RE", "A", "not-done"), ("NA", "A", "not-done"),
     ("CP", "D", "entered-in-error")],
)  # fmt: skip
def test_vaccines(completion: str, action: str, status: str) -> None:
    found = draft(vaccine(f20=completion, f21=action), "Immunization")
    assert found.content["status"] == status
    assert (found.standing is Standing.CURRENT) == (status == "completed")
    assert found.content["primarySource"] is True
    assert found.key == draft(vaccine(), "Immunization").key


def test_an_unknown_amount_of_vaccine_is_missing() -> None:
    assert "doseQuantity" not in draft(vaccine(f6="999"), "Immunization").content
    assert draft(vaccine(), "Immunization").content["doseQuantity"]["value"] == 0.5


def test_a_drug_given_is_no_vaccine() -> None:
    raw = message(
        msh("RAS^O17"), pid(), "ORC|RE|P1", segment("RXA", {3: "202401050800", 5: ["1", "Drug", "L"], 6: "2"})
    )
    assert draft(raw, "MedicationAdministration").content["dosage"]["dose"]["value"] == 2


def test_a_drug_given_at_no_stated_time_is_kept() -> None:
    raw = message(msh("RAS^O17"), pid(), "ORC|RE|P1", segment("RXA", {5: ["1", "Drug", "L"], 6: "2"}))
    assert draft(raw, "MedicationAdministration").starts is None


def note(event: str = "T02", number: str = "D1", parent: str = "", *, status: str = "AU") -> bytes:
    txa = {
        1: "1",
        2: ["DS", "Discharge summary", "HL70270"],
        4: "20240105",
        8: "202401051000",
        12: number,
        13: parent,
    }
    lines = [obx("Line one.", "TX", f3=["11", "Note", "L"]), obx("Line two.", "TX", f3=["11", "Note", "L"])]
    return message(msh(f"MDM^{event}"), pid(), segment("TXA", txa | {17: status}), *lines)


def test_a_note_with_its_text() -> None:
    head, *counted = reads(note())
    assert [each.resource for each in counted] == ["TXA", "OBX", "OBX"]
    assert len({str(each.drafts) for each in counted}) == 1
    (found,) = counted[0].drafts
    text = base64.b64decode(found.content["content"][0]["attachment"]["data"]).decode()
    assert text == "Line one.\nLine two."
    assert (found.title, found.standing) == ("Discharge summary", Standing.CURRENT)
    assert head.drafts[0].resource_type == "Patient"


def test_a_note_that_is_replaced_appended_cancelled_or_unsigned() -> None:
    old = draft(note(), "DocumentReference")
    new = draft(note("T10", "D2", "D1"), "DocumentReference")
    assert new.replaces == (old.key,)
    assert new.content["relatesTo"][0]["code"] == "replaces"
    added = draft(note("T06", "D3", "D1"), "DocumentReference")
    assert added.replaces == ()
    assert added.content["relatesTo"][0]["code"] == "appends"
    assert draft(note("T11"), "DocumentReference").standing is Standing.WITHDRAWN
    assert draft(note(status="DI"), "DocumentReference").standing is Standing.PRELIMINARY


def test_a_note_of_several_parts_has_headings_and_leaves_out_what_is_taken_back() -> None:
    lines = [
        obx("Well.", "TX", f3=["1", "History", "L"]),
        obx("Wrong.", "TX", f3=["1", "History", "L"], f11="W"),
        obx("Better.", "TX", f3=["2", "Plan", "L"]),
    ]
    raw = message(msh("MDM^T02"), pid(), segment("TXA", {2: "DS", 12: "D1"}), *lines)
    found = draft(raw, "DocumentReference").content["content"][0]["attachment"]["data"]
    assert base64.b64decode(found).decode() == "History:\nWell.\nPlan:\nBetter."


def test_an_appointment() -> None:
    sch = segment(
        "SCH", {2: "A1", 7: "Checkup", 11: ["", "", "", "20240105100000+0100", "20240105103000+0100"]}
    )
    found = draft(message(msh("SIU^S12"), sch, pid()), "Appointment")
    assert (found.status, found.subject_key) == (
        "booked",
        draft(message(msh("ADT^A08"), pid()), "Patient").key,
    )
    assert found.starts
    assert draft(message(msh("SIU^S15"), sch, pid()), "Appointment").standing is Standing.WITHDRAWN


def test_an_answer_is_kept_without_a_patient() -> None:
    (read,) = reads(message(msh("ACK"), "MSA|AA|77"))
    assert [each.resource_type for each in read.drafts] == ["MessageHeader"]
    assert read.drafts[0].subject_key is None


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"MSH|\r", "MSH-2"), (b"MSH||APP\r", "MSH-2"), (b"MSH|^~\\&|APP\r", "MSH-9"),
        (message(msh("ORU^R01")), "a PID segment"), (message(msh("ORU^R01", f10="")), "MSH-10"),
        (message(msh("ORU^R01"), "PID|1||^^^NORTH^MR"), "PID-3"),
    ],
)  # fmt: skip
def test_a_message_that_cannot_be_used_is_one_line_and_its_segments_one_each(raw: bytes, words: str) -> None:
    head, result = reads(raw + obx().encode())
    assert words in head.refused
    assert result.resource == "OBX"
    assert result.refused
    assert all(not read.drafts for read in (head, result))


def test_a_missing_control_id_and_time_are_told() -> None:
    (read,) = reads(message(msh("ADT^A08", f7="", f10=""), pid()))
    assert read.drafts[0].recorded is None
    assert any("MSH-10" in each for each in read.cautions)
    assert any("MSH-7" in each for each in read.cautions)


def test_kinds_of_segments_that_are_passed_over_are_named() -> None:
    (read,) = reads(message(msh("ADT^A08"), pid(), "IN1|1", "ZZZ|1", "GT1|1"))
    assert read.cautions == (
        "Segments of kinds that the record does not keep were passed over: GT1, IN1, ZZZ.",
    )


def test_one_bad_patient_does_not_take_the_next_one_along() -> None:
    raw = message(msh(), "PID|1||", obx(), pid("2"), obr(), obx())
    head, bad, good = reads(raw)
    assert any("PID-3" in each for each in head.cautions)
    assert "names nobody" in bad.refused
    assert good.drafts[0].subject_key == head.drafts[0].key


def test_nothing_that_is_said_holds_a_value() -> None:
    raw = message(
        msh(f18="SECRET"), pid("S3CRET", f7="S3CRET", f11="S3CRET"), obx("S3CRET", "NM", f14="S3CRET")
    )
    for read in reads(raw):
        assert "S3CRET" not in read.refused + " ".join(read.cautions) + read.where


def test_the_same_file_gives_the_same_drafts() -> None:
    raw = message(msh(), pid(), obr(), obx(), segment("DG1", {3: ["1", "x", "L"]})) + note() + vaccine()
    assert reads(raw) == reads(raw)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the sample messages are not here")
def test_every_sample_message_and_segment_counts_once() -> None:
    from fhir.resources.R4B import get_fhir_model_class

    with (SAMPLES / "messages.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        path = SAMPLES / row["file"]
        found = list(read_hl7(lambda path=path: path.open("rb"), row["file"]))  # type: ignore[misc]
        counts = Counter(read.resource for read in found)
        lines = Counter(line[:3].decode() for line in path.read_bytes().split(b"\n") if line[:3].isalnum())
        assert counts["MSH"] == max(1, int(row["n_messages"])), row["file"]
        assert counts["OBX"] == int(row["n_obx"]), row["file"]
        assert {name: counts[name] for name in COUNTED} == {name: lines[name] for name in COUNTED}, row[
            "file"
        ]
        if row["has_pid"] == "0":
            assert all(each.resource_type != "Patient" for read in found for each in read.drafts)
        for read in found:
            assert bool(read.drafts) != bool(read.refused), row["file"]
            for each in read.drafts:
                get_fhir_model_class(each.resource_type).model_validate(each.content)
