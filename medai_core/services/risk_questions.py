"""What is asked of a person for all scores and predictors together: one question a quantity.

Two inputs are the same question where they have the same name, or the same LOINC code and exchangeable units;
each score or predictor gets the value in its own unit, held to its own range and its own greatest age.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from medai_core.domain.inputs import CHOICE, NUMBER, YES_NO, Input, Need, Value
from medai_core.domain.refusal import Refusal
from medai_core.domain.risk import Kind, Known, Origin, Question, Recorded
from medai_core.services.scores import in_unit, read_value


@dataclass(frozen=True, slots=True)
class Asker:
    """A score or predictor as far as it asks.

    `conditions` are questions that must be "yes" for it to be meant for the person, `exclusions` such that
    must not be.
    """

    name: str
    title: str
    kind: Kind
    topic: str
    inputs: tuple[Input, ...]
    conditions: tuple[Input, ...] = ()
    exclusions: tuple[Input, ...] = ()
    either: tuple[tuple[str, ...], ...] = ()

    @property
    def asks(self) -> tuple[Input, ...]:
        """Everything that it asks, each once."""
        return tuple({one.key: one for one in (*self.inputs, *self.exclusions, *self.conditions)}.values())


_OWN: Final = {("findrisc", "bp_treated"): "bp_treated_ever"}
"""Inputs that mean something else than others of the same name."""
_SYNONYMS: Final = {"cursmoke": "smoker", "bpmeds": "bp_treated", "prevhyp": "hypertension"}
"""Columns of training data that ask what a score asks under another name."""
_EVENTS: Final = ("prevchd", "prevap", "prevmi", "prevstrk")
_IMPLIES: Final[tuple[tuple[str, Value, str, Value], ...]] = (
    ("bp_treated", True, "bp_treated_ever", True),
    ("diabetes", True, "high_glucose_ever", True),
    ("stroke", True, "prior_cvd", True),
    ("heart_failure", True, "prior_cvd", True),
    ("vascular_disease", True, "prior_cvd", True),
    ("smoker", False, "cigpday", 0.0),
    *((one, True, "prior_cvd", True) for one in _EVENTS),
    *(("prior_cvd", False, one, False) for one in _EVENTS),
)
"""An answer to the first question that answers the second one too."""


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """All questions by key, and under which question each asker's input stands."""

    askers: tuple[Asker, ...]
    questions: Mapping[str, Question]
    places: Mapping[tuple[str, str], str]

    def key(self, asker: str, own: str) -> str:
        """The question of an asker's input."""
        return self.places[asker, own]


def catalogue(askers: Sequence[Asker]) -> Catalogue:
    """The questions of `askers`, in the order in which they are first asked."""
    found: dict[str, Input] = {}
    asked: dict[str, list[tuple[Asker, Input]]] = {}
    places: dict[tuple[str, str], str] = {}
    for asker in askers:
        for one in asker.asks:
            named = _OWN.get((asker.name, one.key)) or _SYNONYMS.get(one.key.lower())
            key = named or _same(found, one) or _free(found, asker, one)
            found.setdefault(key, replace(one, key=key))
            asked.setdefault(key, []).append((asker, one))
            places[asker.name, one.key] = key
    questions = {key: _question(key, found[key], asked[key]) for key in found}
    return Catalogue(tuple(askers), questions, places)


def _same(found: Mapping[str, Input], one: Input) -> str | None:
    """The key of a question that asks for the same."""
    names = {one.key.lower(), *one.aliases}
    for key, known in found.items():
        if known.kind != one.kind or (one.kind == NUMBER and not _exchangeable(known, one)):
            continue
        shared = set(known.loinc) & set(one.loinc)
        named = bool(names & {key, *known.aliases}) and not (known.loinc and one.loinc and not shared)
        if named or (one.kind == NUMBER and shared):
            return key
    return None


def _exchangeable(one: Input, other: Input) -> bool:
    return in_unit(one, 1.0, other.unit or "1") is not None


def _free(found: Mapping[str, Input], asker: Asker, one: Input) -> str:
    key = one.key.lower()
    return f"{asker.name}.{key}" if key in found else key


def _question(key: str, first: Input, asked: list[tuple[Asker, Input]]) -> Question:
    """With the widest range in the first asker's unit, and every way to write it."""
    inputs = [one for _, one in asked]
    ages = [one.max_age_days for one in inputs if one.max_age_days is not None]
    words = {word: choice for one in inputs for word, choice in one.words.items()}
    low, high = _ends(first, inputs)
    whole = replace(
        first,
        low=low,
        high=high,
        choices=tuple(dict.fromkeys(choice for one in inputs for choice in one.choices)),
        loinc=tuple(dict.fromkeys(code for one in inputs for code in one.loinc)),
        also=tuple(dict.fromkeys(unit for one in inputs for unit in (*one.also, one.unit) if unit)),
        words=words,
        need=Need.NEEDED if any(one.need is Need.NEEDED for one in inputs) else inputs[0].need,
        changeable=any(one.changeable for one in inputs),
        refuses="",
    )
    return Question(
        key=key,
        input=whole,
        asked_by=tuple(dict.fromkeys(asker.name for asker, _ in asked)),
        topics=tuple(dict.fromkeys(asker.topic for asker, _ in asked)),
        days=_days(asked),
        loosest_days=max(ages) if len(ages) == len(inputs) else None,
    )


def _days(asked: list[tuple[Asker, Input]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for asker, one in asked:
        if one.max_age_days is not None:
            found[asker.topic] = min(one.max_age_days, found.get(asker.topic, one.max_age_days))
    return found


def _ends(first: Input, inputs: list[Input]) -> tuple[float | None, float | None]:
    """The lowest and the highest end of all ranges, in the first one's unit; None where one has no end."""
    lows = [None if one.low is None else in_unit(first, one.low, one.unit or "1") for one in inputs]
    highs = [None if one.high is None else in_unit(first, one.high, one.unit or "1") for one in inputs]
    known_lows, known_highs = (
        [end for end in lows if end is not None],
        [end for end in highs if end is not None],
    )
    return (
        min(known_lows) if len(known_lows) == len(inputs) else None,
        max(known_highs) if len(known_highs) == len(inputs) else None,
    )


def read(question: Question, written: str) -> Value | None:
    """What a person wrote, in the question's unit; None for nothing. Raises Refusal "input-unreadable"."""
    value, problem = read_value(question.input, written)
    if problem is None:
        return value
    raise Refusal(
        "input-unreadable",
        expected=f"{question.input.help}: {range_words(question.input)}",
        found=_why(question.input, problem),
        what_to_do="Correct it; a number may be followed by its unit, as in 5.2 mmol/L.",
    )


def _why(one: Input, problem: str) -> str:
    if "outside" in problem:
        return "a number outside this range" + (", or one in another unit" if len(one.also) > 1 else "")
    if "unit" in problem and "number with" not in problem:
        return "a unit that cannot be converted"
    return "something else than a number with a decimal point, or a number and its unit"


def range_words(one: Input) -> str:
    """The range with at most three decimals and its unit, or the choices."""
    if one.kind != NUMBER:
        return one.range_text.replace("_", " ")
    if one.low is None or one.high is None:
        return f"a number in {one.unit}" if one.unit else "a number"
    unit = "" if one.unit == "1" else one.unit
    return f"{one.low:.4g} to {one.high:.4g} {unit}".strip()


_LATER: Final = frozenset(second for _, _, second, _ in _IMPLIES) - {"prior_cvd"}


def to_ask(asked: Catalogue, topics: Collection[str], known: Mapping[str, Known]) -> list[Question]:
    """The questions of some topics; one that the answer to another may settle waits for that answer.

    Of what is for an occasion alone, the occasion is asked first and the rest once it is there.
    """
    here: dict[str, None] = {}
    for asker in asked.askers:
        if asker.topic in topics:
            conditions = [asked.key(asker.name, one.key) for one in asker.conditions]
            met = all(key in known and known[key].value is True for key in conditions)
            every = [asked.key(asker.name, one.key) for one in asker.asks]
            here.update(dict.fromkeys(every if met else conditions))
    found = []
    for key in here:
        firsts = [first for first, _, second, _ in _IMPLIES if second == key and first in here]
        settled = key in known and known[key].origin is Origin.IMPLIED
        early = key in _LATER and firsts and not any(first in known for first in firsts)
        if not settled and not early:
            found.append(asked.questions[key])
    return found


# ---- what an asker gets


@dataclass(frozen=True, slots=True)
class Given:
    """The values for one asker by its own keys, and the keys of those that wait for a confirmation."""

    values: Mapping[str, Value]
    waiting: tuple[str, ...]


def token(question: Question) -> str:
    """What a confirmation is bound to: this question and this very statement of the record."""
    one = question.recorded
    said = "" if one is None else f"{','.join(one.entries)}|{one.value}|{one.written}"
    return f"{question.key}|{said}"


def known_of(
    asked: Catalogue, typed: Mapping[str, Value], confirmed: Collection[str], *, gone: Collection[str] = ()
) -> dict[str, Known]:
    """All that may be used by somebody, by question; what a person typed goes before the record.

    `gone` are questions whose recorded value the person does not want to be used.
    """
    found: dict[str, Known] = {}
    for key, question in asked.questions.items():
        one = question.recorded
        if key in typed:
            found[key] = Known(key, typed[key], question.input.unit, Origin.TYPED, one)
        elif one is not None and key not in gone:
            origin = _origin(question, one, confirmed)
            if origin is not None:
                found[key] = Known(key, one.value, question.input.unit, origin, one)
    for first, value, second, follows in _IMPLIES:
        if first in found and found[first].value == value and second in asked.questions:
            unit = asked.questions[second].input.unit
            found.setdefault(second, Known(second, follows, unit, Origin.IMPLIED))
    return found


def _origin(question: Question, one: Recorded, confirmed: Collection[str]) -> Origin | None:
    if token(question) in confirmed:
        return Origin.CONFIRMED
    if question.to_confirm(question.loosest_days):
        return None
    return Origin.COMPUTED if one.computed else Origin.RECORD


def given_to(asker: Asker, asked: Catalogue, known: Mapping[str, Known]) -> Given:
    """The values in the asker's units; a recorded one that is too old for it waits."""
    values: dict[str, Value] = {}
    waiting = []
    for one in asker.asks:
        key = asked.key(asker.name, one.key)
        question, there = asked.questions[key], known.get(key)
        if there is None:
            if question.recorded is not None and question.to_confirm(one.max_age_days):
                waiting.append(one.key)
            continue
        trusted = there.origin in (Origin.TYPED, Origin.CONFIRMED, Origin.IMPLIED)
        if not trusted and question.to_confirm(one.max_age_days):
            waiting.append(one.key)
            continue
        value = translated(there.value, question.input, one)
        if value is not None:
            values[one.key] = value
    return Given(values, tuple(waiting))


def translated(value: Value, source: Input, target: Input) -> Value | None:
    """A value of one input as a value of another that asks for the same; None where it has none."""
    if target.kind == NUMBER:
        return in_unit(target, float(value), source.unit or "1")
    if target.kind == CHOICE:
        word = str(value)
        return word if word in target.choices else target.words.get(word.lower())
    return value if target.kind == YES_NO and isinstance(value, bool) else None
