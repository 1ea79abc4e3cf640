"""OBX and OBR: values, units, ranges, flags, status, times, identity."""

from datetime import UTC, datetime
from typing import Any

import pytest

from medai_core.domain.record import Draft, Lane, Standing
from tests.support.hl7 import Field, draft, drafts, message, msh, obr, obx, pid, reads, segment


def observed(*segments: str, kind: str = "ORU^R01") -> Draft:
    return draft(message(msh(kind), pid(), *segments), "Observation")


def content(value: str, kind: str, **fields: Field) -> dict[str, Any]:
    return observed(obr(), obx(value, kind, **fields)).content


UCUM = {"unit": "mmol/L", "system": "http://unitsofmeasure.org", "code": "mmol/L"}


def test_a_number_with_all_that_is_said_of_it() -> None:
    found = observed(
        obr("F1", f24="CH"),
        obx(
            "4.1",
            "NM",
            f4="1",
            f7="3.5-5.0",
            f8=["H"],
            f16=["77", "Smith", "Ada"],
            f17="ISE",
            f19="20240105090000+0100",
        ),
        segment("NTE", {1: "1", 3: "haemolysed"}),
    )
    assert found.lane is Lane.LABORATORY
    assert (found.status, found.standing) == ("final", Standing.CURRENT)
    (value,) = found.values
    assert (value.number, value.unit, value.low, value.high, value.interpretation) == (
        4.1,
        "mmol/L",
        3.5,
        5.0,
        "H",
    )
    assert value.code.system == "http://loinc.org"
    assert found.starts
    assert (found.starts.at, found.starts.offset_minutes) == (datetime(2024, 1, 5, 7, tzinfo=UTC), 60)
    assert found.recorded == datetime(2024, 1, 5, 11, tzinfo=UTC)
    assert found.content["effectiveDateTime"] == "2024-01-05T08:00:00+01:00"
    assert found.content["issued"] == "2024-01-05T09:00:00+01:00"
    assert found.content["note"] == [{"text": "haemolysed"}]
    assert found.content["performer"] == [{"display": "Ada Smith"}]


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        ("182", "NM", {"valueQuantity": {"value": 182, **UCUM}}),
        ("0", "NM", {"valueQuantity": {"value": 0, **UCUM}}),
        ("-1.50", "NM", {"valueQuantity": {"value": -1.5, **UCUM}}),
        ("<0.1", "NM", {"valueQuantity": {"value": 0.1, "comparator": "<", **UCUM}}),
        ("^182", "SN", {"valueQuantity": {"value": 182, **UCUM}}),
        ("<^5", "SN", {"valueQuantity": {"value": 5, "comparator": "<", **UCUM}}),
        (">=^5", "SN", {"valueQuantity": {"value": 5, "comparator": ">=", **UCUM}}),
        ("=^5", "SN", {"valueQuantity": {"value": 5, **UCUM}}),
        ("^1^-^2", "SN", {"valueRange": {"low": {"value": 1, **UCUM}, "high": {"value": 2, **UCUM}}}),
        ("^1^:^128", "SN", {"valueRatio": {"numerator": {"value": 1}, "denominator": {"value": 128}}}),
        ("^2^+", "SN", {"valueString": "2+"}),
        ("7.4", "ST", {"valueQuantity": {"value": 7.4, **UCUM}}),
        ("a \\T\\ b^c", "ST", {"valueString": "a & b^c"}),
        ("20240105", "DT", {"valueDateTime": "2024-01-05"}),
        ("202401051030", "TS", {"valueDateTime": "2024-01-05T10:30:00+01:00"}),
        ("1030", "TM", {"valueTime": "10:30:00"}),
        ("12 Main St^^Town", "XAD", {"valueString": "12 Main St Town"}),
    ],
)
def test_values_by_type(value: str, kind: str, expected: dict[str, Any]) -> None:
    found = content(value, kind)
    assert {name: each for name, each in found.items() if name.startswith("value")} == expected


def test_coded_values_keep_their_alternatives() -> None:
    found = content("260373001^Detected^SCT^POS^positive^L", "CWE", f6="")["valueCodeableConcept"]
    assert found == {
        "coding": [
            {"system": "http://snomed.info/sct", "code": "260373001", "display": "Detected"},
            {"system": "urn:hl7v2:L", "code": "POS", "display": "positive"},
        ],
        "text": "Detected",
    }


@pytest.mark.parametrize(("value", "kind"), [("", "NM"), ('""', "NM"), ("^^", "CWE"), ("", "TX"), ("", "")])
def test_a_missing_value_is_missing(value: str, kind: str) -> None:
    found = content(value, kind)
    assert not [name for name in found if name.startswith("value")]
    assert found["dataAbsentReason"]["coding"][0]["code"] == "unknown"


@pytest.mark.parametrize(
    ("value", "kind", "word"),
    [("NOVALUE", "NM", "number"), ("February 2", "DTM", "date"), ("noon", "TM", "time of day")],
)
def test_what_does_not_fit_its_type_is_text_with_a_caution(value: str, kind: str, word: str) -> None:
    raw = message(msh(), pid(), obx(value, kind))
    _, read = reads(raw)
    assert read.drafts[0].content["valueString"] == value
    assert any(f"OBX-5 is no {word}" in each for each in read.cautions)
    assert not any(value in each for each in read.cautions)


def test_repeated_numbers_are_components() -> None:
    found = observed(obx("60~120", "NM"))
    assert [each.number for each in found.values] == [60, 120]
    assert len(found.content["component"]) == 2
    assert "dataAbsentReason" not in found.content


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("3.5-5.0", 3.5, 5.0), ("70_105", 70, 105), ("70 - 105", 70, 105), ("-2.5-2.5", -2.5, 2.5),
        ("<5", None, 5), ("<=5", None, 5), (">=60", 60, None), (">18", 18, None), ("\u226560", 60, None),
        ("see below", None, None), ("9-3", None, None),
    ],
)  # fmt: skip
def test_reference_ranges(text: str, low: float | None, high: float | None) -> None:
    found = observed(obx("4.1", "NM", f7=text))
    assert (found.values[0].low, found.values[0].high) == (low, high)
    assert found.content["referenceRange"][0]["text"] == text


@pytest.mark.parametrize(
    ("units", "unit", "code"),
    [
        (["g", "gram", "UCUM"], "g", "g"), (["mg/dl"], "mg/dl", "mg/dL"),
        (["beats/min", "", "ISO"], "beats/min", "/min"),
        (["bushels"], "bushels", None), (["", "%"], "%", "%"),
    ],
)  # fmt: skip
def test_units(units: list[str], unit: str, code: str | None) -> None:
    found = content("4", "NM", f6=units)["valueQuantity"]
    assert (found["unit"], found.get("code")) == (unit, code)
    assert ("system" in found) == (code is not None)


def test_flags_of_the_table_are_fhir_codes_and_others_keep_theirs() -> None:
    found = content("4", "NM", f8=["HH", "", "HL70078"])["interpretation"]
    assert found == [
        {
            "coding": [
                {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": "HH"}
            ]
        }
    ]
    assert content("4", "NM", f8="***")["interpretation"][0]["coding"][0]["system"].endswith("v2-0078")


@pytest.mark.parametrize(
    ("letter", "status", "standing"),
    [
        ("F", "final", Standing.CURRENT), ("U", "final", Standing.CURRENT),
        ("C", "corrected", Standing.CURRENT),
        ("P", "preliminary", Standing.PRELIMINARY), ("R", "preliminary", Standing.PRELIMINARY),
        ("S", "preliminary", Standing.PRELIMINARY), ("I", "registered", Standing.PRELIMINARY),
        ("O", "unknown", Standing.PRELIMINARY), ("D", "entered-in-error", Standing.WITHDRAWN),
        ("W", "entered-in-error", Standing.WITHDRAWN), ("X", "cancelled", Standing.WITHDRAWN),
        ("N", "cancelled", Standing.WITHDRAWN), ("", "unknown", Standing.PRELIMINARY),
        ("Q", "unknown", Standing.PRELIMINARY),
    ],
)  # fmt: skip
def test_status_decides_the_standing(letter: str, status: str, standing: Standing) -> None:
    found = observed(obx("4", "NM", f11=letter))
    assert (found.status, found.standing) == (status, standing)


def test_a_status_that_is_none_is_told() -> None:
    for letter, words in (("", "OBX-11 is empty"), ("Q", "OBX-11 is none of table 0085")):
        _, read = reads(message(msh(), pid(), obx("4", "NM", f11=letter)))
        assert any(words in each for each in read.cautions)


def keys(*segments: str, **header: Field) -> list[str]:
    return [each.key for each in drafts(message(msh(**header), pid(), *segments), "Observation")]


def test_a_correction_has_the_key_of_what_it_corrects() -> None:
    first = keys(obr(), obx("4.1"))
    assert keys(obr(), obx("4.7", f11="C"), f10="99", f7="20240106") == first
    assert keys(obr(), obx("", f11="D"), f10="98") == first
    assert keys(obr("F2"), obx("4.1")) != first
    assert keys(obr(), obx("4.1", f4="2")) != first
    assert keys(obr(), obx("4.1", f3=["2951-2", "Sodium", "LN"])) != first
    assert keys(obr(), obx("4.1", f14="20240105090000+0100")) != first


def test_a_correction_with_another_time_names_what_it_replaces() -> None:
    (old,) = keys(obr(), obx("4.1", f14=""))
    new = observed(obr(), obx("4.7", f11="C", f14="20240105093000+0100"))
    assert new.key != old
    assert old in new.replaces
    assert observed(obr(), obx("4.7", f11="F", f14="20240105093000+0100")).replaces == ()


def test_results_without_an_order_are_known_by_visit_and_time() -> None:
    visit = segment("PV1", {2: "I", 19: "V1"})
    assert keys(visit, obx("80", f14="")) != keys(visit, obx("80", f14=""), f7="20240105130000+0100")
    assert keys(visit, obx("80")) == keys(visit, obx("81"), f7="20240105130000+0100")
    assert keys(visit, obx("80")) != keys(segment("PV1", {2: "I", 19: "V2"}), obx("80"))


def test_the_same_twice_in_a_message_has_two_keys() -> None:
    assert len(set(keys(obr(), obx("4.1"), obx("4.2")))) == 2
    assert keys(obr(), obx("4.1"), obx("4.2"))[0] == keys(obr(), obx("4.1"))[0]


def test_lines_of_a_text_are_one_observation() -> None:
    lines = [
        obx("Heart large.", "TX", f1="1"),
        obx("Lungs open.~No effusion.", "FT", f1="2"),
        obx("5", "NM", f1="3"),
    ]
    head, first, second, third = reads(message(msh(), pid(), obr(), *lines))
    assert head.resource == "MSH"
    assert first.drafts == second.drafts
    assert first.drafts[0].content["valueString"] == "Heart large.\nLungs open.\nNo effusion."
    assert third.drafts != first.drafts


def test_vital_signs_are_no_laboratory_values() -> None:
    pulse = obx("80", "NM", f3=["8867-4", "Heart rate", "LN"], f6=["/min", "", "UCUM"])
    assert observed(obr(), pulse).lane is Lane.VITAL
    assert observed(obr(f24="RAD"), obx("x", "TX")).lane is Lane.OBSERVATION
    assert observed(segment("PV1", {2: "I"}), obx(), kind="ADT^A01").lane is Lane.OBSERVATION


def test_a_report_heads_its_results() -> None:
    raw = message(msh(), pid(), obr("F1", f24="CH"), obx("4.1"), obx("139", f3=["2951-2", "Sodium", "LN"]))
    report = draft(raw, "DiagnosticReport")
    assert [each["reference"].split("/")[1] for each in report.content["result"]] == [
        each.key for each in drafts(raw, "Observation")
    ]
    assert (report.status, report.title) == ("final", "Panel")


def test_a_report_says_what_was_examined() -> None:
    spm = segment("SPM", {1: "1", 4: ["ASERU", "Serum", "L"]})
    for lines in ((obr(), obx(), spm), (obr(f15=[["SER", "Serum"], ""]), obx())):
        found = draft(message(msh(), pid(), *lines), "DiagnosticReport")
        assert found.content["specimen"] == [{"display": "Serum"}]


def test_an_order_message_asks_and_reports_nothing() -> None:
    raw = message(
        msh("ORM^O01"), pid(), segment("ORC", {1: "NW", 2: "P1"}), obr("", f2="P1"), obx("4.1", f11="O")
    )
    assert draft(raw, "ServiceRequest").status == "active"
    assert drafts(raw, "DiagnosticReport") == []
    assert draft(raw, "Observation").standing is Standing.PRELIMINARY


def test_in_oul_the_order_follows_the_request() -> None:
    raw = message(msh("OUL^R22"), pid(), obr(""), segment("ORC", {1: "SC", 3: "F9"}), obx("4.1"))
    report = draft(raw, "DiagnosticReport")
    assert report.content["identifier"][0]["value"] == "F9"
    assert len(report.content["result"]) == 1


def test_an_observation_without_a_name_is_refused_alone() -> None:
    _, bad, good = reads(message(msh(), pid(), obx("4.1", f3=""), obx("4.2")))
    assert bad.refused.startswith("Expected an observation identifier in OBX-3; found none.")
    assert good.drafts


def test_times_without_an_offset_take_that_of_the_header() -> None:
    assert observed(obx("4", f14="202401050800")).content["effectiveDateTime"] == "2024-01-05T08:00:00+01:00"
    raw = message(msh(f7="20240105120000"), pid(), obx("4", f14="202401050800"))
    found = draft(raw, "Observation")
    assert found.starts
    assert (found.starts.at.hour, found.starts.offset_minutes) == (8, None)
    assert any("were read as UTC" in each for each in reads(raw)[0].cautions)


@pytest.mark.parametrize(
    ("written", "iso"),
    [
        ("2024", "2024"), ("202401", "2024-01"), ("20240105", "2024-01-05"), ("20240105000000", "2024-01-05"),
        ("20240000", "2024"), ("2024010510", "2024-01-05T10:00:00+01:00"),
        ("20240105103000.123-0500", "2024-01-05T10:30:00.123-05:00"),
        ("2024-01-05 10:30", "2024-01-05T10:30:00+01:00"),
    ],
)  # fmt: skip
def test_times_are_as_precise_as_they_are_written(written: str, iso: str) -> None:
    assert observed(obx("4", f14=written)).content["effectiveDateTime"] == iso


@pytest.mark.parametrize("written", ["20241305", "20240230", "2024010525", "yesterday", "0000"])
def test_a_time_that_is_none_is_told(written: str) -> None:
    _, read = reads(message(msh(), pid(), obx("4", f14=written)))
    assert "OBX-14 is no date or time." in read.cautions
    assert "effectiveDateTime" not in read.drafts[0].content


def test_documents_in_results() -> None:
    pdf = "^application^pdf^Base64^JVBERi0="
    found = draft(message(msh(), pid(), obr(), obx(pdf, "ED")), "DocumentReference")
    attachment = found.content["content"][0]["attachment"]
    assert (attachment["contentType"], attachment["data"]) == ("application/pdf", "JVBERi0=")
    link = draft(message(msh(), pid(), obx("https://example.org/x^^image^JPEG", "RP")), "DocumentReference")
    assert link.content["content"][0]["attachment"]["url"] == "https://example.org/x"


@pytest.mark.parametrize("value", ["^a^pdf^Base64^%%%", "^a^pdf^Hex^zz"])
def test_a_document_that_cannot_be_read_is_told(value: str) -> None:
    _, read = reads(message(msh(), pid(), obx(value, "ED")))
    assert any("not encoded as it says" in each for each in read.cautions)
    assert "data" not in read.drafts[0].content["content"][0]["attachment"]


def test_a_large_document_is_named_without_its_content(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("medai_core.records.hl7v2.documents.LARGEST", 3)
    _, read = reads(message(msh(), pid(), obx("^application^pdf^Base64^JVBERi0=", "ED")))
    assert read.drafts[0].content["content"][0]["attachment"]["size"] == 5
    assert any("without its content" in each for each in read.cautions)
