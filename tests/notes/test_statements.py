"""Accepted items as FHIR R4: valid, with their source, current only where the note says so."""

import pytest

from medai_core.domain.record import Lane, Standing
from medai_core.notes.reading import read_note
from medai_core.notes.statements import SOURCE, Origin, resource_of
from medai_core.records.fhir.drafts import draft_of

ORIGIN = Origin("Patient/p1", "2024-05-06", "ab" * 32, "u1", "2024-05-07T08:00:00+00:00", "")


@pytest.mark.parametrize(
    ("text", "kind", "standing", "lane"),
    [
        ("He has asthma.", "Condition", Standing.CURRENT, Lane.PROBLEM),
        ("He denies asthma.", "Condition", Standing.WITHDRAWN, Lane.PROBLEM),
        ("Possible asthma.", "Condition", Standing.PRELIMINARY, Lane.PROBLEM),
        ("History of asthma.", "Condition", Standing.CURRENT, Lane.PROBLEM),
        ("Asthma has resolved.", "Condition", Standing.CURRENT, Lane.PROBLEM),
        ("Mother has asthma.", "FamilyMemberHistory", Standing.PRELIMINARY, Lane.OTHER),
        ("Allergic to penicillin.", "AllergyIntolerance", Standing.CURRENT, Lane.ALLERGY),
        ("Aspirin 81 mg daily.", "MedicationStatement", Standing.CURRENT, Lane.MEDICATION),
        ("Appendectomy was done.", "Procedure", Standing.CURRENT, Lane.PROCEDURE),
        ("Transfusion: No", "Procedure", Standing.WITHDRAWN, Lane.PROCEDURE),
        ("BP 120/80.", "Observation", Standing.CURRENT, Lane.VITAL),
        ("K 4.5.", "Observation", Standing.CURRENT, Lane.LABORATORY),
    ],
)
def test_each_kind_is_valid_and_stands_where_it_belongs(
    text: str, kind: str, standing: Standing, lane: Lane
) -> None:
    (item,) = read_note(text).items
    draft = draft_of(resource_of(item, text, ORIGIN), source="notes", lenient=False)
    assert (draft.resource_type, draft.standing, draft.lane) == (kind, standing, lane)
    assert draft.subject_key == "p1"


def test_an_old_problem_is_inactive() -> None:
    (item,) = read_note("History of asthma.").items
    content = resource_of(item, "History of asthma.", ORIGIN)
    assert content["clinicalStatus"]["coding"][0]["code"] == "inactive"


def test_sentence_rule_and_place_go_along() -> None:
    text = "He denies asthma."
    (item,) = read_note(text).items
    content = resource_of(item, text, ORIGIN)
    (extension,) = content["extension"]
    assert extension["url"] == SOURCE
    parts = {
        one["url"]: next(value for name, value in one.items() if name != "url")
        for one in extension["extension"]
    }
    assert parts["sentence"] == text
    assert (parts["rule"], parts["trigger"], parts["start"], parts["end"]) == ("neg-deny", "denies", 10, 16)
    assert content["note"] == [{"text": f"From a note: {text}"}]


def test_a_unit_that_the_note_does_not_give_is_not_made_up() -> None:
    (item,) = read_note("K 4.5.").items
    assert resource_of(item, "K 4.5.", ORIGIN)["valueQuantity"] == {"value": 4.5}


def test_a_dose_is_kept_in_the_words_of_the_note() -> None:
    (item,) = read_note("Metoprolol 25 mg p.o. b.i.d. as needed.").items
    (dosage,) = resource_of(item, "", ORIGIN)["dosage"]
    assert dosage["route"] == {"text": "p.o."}
    assert dosage["text"].startswith("25 mg p.o. b.i.d.")
    assert dosage["asNeededBoolean"] is True
