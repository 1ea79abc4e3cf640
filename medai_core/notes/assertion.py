"""What a note says of a finding: negated, of the family, uncertain, historical, else present.

A trigger's words reach over its clause (`scope`): to the right or left, up to a word that ends the reach,
to the end of the sentence, or as many words as its rule allows. Of several triggers that reach a finding
the order of `PRECEDENCE` decides, then the nearest. Nothing here looks at capitals to find the finding.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from medai_core.notes.items import Assertion, Decision, Section, Span
from medai_core.notes.rules import FORWARD_STOPS, STOPS, Rule
from medai_core.notes.rules_context import CONTEXT
from medai_core.notes.rules_negation import NEGATION

PRECEDENCE: Final = (Assertion.NEGATED, Assertion.FAMILY, Assertion.UNCERTAIN, Assertion.HISTORICAL)
"""A negated disease of the mother is negated; a possible one of hers is of the family; a possible old one
is uncertain."""

SECTION_RULES: Final[dict[str, tuple[str, Assertion]]] = {
    "family": ("sec-family", Assertion.FAMILY),
    "past": ("sec-past-history", Assertion.HISTORICAL),
}

RULES: Final = NEGATION + CONTEXT

_WORD: Final = re.compile(r"[\w'’/-]+")
_COLON: Final = re.compile(r":(?![\d])")
_BREAK: Final = re.compile(r"[.,;)\]]\s|\s{3,}|\n")


@dataclass(frozen=True, slots=True)
class Trigger:
    """A phrase of a rule where it stands in the text."""

    rule: Rule
    start: int
    end: int


def decide(text: str, target: Span, sentence: Span, section: Section | None = None) -> Decision:
    """The assertion of ``text[target]`` within its sentence; a section's topic counts where no rule decides.

    Parameters
    ----------
    target, sentence : tuple of int
        Code points, from the first to before the second; the target lies within the sentence.
    """
    triggers = triggers_in(text, sentence)
    return decide_among(text, target, sentence, triggers, section)


def decide_among(
    text: str,
    target: Span,
    sentence: Span,
    triggers: Sequence[Trigger],
    section: Section | None = None,
) -> Decision:
    """As `decide`, with the sentence's `triggers_in` found before."""
    reaching = [
        (one, scope)
        for one in _active(triggers, target)
        if one.rule.assertion is not None and (scope := _reach(text, one, target, sentence, triggers))
    ]
    for wanted in PRECEDENCE:
        found = [(one, scope) for one, scope in reaching if one.rule.assertion is wanted]
        if found:
            trigger, scope = min(found, key=lambda pair: _distance(pair[0], target))
            return Decision(
                wanted,
                _shown(text[trigger.start : trigger.end]),
                trigger.rule.id,
                (trigger.start, trigger.end),
                scope,
            )
    return _of_section(section)


def _shown(words: str) -> str:
    """A trigger without the punctuation before it; "(-)" and "?" as they are."""
    inner = re.sub(r"^[\s,:;=–—-]+|[\s,]+$", "", words)
    return inner if re.search(r"\w", inner) else words.strip()


def _of_section(section: Section | None) -> Decision:
    if section is None or section.topic not in SECTION_RULES:
        return Decision()
    rule, assertion = SECTION_RULES[section.topic]
    return Decision(
        assertion, section.title, rule, (section.start, section.body), (section.body, section.end)
    )


def _distance(trigger: Trigger, target: Span) -> int:
    return target[0] - trigger.end if trigger.end <= target[0] else trigger.start - target[1]


# ---- triggers


@lru_cache(maxsize=1)
def _compiled() -> tuple[tuple[Rule, re.Pattern[str]], ...]:
    return tuple((rule, _pattern(rule.phrases)) for rule in RULES)


def _pattern(phrases: Iterable[str]) -> re.Pattern[str]:
    """One expression for all phrases of a rule; a blank stands for any white space, words are whole."""
    parts = []
    for phrase in sorted(phrases, key=len, reverse=True):
        inner = phrase.replace(" ?", r"\s*").replace(" ", r"\s+")
        before = r"(?<![\w'’])" if re.match(r"\w|\(\?:", phrase) else ""
        after = r"(?!\w)" if re.search(r"[\w)\]}?]$", phrase) and not phrase.endswith(r"(?=\w)") else ""
        parts.append(f"{before}(?:{inner}){after}")
    return re.compile("|".join(parts), re.IGNORECASE)


def triggers_in(text: str, sentence: Span) -> list[Trigger]:
    """All triggers of one sentence, the shorter ones within longer ones too."""
    start, end = sentence
    piece = text[start:end]
    return [
        Trigger(rule, start + found.start(), start + found.end())
        for rule, pattern in _compiled()
        for found in pattern.finditer(piece)
        if found.end() > found.start()
    ]


def _active(triggers: Sequence[Trigger], target: Span) -> list[Trigger]:
    """Triggers that no longer one holds within it, and that are not a part of the finding itself.

    "no headache" as a finding is negated by its own first word; a "no" further inside says nothing of the
    finding as a whole ("chest film: no acute disease").
    """
    free = [one for one in triggers if not _overlaps(one, target)]
    at_start = [
        one
        for one in triggers
        if one.start == target[0]
        and one.end < target[1]
        and one.rule.direction == "forward"
        and one.rule.assertion is Assertion.NEGATED
    ]
    return [one for one in free if not any(_holds(other, one) for other in free)] + at_start


def _overlaps(one: Trigger, target: Span) -> bool:
    return one.start < target[1] and one.end > target[0]


def _holds(outer: Trigger, inner: Trigger) -> bool:
    """Whether `outer` takes `inner`'s words away: it is longer, or as long and no trigger at all."""
    if not (outer.start <= inner.start and inner.end <= outer.end) or outer is inner:
        return False
    if outer.end - outer.start > inner.end - inner.start:
        return True
    return outer.rule.assertion is None and inner.rule.assertion is not None


# ---- scopes


def _reach(
    text: str, trigger: Trigger, target: Span, sentence: Span, triggers: Sequence[Trigger]
) -> Span | None:
    """The scope of `trigger`, None where it does not reach the target."""
    if trigger.start == target[0]:
        return target
    if trigger.rule.direction == "forward":
        if trigger.end > target[0]:
            return None
        limit = _right_limit(text, trigger, target, sentence, triggers)
        return (trigger.end, limit) if target[0] < limit else None
    if trigger.start < target[1]:
        return None
    limit = _left_limit(text, trigger, target, sentence)
    return (limit, trigger.start) if limit <= target[0] or limit < target[1] <= trigger.start else None


def _right_limit(
    text: str, trigger: Trigger, target: Span, sentence: Span, triggers: Sequence[Trigger]
) -> int:
    limits = [sentence[1]]
    for pattern in (STOPS, FORWARD_STOPS):
        for found in pattern.finditer(text, trigger.end, sentence[1]):
            if not (target[0] <= found.start() < target[1]) and not _starts_list(text, trigger, found):
                limits.append(found.start())
                break
    limits += _heads(text, trigger.end, sentence[1], target)
    if trigger.rule.words is not None:
        words = list(_WORD.finditer(text, trigger.end, sentence[1]))
        if len(words) > trigger.rule.words:
            limits.append(words[trigger.rule.words].start())
        if trigger.rule.words == 0:
            limits.append(trigger.end)
    return min(limits)


def _starts_list(text: str, trigger: Trigger, found: re.Match[str]) -> bool:
    """Whether the stop is part of the trigger's own beginning, as in "no history" or "denies - fever"."""
    return not text[trigger.end : found.start()].strip() and found.start() - trigger.end < 2


def _heads(text: str, start: int, end: int, target: Span) -> list[int]:
    """Where a new head ("ABDOMEN:") begins after `start`; not one that follows the trigger at once."""
    found = []
    for colon in _COLON.finditer(text, start, end):
        if target[0] <= colon.start() < target[1]:
            continue
        breaks = [one.end() for one in _BREAK.finditer(text, start, colon.start())]
        if breaks:
            found.append(breaks[-1])
            break
    return found


def _left_limit(text: str, trigger: Trigger, target: Span, sentence: Span) -> int:
    """How far to the left a trigger reaches: its clause, and over commas only along a list with and/or."""
    if trigger.rule.words == 0:
        between = text[target[1] : trigger.start]
        return target[0] if re.fullmatch(r"[\s\"')]*(?:\([^)]*\))?[\s\"')]*", between) else trigger.start
    limit = sentence[0]
    for found in STOPS.finditer(text, sentence[0], trigger.start):
        if found.end() <= target[0]:
            limit = found.end()
        elif found.start() >= target[1]:
            return trigger.start
    for colon in _COLON.finditer(text, sentence[0], trigger.start):
        if colon.end() <= target[0]:
            limit = max(limit, colon.end())
    limit = max(limit, _clause(text, target, trigger))
    if trigger.rule.words is not None:
        words = list(_WORD.finditer(text, sentence[0], trigger.start))
        if len(words) > trigger.rule.words:
            limit = max(limit, words[-trigger.rule.words].start())
    return limit


def _clause(text: str, target: Span, trigger: Trigger) -> int:
    """The left end of the clause before `trigger`, as far as commas between finding and trigger allow."""
    between = text[target[1] : trigger.start]
    if re.search(r"[.:]\s|,\s*(?:and|but)\s+(?:the|he|she|there|it)\b", between) or "\n\n" in between:
        return trigger.start
    commas = [one.start() for one in re.finditer(",", between)]
    if not commas:
        return 0
    last = between[commas[-1] + 1 :]
    if not last.strip() or re.search(r"^\s*(?:and|or|&)\b|\b(?:and|or)\b", last):
        return 0
    if not re.search(r"\w", last):
        return 0
    return trigger.start
