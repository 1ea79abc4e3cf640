"""How a drug is taken: dose, route and frequency after its name."""

import re
from typing import Final

from medai_core.notes.drug_terms import FREQUENCIES, ROUTES, UNITS
from medai_core.notes.items import Dose

REACH: Final = 120
"""Code points after a drug's name within which its dose is looked for."""

_AMOUNT: Final = re.compile(
    (
        rf"(?:\d+(?:[.,]\d+)?(?:\s?(?:/|-|to)\s?\d+(?:\.\d+)?)?|one|two|half|\.\d+)\s?-?(?:{UNITS})(?![\w])(?:/\d+(?:\.\d+)?\s?(?:mg|"
        r"mcg|ml)\b)?"
    ),
    re.IGNORECASE,
)
_ROUTE: Final = re.compile(rf"(?<!\w)(?:{ROUTES})(?!\w)", re.IGNORECASE)
_FREQUENCY: Final = re.compile(rf"(?<!\w)(?:{FREQUENCIES})(?!\w)", re.IGNORECASE)
_NEEDED: Final = re.compile(r"(?<!\w)(?:p\.?r\.?n\.?|as needed)(?!\w)", re.IGNORECASE)
_BLANK: Final = re.compile(r"[\s,(-]*")
_BETWEEN: Final = re.compile(
    (
        r"(?:\s|,(?!\s*[A-Z]{3,})|[-–:()]|\b(?:a|an|the|at|of|dose|taking|takes?|given|tablets?|"
        r"tabs?|capsules?|caps?|xl|xr|sr|er|cr|hcl|"
        r"sodium|sulfate|tartrate|succinate|hydrochloride|inhaler|cream|ointment|elixir|solution|"
        r"gel|total|one|two|1|2|and|for|then|to|by|hydrobromide|besylate|maleate|potassium|"
        r"currently|cardioprotective|low-dose|extended|release|patch|nasal|spray|drip|gtt|"
        r"infusion|bolus|\w+®?\))\b)*"
    ),
    re.IGNORECASE,
)


def dose_after(text: str, end: int, stop: int) -> tuple[Dose | None, int]:
    """The dose, route and frequency that follow a drug's name, and where they end.

    Parameters
    ----------
    end : int
        The code point after the drug's name.
    stop : int
        How far they may stand: the end of the sentence, or the next drug.
    """
    parts: dict[str, str] = {}
    last, limit = end, min(stop, end + REACH)
    while last < limit:
        blank = _BLANK.match(text, last, limit)
        between = _BETWEEN.match(text, last, limit)
        step = (blank and _next(text, blank.end(), limit, parts)) or (
            between and _next(text, between.end(), limit, parts)
        )
        if not step:
            break
        name, place, last = step
        parts[name] = text[place:last]
    if last == end:
        return None, end
    needed = parts.pop("needed", "")
    return Dose(**parts, as_needed=bool(needed)), last


def _next(text: str, place: int, limit: int, parts: dict[str, str]) -> tuple[str, int, int] | None:
    """The name, beginning and end of the part that stands at `place`; each part is read once."""
    for name, pattern in _PARTS:
        found = None if name in parts else pattern.match(text, place, limit)
        if found and found.end() > place:
            return name, place, found.end()
    return None


_PARTS: Final = (("dose", _AMOUNT), ("route", _ROUTE), ("frequency", _FREQUENCY), ("needed", _NEEDED))
