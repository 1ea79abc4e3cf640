"""A note from end to end: what is found, where, with which codes; any text is read without an error."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from medai_core.domain.refusal import Refusal
from medai_core.notes import reading
from medai_core.notes.items import Assertion, Item, Kind
from medai_core.notes.reading import read_note
from medai_core.notes.sections import sections
from medai_core.notes.sentences import sentences

NOTE = """CHIEF COMPLAINT:  Chest pain.

HISTORY OF PRESENT ILLNESS:  The patient has a history of hypertension. He denies fever, chills or nausea.
Possible pneumonia. Seen by Dr. Smith at 98.6 units.

ALLERGIES:  Penicillin, latex.

MEDICATIONS:
1. Metoprolol 25 mg p.o. b.i.d.
2. Insulin glargine 20 units at bedtime

FAMILY HISTORY: Father died of colon cancer.

VITAL SIGNS: BP 120/80, HR 88, T 98.6 F, SpO2 97%, weight 175 pounds, height 5'10".
LABS: Na 138, K 4.5 mmol/L, WBC 11.2 K/uL, creatinine of 1.2 mg/dL, platelets 130,000.

PLAN: Colonoscopy. Rule out PE.
"""


@pytest.fixture(scope="module")
def items() -> dict[str, Item]:
    """The items of the note by their text."""
    return {one.text: one for one in read_note(NOTE).items}


@pytest.mark.parametrize(
    ("text", "kind", "assertion", "code"),
    [
        ("Chest pain", Kind.PROBLEM, Assertion.PRESENT, "R07.9"),
        ("hypertension", Kind.PROBLEM, Assertion.HISTORICAL, "I10"),
        ("fever", Kind.PROBLEM, Assertion.NEGATED, "R50.9"),
        ("nausea", Kind.PROBLEM, Assertion.NEGATED, "R11.0"),
        ("pneumonia", Kind.PROBLEM, Assertion.UNCERTAIN, "J18.9"),
        ("Penicillin", Kind.ALLERGY, Assertion.PRESENT, ""),
        ("latex", Kind.ALLERGY, Assertion.PRESENT, ""),
        ("Metoprolol 25 mg p.o. b.i.d.", Kind.DRUG, Assertion.PRESENT, "6918"),
        ("Insulin glargine 20 units at bedtime", Kind.DRUG, Assertion.PRESENT, "274783"),
        ("colon cancer", Kind.PROBLEM, Assertion.FAMILY, "C18.9"),
        ("BP 120/80", Kind.VITAL, Assertion.PRESENT, "85354-9"),
        ("HR 88", Kind.VITAL, Assertion.PRESENT, "8867-4"),
        ("T 98.6 F", Kind.VITAL, Assertion.PRESENT, "8310-5"),
        ("SpO2 97%", Kind.VITAL, Assertion.PRESENT, "59408-5"),
        ("Na 138", Kind.LAB, Assertion.PRESENT, "2951-2"),
        ("WBC 11.2 K/uL", Kind.LAB, Assertion.PRESENT, "6690-2"),
        ("Colonoscopy", Kind.PROCEDURE, Assertion.PRESENT, "73761001"),
        ("PE", Kind.PROBLEM, Assertion.UNCERTAIN, "I26.99"),
    ],
)
def test_what_is_found(
    items: dict[str, Item], text: str, kind: Kind, assertion: Assertion, code: str
) -> None:
    found = items[text]
    assert (found.kind, found.decision.assertion) == (kind, assertion)
    assert found.mention.codes[0].code == code


def test_numbers_and_units(items: dict[str, Item]) -> None:
    def measured(text: str) -> list[tuple[float, str]]:
        return [(one.number, one.unit) for one in items[text].mention.measures]

    assert measured("BP 120/80") == [(120.0, "mm[Hg]"), (80.0, "mm[Hg]")]
    assert measured("T 98.6 F") == [(98.6, "[degF]")]
    assert measured("height 5'10\"") == [(70.0, "[in_i]")]
    assert measured("weight 175 pounds") == [(175.0, "[lb_av]")]
    assert measured("K 4.5 mmol/L") == [(4.5, "mmol/L")]
    assert measured("platelets 130,000") == [(130000.0, "")]
    assert measured("Na 138") == [(138.0, "")]


def test_a_drug_has_dose_route_and_frequency(items: dict[str, Item]) -> None:
    dose = items["Metoprolol 25 mg p.o. b.i.d."].mention.dose
    assert dose is not None
    assert (dose.dose, dose.route, dose.frequency) == ("25 mg", "p.o.", "b.i.d.")


def test_the_form_of_the_command_line(items: dict[str, Item]) -> None:
    found = items["fever"].as_json()
    assert list(found) == ["text", "kind", "start", "end", "assertion", "codes", "trigger", "rule"]
    assert found["trigger"] == "denies"
    assert found["codes"] == [
        {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "R50.9", "display": "Fever, unspecified"}
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("NKDA.", "NKDA"),
        ("No known drug allergies.", "No known drug allergies"),
        ("ALLERGIES: None.", "None"),
    ],
)
def test_no_known_allergy_is_said_not_missing(text: str, said: str) -> None:
    (found,) = read_note(text).items
    assert (found.kind, found.decision.assertion, found.text) == (Kind.ALLERGY, Assertion.NEGATED, said)


def test_an_allergy_in_a_sentence_is_no_drug() -> None:
    kinds = {
        one.text: one.kind for one in read_note("She is allergic to codeine and takes aspirin daily.").items
    }
    assert kinds == {"codeine": Kind.ALLERGY, "aspirin daily": Kind.DRUG}


def test_a_measured_value_is_there_whatever_is_denied_beside_it() -> None:
    found = {one.text: one.decision.assertion for one in read_note("No fever, temperature 98.6 F.").items}
    assert found == {"fever": Assertion.NEGATED, "temperature 98.6 F": Assertion.PRESENT}


def test_parts_of_a_scraped_note() -> None:
    text = "SUBJECTIVE:,  This is it.,MEDICATIONS: ,1.  Aspirin.,2.  Lasix.,ALLERGIES:,  None."
    assert [one.title for one in sections(text)] == ["SUBJECTIVE", "MEDICATIONS", "ALLERGIES"]
    assert [text[slice(*one)] for one in sentences(text, sections(text)[1].body, sections(text)[1].end)] == [
        "1.  Aspirin.",
        "2.  Lasix.",
    ]


@pytest.mark.parametrize(
    ("text", "titles"),
    [
        ("no head at all, just words.", [""]),
        ("Assessment and Plan:\nRest.", ["Assessment and Plan"]),
        ("before\nPLAN: rest", ["", "PLAN"]),
        ("Past Medical History\nasthma", ["Past Medical History"]),
        ("", []),
        ("   \n ", []),
        ("BP: 120/80\nHR: 80", [""]),
        ("FEVER: no", [""]),
    ],
)
def test_heads(text: str, titles: list[str]) -> None:
    assert [one.title for one in sections(text)] == titles


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("Seen by Dr. Smith. He left.", 2),
        ("Aspirin 81 mg q.d. and rest.", 1),
        ("Potassium was 4.5 today.", 1),
        ("- one\n- two\n- three", 3),
        ("A line that was wrapped by a program after its eightieth column goes\non in the next one.", 1),
        ("? pneumonia", 1),
    ],
)
def test_sentences(text: str, count: int) -> None:
    assert len(sentences(text)) == count


def test_a_text_longer_than_any_note_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_CHARACTERS", 10)
    with pytest.raises(Refusal) as refused:
        read_note("x" * 11)
    assert refused.value.code == "note-too-long"


_WORDS = st.sampled_from(
    ["fever", "no", "denies", "\n", ":", ".", ",", "BP 120/80", "PLAN:", "aspirin 81 mg", "K 4.5", "mother",
     "?", "possible", "\u00e9\U0001f600", "allergies:", "none", "history of", "(", ")", "1.", "\r\n", "\t",
     "T 38 C"]
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(_WORDS, st.text(max_size=12)), max_size=40).map(" ".join))
def test_any_text_is_read_and_offsets_hold(text: str) -> None:
    note = read_note(text)
    ends = 0
    for part in note.sections:
        assert ends <= part.start <= part.body <= part.end <= len(text)
        assert text[part.start :].startswith(part.title)
        ends = part.end
    place = 0
    for item in note.items:
        assert place <= item.start < item.end <= len(text)
        assert text[item.start : item.end] == item.text
        place = item.end
        for span in (item.decision.trigger_span, item.decision.scope, item.sentence):
            assert span is None or 0 <= span[0] <= span[1] <= len(text)
