"""Allergies: what stands in their part of the note, after "allergic to", before "allergy", and none known."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from medai_core.domain.record import Code
from medai_core.notes.items import SNOMED, Assertion, Decision, Kind, Mention, Section, Span

NONE_KNOWN: Final = re.compile(
    r"(?<!\w)(?:NKDA|N\.K\.D\.A\.?|NKA|NKMA)(?!\w)"
    r"|(?<!\w)(?i:(?:no|without|denies)(?: (?:any|known|other|true))*(?: (?:drug|medication|"
    r"medicine|food|latex|environmental|medical))*(?:(?:,? (?:or|and) |/)(?:drug|medication|"
    r"food|latex))? "
    r"allerg(?:y|ies)(?: to (?:any )?(?:medications?|medicines?|drugs?|foods?))?)(?! to \w)(?!\w)"
)
_NONE: Final = re.compile(
    r"\s*,?\s*(?P<none>none(?: known)?|no|nil|unknown|negative)\s*(?=[.,;\n]|$)", re.IGNORECASE
)
_TO: Final = re.compile(
    (
        r"(?<!\w)(?:allergic(?: reactions?)?|allerg(?:y|ies)|anaphyla(?:xis|ctic reaction)|"
        r"hypersensitiv(?:e|ity)|intoleran(?:t|ce)) (?:to|of|from)(?!\w)"
    ),
    re.IGNORECASE,
)
_ALLERGY: Final = re.compile(r"\s*(?:drug )?(?:allerg(?:y|ies)|anaphylaxis)(?!\w)", re.IGNORECASE)
_STOP: Final = re.compile(
    r"\b(?:but|however|which|who|and (?:has|is|was|he|she)|with a history|takes?|taking|uses)\b|;",
    re.IGNORECASE,
)
_THINGS: Final = re.compile(
    r"(?<!\w)(?:latex|iodine|iodinated contrast|iv contrast|contrast(?: dye| media)?|ivp "
    r"dye|betadine|shellfish|seafood|fish|peanuts?|tree nuts?|nuts|eggs?|milk|dairy|soy|"
    r"wheat|gluten|"
    r"strawberr(?:y|ies)|tomato(?:es)?|bee stings?|bees?|wasps?|pollen|ragweed|dust(?: "
    r"mites?)?|mold|cat dander|dog dander|cats?|dogs?|adhesive(?: tape)?|tape|nickel|sulfa "
    r"drugs|sulfonamides?|"
    r"cephalosporins?|quinolones?|opiates|opioids|narcotics|ace inhibitors?|statins|nsaids)(?!\w)",
    re.IGNORECASE,
)

_NO_DRUG: Final = Code(SNOMED, "409137002", "No known drug allergy")
_NO_ANY: Final = Code(SNOMED, "716186003", "No known allergy")


def allergies(
    text: str, sentence: Span, section: Section | None, drugs: Iterable[Mention]
) -> Iterator[Mention]:
    """The allergies of one sentence. `drugs` are those found in it, which may turn out to be allergies."""
    listed = section is not None and section.topic == "allergy"
    if listed and section is not None and sentence[0] <= _first(text, section):
        yield from _answered(text, section)
    for one in NONE_KNOWN.finditer(text, *sentence):
        yield _none(text, one.span())
    named = [(one.start, one.start + len(one.name), one.codes) for one in drugs]
    named += [(*one.span(), (Code("", "", one[0].lower()),)) for one in _THINGS.finditer(text, *sentence)]
    for start, end, codes in named:
        if listed or _said_of(text, sentence, start, end):
            yield Mention(Kind.ALLERGY, start, end, text[start:end], codes)


def _first(text: str, section: Section) -> int:
    place = section.body
    while place < section.end and (text[place].isspace() or text[place] == ","):
        place += 1
    return place


def _answered(text: str, section: Section) -> Iterator[Mention]:
    """ "Allergies: none"."""
    found = _NONE.match(text, section.body, section.end)
    if found and found["none"].lower() != "unknown":
        yield _none(text, found.span("none"))


def _none(text: str, span: Span) -> Mention:
    words = text[slice(*span)].lower()
    code = _NO_DRUG if re.search("drug|medic|nkda|n.k.d.a|nkma", words) else _NO_ANY
    decision = Decision(Assertion.NEGATED, text[slice(*span)], "alg-none-known", span, span)
    return Mention(Kind.ALLERGY, *span, text[slice(*span)], (code,), decided=decision)


def _said_of(text: str, sentence: Span, start: int, end: int) -> bool:
    """Whether the sentence says that this is what somebody is allergic to."""
    if _ALLERGY.match(text, end, sentence[1]):
        return True
    before = [one.end() for one in _TO.finditer(text, sentence[0], start)]
    return bool(before) and not _STOP.search(text, before[-1], start)
