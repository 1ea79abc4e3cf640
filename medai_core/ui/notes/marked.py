"""A note as HTML with its items marked: colour, line and word say what the note says of each.

Every character of the note is escaped here; nothing of it goes into Markdown.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from medai_core.domain.record import Code
from medai_core.notes.items import ICD10CM, LOINC, RXNORM, SNOMED, Assertion, Item, Note, Section, Span
from medai_core.ui import markup

SHOWN: Final = 200_000
"""Characters of a note that are drawn; a longer one is read whole and shown in part."""

SYSTEMS: Final = {ICD10CM: "ICD-10-CM", LOINC: "LOINC", RXNORM: "RxNorm", SNOMED: "SNOMED CT"}

SAID: Final = {
    Assertion.PRESENT: "present",
    Assertion.NEGATED: "negated",
    Assertion.UNCERTAIN: "uncertain",
    Assertion.HISTORICAL: "historical",
    Assertion.FAMILY: "family",
}
_LINES: Final = {
    Assertion.PRESENT: ("solid", "#0072B2", "#56B4E9"),
    Assertion.NEGATED: ("dashed", "#B0195B", "#F08CB8"),
    Assertion.UNCERTAIN: ("dotted", "#8A5A00", "#E69F00"),
    Assertion.HISTORICAL: ("double", "#5D312D", "#E4D6C8"),
    Assertion.FAMILY: ("wavy", "#7A1FD6", "#B7A4FF"),
}
"""Line, and colour on light and on dark."""

STYLE: Final = (
    "<style>"
    ".mx-noted { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.75; }"
    ".mx-noted section { margin: 0 0 12px; }"
    ".mx-noted h4 { margin: 0 0 2px; font-size: 0.87rem; color: var(--mx-muted); white-space: normal; }"
    ".mx-item { background: none; color: inherit; text-decoration-thickness: 2px;"
    " text-underline-offset: 4px; border-radius: 2px; }"
    ".mx-item:hover, .mx-item:focus { background: var(--mx-panel); outline: 1px solid currentColor; }"
    ".mx-item sup { font-size: 0.7rem; font-weight: 600; margin-left: 2px; }"
    ".mx-trigger { font-style: italic; border-bottom: 1px solid currentColor; }"
    ".mx-legend { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 0 0 8px; }"
    + "".join(
        f".mx-{kind.value} {{ text-decoration-line: underline; text-decoration-style: {line};"
        f" text-decoration-color: light-dark({light}, {dark}); }}"
        f".mx-{kind.value} sup {{ color: light-dark({light}, {dark}); }}"
        for kind, (line, light, dark) in _LINES.items()
    )
    + "</style>"
)


def legend() -> str:
    """Which line means what."""
    marks = "".join(
        f'<span><span class="mx-item mx-{kind.value}">{said}</span></span>' for kind, said in SAID.items()
    )
    return f'<div class="mx-legend mx-small">{marks}<em>words that decided</em></div>'


def marked(note: Note) -> str:
    """The note's sections with every item underlined, numbered, and explained on hover or focus."""
    numbers = {id(item): number for number, item in enumerate(note.items, start=1)}
    parts = "".join(_section(note, one, numbers) for one in note.sections if one.start < SHOWN)
    return f'<div class="mx-noted" dir="auto" lang="en">{parts}</div>'


def _section(note: Note, section: Section, numbers: dict[int, int]) -> str:
    head = f"<h4>{markup.text(section.title)}</h4>" if section.title else ""
    start, end = (section.body if section.title else section.start), min(section.end, SHOWN)
    items = [one for one in note.items if start <= one.start and one.end <= end]
    triggers = {one.decision.trigger_span for one in items if one.decision.trigger_span}
    pieces = "".join(_pieces(note.text, (start, end), items, triggers, numbers))
    return f"<section>{head}{pieces.strip()}</section>"


def _pieces(
    text: str, span: Span, items: Sequence[Item], triggers: set[Span], numbers: dict[int, int]
) -> Iterator[str]:
    """The text of a section, items and triggers in their marks; a trigger within an item has none."""
    marks: list[tuple[int, int, Item | None]] = [(one.start, one.end, one) for one in items]
    taken = [(one.start, one.end) for one in items]
    for begin, stop in triggers:
        free = all(stop <= first or last <= begin for first, last in taken)
        if free and span[0] <= begin and stop <= span[1]:
            marks.append((begin, stop, None))
            taken.append((begin, stop))
    place = span[0]
    for begin, stop, item in sorted(marks, key=lambda one: one[:2]):
        yield markup.text(text[place:begin])
        words = markup.text(text[begin:stop])
        if item is None:
            yield f'<span class="mx-trigger">{words}</span>'
        else:
            said = item.decision.assertion
            yield (
                f'<mark class="mx-item mx-{said.value}" tabindex="0" title="{markup.text(why(item, text))}">'
                f"{words}<sup>{numbers[id(item)]} {SAID[said]}</sup></mark>"
            )
        place = stop
    yield markup.text(text[place : span[1]])


def why(item: Item, text: str) -> str:
    """What decided about an item, in one sentence: trigger, reach, rule; then its codes."""
    said, decision = SAID[item.decision.assertion], item.decision
    reason = "no rule applies"
    if decision.rule:
        reason = f"because of “{_short(decision.trigger)}” (rule {decision.rule})"
        if decision.scope:
            reason += f", which reaches over “{_short(text[slice(*decision.scope)])}”"
    coded = "; ".join(code_words(one) for one in item.mention.codes if one.code)
    return f"{item.kind.value}, {said}: {reason}.{f' {coded}' if coded else ''}"


def code_words(code: Code) -> str:
    """A code with its system's name and what it means."""
    if not code.code:
        return "no certain code"
    return f"{SYSTEMS.get(code.system, code.system)} {code.code} {code.display}".strip()


def _short(words: str, most: int = 120) -> str:
    said = " ".join(words.split())
    return said if len(said) <= most else f"{said[: most - 1]}…"
