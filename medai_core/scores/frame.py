"""What a published score is, and how one is answered: nothing is assumed that the paper does not allow."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from medai_core.domain.inputs import CHOICE, NUMBER, YES_NO, Input, Need, Value

POINTS: Final = "points"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a score's function gives: the value, its published category, the range it may lie in, cautions."""

    value: float
    category: str | None = None
    interval: tuple[float, float] | None = None
    cautions: tuple[str, ...] = ()


class Lacks(Exception):
    """A score's function needs inputs that were not given."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        super().__init__(", ".join(keys))


class OutOfScope(Exception):
    """The score is not meant for these values; the argument is a full sentence."""


@dataclass(frozen=True, slots=True)
class Given:
    """The values of one person, checked; asking for one that was not given raises `Lacks`."""

    values: Mapping[str, Value]

    def has(self, key: str) -> bool:
        """Whether it was given."""
        return key in self.values

    def number(self, key: str) -> float:
        """In the unit of the input."""
        return float(self._get(key))

    def yes(self, key: str) -> bool:
        """Whether it was given as yes."""
        return self._get(key) is True

    def word(self, key: str) -> str:
        """One of the input's choices."""
        return str(self._get(key))

    def _get(self, key: str) -> Value:
        try:
            return self.values[key]
        except KeyError:
            raise Lacks(key) from None


@dataclass(frozen=True, slots=True)
class Score:
    """A published score.

    Parameters
    ----------
    compute : callable
        The pure function: values in, outcome out; raises `Lacks` or `OutOfScope`.
    unit : str
        "1" for a risk from 0 to 1, "points", or a UCUM unit.
    use_for, not_for : str
        Whom it is meant for, and whom not.
    without : str
        What a missing value does.
    validation : str
        What the paper or later ones measured.
    """

    name: str
    version: str
    title: str
    unit: str
    inputs: tuple[Input, ...]
    compute: Callable[[Given], Outcome]
    reference: str
    use_for: str
    not_for: str
    validation: str
    low: float = 0.0
    high: float = 1.0
    without: str = "A missing value is named and nothing is computed."
    always: tuple[str, ...] = ()
    """Cautions that hold for every answer."""
    either: tuple[tuple[str, ...], ...] = ()
    """Groups of optional inputs of which one is needed in full."""

    def input_of(self, key: str) -> Input | None:
        """The input of a key or of another name for it."""
        wanted = key.strip().lower()
        return next((one for one in self.inputs if wanted == one.key or wanted in one.aliases), None)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A score that is not shipped, and why."""

    name: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A score's answer for one person; `refused` is None or sentences, `value` is None where refused."""

    score: str
    version: str
    value: float | None
    unit: str
    category: str | None
    interval: tuple[float, float] | None
    missing: tuple[str, ...]
    refused: str | None
    cautions: tuple[str, ...]
    reference: str


def evaluate(score: Score, values: Mapping[str, Value], problems: Mapping[str, str] | None = None) -> Answer:
    """Answer `score` for one person.

    Parameters
    ----------
    values : mapping
        By the keys of the score's inputs; other keys are not looked at.
    problems : mapping, optional
        By key, why a value could not be read, as a sentence; any of them refuses.
    """
    given = Given({one.key: values[one.key] for one in score.inputs if one.key in values})
    against = [*(problems or {}).values(), *_against(score, given)]
    lacking = _lacking(score, {*given.values, *(problems or {})})
    if against or lacking:
        return _refused(score, against, lacking)
    try:
        outcome = score.compute(given)
    except Lacks as lacks:
        return _refused(score, [], list(lacks.keys))
    except OutOfScope as out:
        return _refused(score, [str(out)], [])
    spared = [one for one in score.inputs if one.need is Need.OPTIONAL and not given.has(one.key)]
    sentences = [one.without for one in spared if one.without]
    cautions = (*outcome.cautions, *sentences, *score.always)
    missing = tuple(one.key for one in spared if one.without)
    return Answer(
        score.name, score.version, outcome.value, score.unit, outcome.category, outcome.interval,
        missing, None, tuple(dict.fromkeys(cautions)), score.reference,
    )  # fmt: skip


def _lacking(score: Score, told: set[str]) -> list[str]:
    """What is needed and was not told; of groups that stand for one another, the first."""
    lacking = [one.key for one in score.inputs if one.need is Need.NEEDED and one.key not in told]
    if score.either and not any(told.issuperset(group) for group in score.either):
        lacking.extend(score.either[0])
    return lacking


def _against(score: Score, given: Given) -> list[str]:
    """Why the values given are not for this score."""
    found = []
    for one in score.inputs:
        if not given.has(one.key):
            continue
        value = given.values[one.key]
        if one.kind == NUMBER and not one.holds(float(value)):
            found.append(f"{one.key} is outside the range of this score: {one.range_text}.")
        elif one.kind == CHOICE and value not in one.choices:
            found.append(f"{one.key} is not one of: {one.range_text}.")
        elif one.kind == YES_NO and one.refuses and value is True:
            found.append(one.refuses)
    return found


def _refused(score: Score, against: list[str], lacking: list[str]) -> Answer:
    sentences = list(against)
    if lacking:
        sentences.append(f"Not computed without {', '.join(lacking)}.")
    return Answer(
        score.name, score.version, None, score.unit, None, None,
        tuple(lacking), " ".join(sentences), (), score.reference,
    )  # fmt: skip
