"""ICD-10-CM: codes, descriptions, and the names that a note would say them by.

The table is that of `simple_icd_10_cm` (MIT), which ships the tabular list of the US fiscal year, a US
government work. Reading the package takes seconds, so what notes need of it stands ready in a file beside
this module; a test holds the file against the package.
"""

import gzip
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from medai_core.notes.problem_terms import PROBLEMS

FILE: Final = Path(__file__).with_name("icd10cm_names.tsv.gz")
MAX_WORDS: Final = 5
"""Descriptions of more words are forms for coders, not what a note says."""

_CHAPTERS: Final = frozenset("ABCDEFGHIJKLMNQR")
"""First letters of the codes that are looked for: no injuries, causes, encounters, pregnancy forms."""

_TAIL: Final = re.compile(
    r"(?:, ?| \()?(?:unspecified(?: (?:organism|site|type|cause))?|not otherwise specified|nos|nec|"
    r"not elsewhere classified)\)?$"
)
_FORM: Final = re.compile(
    r"\b(?:other|unspecified|specified|nec|nos|classified|without|with|due|encounter|type|status|stage|and|"
    r"or|in|by|for|to|history|affecting|screening|exposure|contact|drug|poisoning|adverse|effect|use)\b"
    r"|[\[\](),;:/]|-$"
)
_COMMON: Final = frozenset(
    "plague stress worries injury death finding symptom disease disorder syndrome infection contusion "
    "accident deficiency carrier excess counseling smoker other pain abnormal reaction shock coma stupor "
    "delivery twins conditions falls fall block spasm drinking family shortness tension cyst cysts strain "
    "burns burn wart pressure sensation normal senility underdosing isolation homelessness donor urgency "
    "hesitancy illness falling cleft".split()
) | {"low density", "fat pad", "aortic arch", "skin changes", "loss of height", "benign neoplasm"}
"""Descriptions that a note says of other things, or that leave out what matters."""


@lru_cache(maxsize=1)
def table() -> tuple[dict[str, str], dict[str, str]]:
    """Code -> description, and name -> code. A code of our own list may have no name here."""
    displays: dict[str, str] = {}
    codes: dict[str, str] = {}
    with gzip.open(FILE, "rt", encoding="utf-8") as file:
        for line in file:
            code, display, *names = line.rstrip("\n").split("\t")
            displays[code] = display
            for name in names:
                codes.setdefault(name, code)
    return displays, codes


def display(code: str) -> str:
    """The description of a code that notes can give. Raises KeyError for another."""
    return table()[0][code]


def lines_of_package() -> Iterator[str]:
    """The lines of `FILE`, made anew from the package."""
    import warnings

    with warnings.catch_warnings():  # the package asks setuptools for its files
        warnings.simplefilter("ignore")
        import simple_icd_10_cm as package
    own = {line.split(":", 1)[0] for line in PROBLEMS.strip().splitlines()}
    for code in package.get_all_codes(with_dots=True):
        names = _names(package, code) if _looked_for(package, code) else []
        if names or code in own:
            yield "\t".join([code, str(package.get_description(code)), *names])


def write() -> None:
    """Write `FILE` anew; the same bytes for the same table."""
    content = "".join(f"{line}\n" for line in lines_of_package()).encode()
    FILE.write_bytes(gzip.compress(content, mtime=0))


def _looked_for(package: Any, code: str) -> bool:
    return (
        code[0] in _CHAPTERS
        and len(code) <= 7
        and bool(package.is_category_or_subcategory(code))
        and not package.get_children(code)
    )


def _names(package: Any, code: str) -> list[str]:
    terms = [package.get_description(code), *package.get_inclusion_term(code)]
    return list(dict.fromkeys(said for term in terms if (said := _said(str(term)))))


def _said(term: str) -> str:
    """A description as a note would say it, empty where no note would."""
    words = _TAIL.sub("", term.strip().lower())
    words = re.sub(r"^unspecified ", "", words).strip(" ,")
    count = len(words.split())
    if not 1 <= count <= MAX_WORDS or _FORM.search(words):
        return ""
    if words in _COMMON or (count == 1 and len(words) < 6):
        return ""
    return words
