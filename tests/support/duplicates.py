"""Made-up people with second records in which typed-in errors stand, and which pairs are one person.

Names are drawn by rank with the frequency of a Zipf law from syllables, so that some are very common; who is
who is known, and nothing of any real person is in it.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from medai_core.records.people import Person, folded, name_words

_STARTS = "Al Ber Car Dan El Fer Gun Hel Iv Jo Kar Lin Mar Nor Ol Pet Ro San Tor Ul Vik Wal Yas Zel".split()
_MIDDLES = ["", "a", "an", "be", "di", "e", "en", "i", "la", "mi", "o", "ri", "sta", "te", "u", "va"]
_ENDS = (
    "a berg ck da en feld gard hl in ja kov lund man n olm per quist rin son ta ulf vic wen x y zek".split()
)
_STREETS = "Mill Oak Station Church North Harbour Castle Garden Lake Market School Hill".split()

ERRORS = (
    "a letter of the family name", "a letter of the given name", "swapped names", "an initial",
    "one of a double name", "an accent", "a married name", "day and month swapped",
    "a digit of the birth date", "no birth date", "the other sex", "moved",
    "another telephone", "no identifier",
    "a character of the identifier",
)  # fmt: skip


@dataclass(frozen=True)
class Made:
    """Records in shuffled order, and the pairs of indices that are one person (the smaller one first)."""

    people: list[Person]
    truth: set[tuple[int, int]]


def made(n: int, *, duplicates: float = 0.1, errors: int = 2, seed: int = 1) -> Made:
    """About n records; the given share of persons have a second record with 1 to `errors` errors.

    A third of the persons lives in a household: the same family name, address and telephone; some are twins.
    """
    generator = random.Random(seed)
    families, givens = _names(generator, 4000), _names(generator, 1200)
    rows: list[tuple[int, Person]] = []
    person = 0
    while len(rows) < n:
        one = _person(generator, person, families, givens)
        household = [one]
        for _ in range(generator.choice([0, 0, 0, 0, 1, 2])):
            born = one.birth_date if generator.random() < 0.05 else _born(generator)
            household.append(
                replace(
                    _person(generator, person + len(household), families, givens),
                    family=one.family, line=one.line, postal=one.postal, phone=one.phone, birth_date=born,
                )
            )  # fmt: skip
        for member in household:
            rows.append((person, member))
            if generator.random() < duplicates:
                rows.append((person, _spoilt(generator, member, errors, families)))
            person += 1
    generator.shuffle(rows)
    people = [replace(one, id=f"p{place}") for place, (_, one) in enumerate(rows)]
    seen: dict[int, int] = {}
    truth = set()
    for place, (number, _) in enumerate(rows):
        if number in seen:
            truth.add((seen[number], place))
        seen.setdefault(number, place)
    return Made(people, truth)


def _names(generator: random.Random, count: int) -> list[str]:
    found: dict[str, None] = {}
    while len(found) < count:
        name = generator.choice(_STARTS) + generator.choice(_MIDDLES) + generator.choice(_ENDS)
        found[name_words(name)] = None
    return list(found)


def _pick(generator: random.Random, names: list[str]) -> str:
    """Rank r with a chance of about 1 / r."""
    return names[int(len(names) ** generator.random()) - 1]


def _born(generator: random.Random) -> date:
    return date(1926, 1, 1) + timedelta(days=generator.randrange(36_500))


def _person(generator: random.Random, number: int, families: list[str], givens: list[str]) -> Person:
    family, given = _pick(generator, families), _pick(generator, givens)
    if generator.random() < 0.06:
        family += " " + _pick(generator, families)
    if generator.random() < 0.35:
        given += " " + _pick(generator, givens)
    street = f"{generator.randrange(1, 200)} {generator.choice(_STREETS)} {generator.choice(_STREETS)} Street"
    known = generator.random() < 0.7
    return Person(
        id=str(number), family=family, given=given, birth_date=_born(generator), sex=generator.choice("FM"),
        strong=(("SS", f"{generator.randrange(10**9):09d}"),) if known else (),
        phone=f"{generator.randrange(10**7):07d}" if generator.random() < 0.8 else "",
        line=folded(street), postal=f"{generator.randrange(2000):05d}",
    )  # fmt: skip


def _spoilt(generator: random.Random, one: Person, errors: int, families: list[str]) -> Person:
    for kind in generator.sample(ERRORS, generator.randint(1, errors)):
        one = with_error(generator, one, kind, families)
    return one


def with_error(generator: random.Random, one: Person, kind: str, families: list[str]) -> Person:
    """The record with one error of a kind; unchanged where the kind does not apply."""
    born = one.birth_date
    changed: dict[str, object] = {}
    if kind in _NAME_ERRORS:
        changed = _NAME_ERRORS[kind](generator, one)
    elif kind == "a married name":
        changed = {"family": _pick(generator, families)}
    elif kind == "day and month swapped" and born and born.day <= 12:
        changed = {"birth_date": date(born.year, born.day, born.month)}
    elif kind == "a digit of the birth date" and born:
        year = born.year - generator.choice([1, 10, 2])
        changed = {"birth_date": date(year, born.month, min(born.day, 28))}
    elif kind == "no birth date":
        changed = {"birth_date": None}
    elif kind == "the other sex":
        changed = {"sex": "F" if one.sex == "M" else "M"}
    else:
        changed = _whereabouts(generator, one, kind)
    return replace(one, **changed)  # type: ignore[arg-type]


_NAME_ERRORS: dict[str, Callable[[random.Random, Person], dict[str, object]]] = {
    "a letter of the family name": lambda generator, one: {"family": _typo(generator, one.family)},
    "a letter of the given name": lambda generator, one: {"given": _typo(generator, one.given)},
    "swapped names": lambda generator, one: {"family": one.given, "given": one.family},
    "an initial": lambda generator, one: {"given": " ".join([one.given[0], *one.given.split()[1:]])},
    "one of a double name": lambda generator, one: {
        "family": one.family.split()[-1],
        "given": one.given.split()[0],
    },
    "an accent": lambda generator, one: {"family": name_words(one.family.replace("e", "\u00e9"))},
}


def _whereabouts(generator: random.Random, one: Person, kind: str) -> dict[str, object]:
    if kind == "moved":
        line = f"{generator.randrange(1, 200)} new road"
        return {"line": line, "postal": f"{generator.randrange(2000):05d}"}
    if kind == "another telephone":
        return {"phone": f"{generator.randrange(10**7):07d}"}
    if kind == "no identifier":
        return {"strong": ()}
    if kind == "a character of the identifier" and one.strong:
        kind_of, value = one.strong[0]
        place = generator.randrange(len(value))
        other = generator.choice([digit for digit in "0123456789" if digit != value[place]])
        return {"strong": ((kind_of, value[:place] + other + value[place + 1 :]),)}
    return {}


def _typo(generator: random.Random, word: str) -> str:
    """A letter left out, doubled, changed, or turned with the next one."""
    place = generator.randrange(max(len(word) - 1, 1))
    match generator.randrange(4):
        case 0:
            return word[:place] + word[place + 1 :] or word
        case 1:
            return word[: place + 1] + word[place:]
        case 2:
            return word[:place] + generator.choice("abdeiklmnorstu") + word[place + 1 :]
    return word[:place] + word[place + 1 : place + 2] + word[place : place + 1] + word[place + 2 :]
