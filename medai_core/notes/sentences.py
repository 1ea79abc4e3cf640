"""Where sentences of clinical text begin and end.

Not only at full stops: at list items, at heads, and where a scrape turned line ends into commas. Not at
abbreviations, decimals, initials, and lines that were only wrapped.
"""

import re
from typing import Final

from medai_core.notes.items import Span

_SHORT: Final = frozenset(
    (
        "dr mr mrs ms prof st vs no nos approx dept fig pt pts jr sr e.g i.e a.m p.m p.o "
        "q.d b.i.d t.i.d q.i.d q.h.s "
        "h.s p.r.n q.a.m q.p.m a.c p.c i.v i.m s.c w.o q.o.d cc inc etc al temp resp wt ht "
        "ext lt rt bilat dx hx tx "
        "rx sx fx m.d d.o r.n ph.d u.s v.a ft in oz lb lbs cm mm mg mcg ml hr hrs min mins "
        "sec wk wks mo mos yr yrs "
        "b.p o.d o.s o.u c.c p.c.p e.r c.t e.d e.n.t g.i g.u ob gyn n.p.o s.o.b h.o op preop postop ant post"
    ).split()
)
"""Words whose full stop ends no sentence where a small letter, a digit or nothing telling comes next."""

_TITLES: Final = frozenset("dr mr mrs ms prof st vs no fig e.g i.e pt".split())
"""Words whose full stop never ends a sentence."""

_END: Final = re.compile(r"[.!?]+[\"')\]]*(?=\s|,|$)|\n")
_ITEM: Final = re.compile(r",\s*(?=\d{1,2}[.)]\s{1,3}\S)")
_LAST_WORD: Final = re.compile(r"([A-Za-z](?:[A-Za-z]|\.(?=[A-Za-z]))*)$")
_NUMBER: Final = re.compile(r"(?:^|[\s,:])\d{1,2}$")
_NEW_LINE: Final = re.compile(r"\s*(?:[-*•>#]|\d{1,2}[.)]\s|[A-Za-z][\w /&()-]{1,40}:)|\s*\n|\s*$")
WRAPPED: Final = 50
"""A line shorter than this was not wrapped: its end is the end of a sentence."""


def sentences(text: str, start: int = 0, end: int | None = None) -> list[Span]:
    """The sentences of ``text[start:end]``, in order, without the white space around them."""
    stop = len(text) if end is None else end
    found: list[Span] = []
    begin = start
    for place in _ends(text, start, stop):
        _add(found, text, begin, place)
        begin = place
    _add(found, text, begin, stop)
    return found


def _add(found: list[Span], text: str, start: int, end: int) -> None:
    while start < end and (text[start].isspace() or text[start] == ","):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        found.append((start, end))


def _ends(text: str, start: int, stop: int) -> list[int]:
    places = {one.end() for one in _ITEM.finditer(text, start, stop)}
    line = start
    for found in _END.finditer(text, start, stop):
        if found[0] == "\n":
            if _ends_line(text, line, found.start(), stop):
                places.add(found.end())
            line = found.end()
        elif _ends_sentence(text, start, found, stop):
            places.add(found.end())
    return sorted(places)


def _ends_line(text: str, line: int, at: int, stop: int) -> bool:
    """Whether a line's end is a sentence's: a list, a head, an empty or a short line."""
    before = text[line:at].strip()
    if not before or before[-1] in ".:;?!" or len(before) < WRAPPED:
        return True
    return _NEW_LINE.match(text, at + 1, stop) is not None


def _ends_sentence(text: str, start: int, found: re.Match[str], stop: int) -> bool:
    if found[0][0] != ".":  # "? pneumonia" asks, it does not end
        return found.start() > start and not text[found.start() - 1].isspace()
    before = text[max(start, found.start() - 20) : found.start()]
    after = text[found.end() : min(found.end() + 4, stop)]
    if _NUMBER.search(before) and after[:1].isspace() and re.match(r"\s+[A-Za-z]", after):
        return not re.search(r"(?:^|[\n,:]|\s{2}|[.;]\s)\s*\d{1,2}$", before)
    word = _LAST_WORD.search(before)
    if word is None:
        return True
    last = word[1].lower()
    if last in _TITLES or (
        len(last) == 1 and word[1].isupper() and before[: word.start(1)].endswith((" ", "."))
    ):
        return last not in _TITLES and not after.strip(" ,")
    if last in _SHORT:
        following = after.lstrip(" ,")
        return bool(following) and following[0].isupper()
    return True
