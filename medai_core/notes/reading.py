"""A note, read: its sections, problems, drugs, allergies, procedures, vital signs and laboratory values."""

from collections.abc import Iterator, Sequence
from typing import Final

from medai_core.domain.record import Code
from medai_core.domain.refusal import Refusal
from medai_core.notes.allergies import allergies
from medai_core.notes.assertion import decide_among, triggers_in
from medai_core.notes.drugs import dose_after
from medai_core.notes.items import Assertion, Decision, Item, Kind, Mention, Note, Section, Span
from medai_core.notes.measures import measures
from medai_core.notes.sections import sections
from medai_core.notes.sentences import sentences
from medai_core.notes.vocabulary import matchers, pipeline

MAX_CHARACTERS: Final = 5_000_000
"""Longer texts are refused: no note is, and reading one would keep a person waiting for minutes."""

_AT_ONCE: Final = 50_000
"""Characters that spaCy gets at a time."""


def read_note(text: str) -> Note:
    """Read a note of any form; offsets are code points of `text`.

    Raises
    ------
    Refusal
        "note-too-long".
    """
    if len(text) > MAX_CHARACTERS:
        raise Refusal(
            "note-too-long",
            expected=f"a note of at most {MAX_CHARACTERS:,} characters",
            found=f"{len(text):,} characters",
            what_to_do="Split the file into its notes.",
        )
    parts = sections(text)
    items: list[Item] = []
    for section in parts:
        for group in _groups(text, section):
            named = _named(text, group)
            for sentence in group:
                items += _items(text, sentence, section, named.get(sentence, []))
    return Note(text, parts, tuple(items))


def _groups(text: str, section: Section) -> Iterator[list[Span]]:
    """The sentences of a section, in groups of `_AT_ONCE` characters; a longer sentence is cut."""
    group: list[Span] = []
    for start, end in sentences(text, section.body, section.end):
        for begin in range(start, end, _AT_ONCE):
            if group and begin + _AT_ONCE > group[0][0] + 2 * _AT_ONCE:
                yield group
                group = []
            group.append((begin, min(end, begin + _AT_ONCE)))
    if group:
        yield group


def _named(text: str, group: Sequence[Span]) -> dict[Span, list[Mention]]:
    """What of the vocabulary stands in each sentence; the longest names, none within another."""
    start, end = group[0][0], group[-1][1]
    document = pipeline().make_doc(text[start:end])
    spans: list[tuple[int, int, Kind, Code]] = []
    for matcher, names in matchers():
        for key, first, after in matcher(document):
            name = names[int(document.vocab.strings[key])]
            piece = document[first:after]
            spans.append((start + piece.start_char, start + piece.end_char, name.kind, name.code))
    found: dict[Span, list[Mention]] = {}
    place = 0
    for begin, stop, kind, code in sorted(spans):
        while place < len(group) - 1 and group[place][1] <= begin:
            place += 1
        if group[place][0] <= begin and stop <= group[place][1]:
            mention = Mention(kind, begin, stop, text[begin:stop], (code,))
            found.setdefault(group[place], []).append(mention)
    return {sentence: _longest(mentions) for sentence, mentions in found.items()}


def _items(text: str, sentence: Span, section: Section, named: Sequence[Mention]) -> Iterator[Item]:
    """The statements of one sentence, in order."""
    drugs = [one for one in named if one.kind is Kind.DRUG]
    allergic = list(allergies(text, sentence, section, drugs))
    hidden = {Kind.PROBLEM, Kind.DRUG} if section.topic == "allergy" else set()
    others = [one for one in named if one.kind is not Kind.DRUG and one.kind not in hidden]
    taken = {(one.start, one.start + len(one.name)) for one in allergic}
    if Kind.DRUG not in hidden:
        free = [one for one in drugs if (one.start, one.end) not in taken]
        others += [_with_dose(text, one, sentence, drugs) for one in free]
    found = _longest([*others, *measures(text, *sentence)], first=allergic)
    if not found:
        return
    triggers = triggers_in(text, sentence)
    for one in found:
        decision = one.decided or decide_among(text, (one.start, one.end), sentence, triggers, section)
        yield Item(text[one.start : one.end], one, _fitting(one, decision), sentence, section.title)


def _with_dose(text: str, drug: Mention, sentence: Span, drugs: Sequence[Mention]) -> Mention:
    following = min((one.start for one in drugs if one.start >= drug.end), default=sentence[1])
    dose, end = dose_after(text, drug.end, following)
    return Mention(drug.kind, drug.start, end, drug.name, drug.codes, dose=dose)


def _fitting(one: Mention, decision: Decision) -> Decision:
    """A number that was measured is there whatever is denied beside it; a drug is no past disease."""
    if one.kind in (Kind.VITAL, Kind.LAB) and decision.assertion in (Assertion.NEGATED, Assertion.UNCERTAIN):
        return Decision()
    of_section = decision.rule.startswith("sec-")
    if of_section and one.kind not in (Kind.PROBLEM, Kind.PROCEDURE):
        return Decision()
    return decision


def _longest(mentions: Sequence[Mention], first: Sequence[Mention] = ()) -> list[Mention]:
    """The mentions that are kept, in order: those of `first`, then the longest, none over another."""
    kept: list[Mention] = []
    ordered = sorted(mentions, key=lambda one: (one.start - one.end, one.start))
    for one in (*sorted(first, key=lambda one: (one.start - one.end, one.start)), *ordered):
        if all(one.end <= other.start or other.end <= one.start for other in kept):
            kept.append(one)
    return sorted(kept, key=lambda one: one.start)
