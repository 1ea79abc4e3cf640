"""Right-to-left words in a left-to-right document: Arabic letters joined, runs put in drawing order.

A small part of Unicode's bidirectional algorithm (UAX 9), enough for names and plain sentences: runs of
right-to-left letters, with the neutral characters between them, are reversed; numbers inside keep their
order; brackets are mirrored. Explicit embeddings and isolates are removed and have no effect. Letters join by
the presentation forms of Unicode, which hold Arabic, Persian and Urdu; other letters stand alone.
"""

import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Final

_RIGHT_TO_LEFT: Final = frozenset({"R", "AL"})
_LEFT_TO_RIGHT: Final = frozenset({"L"})
_NUMBERS: Final = frozenset({"EN", "AN"})
_MIRRORED: Final = str.maketrans("()[]{}<>\u00ab\u00bb", ")(][}{><\u00bb\u00ab")
_CONTROLS: Final = dict.fromkeys(
    [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)], None
)
_JOINERS: Final = {0x200C: None, 0x200D: None}
"""They part or join letters, and have done so before anything is drawn."""
_LAM: Final = "\u0644"


def has_right_to_left(text: str) -> bool:
    """Whether any letter of `text` runs from right to left."""
    return any(unicodedata.bidirectional(character) in _RIGHT_TO_LEFT for character in text)


def starts_right_to_left(text: str) -> bool:
    """Whether the first letter of `text` runs from right to left, which makes a right-to-left paragraph."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in _RIGHT_TO_LEFT:
            return True
        if kind in _LEFT_TO_RIGHT:
            return False
    return False


def visual(line: str, *, right_to_left: bool = False) -> str:
    """One line in the order in which its glyphs are drawn from left to right.

    `right_to_left` is the direction of the paragraph that the line belongs to.
    """
    clusters = _clusters(_join_arabic(line.translate(_CONTROLS)).translate(_JOINERS))
    levels = _levels([unicodedata.bidirectional(cluster[0]) for cluster in clusters], right_to_left)
    drawn = [
        cluster.translate(_MIRRORED) if level % 2 else cluster
        for cluster, level in zip(clusters, levels, strict=True)
    ]
    for threshold in range(max(levels, default=0), 0, -1):
        _reverse_runs(drawn, levels, threshold)
    return "".join(drawn)


def wrap(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """`text` in lines no wider than `width` where its words allow, in reading order; `measure` as `width`."""
    lines: list[str] = []
    current = ""
    for word in text.split(" "):
        longer = f"{current} {word}" if current else word
        if current and measure(longer) > width:
            lines.append(current)
            longer = word
        current = longer
    return [*lines, current]


def _levels(kinds: list[str], right_to_left: bool) -> list[int]:
    """Embedding levels, odd where right to left (UAX 9: W4, W5, W7, N1, N2, I1, I2)."""
    base = "R" if right_to_left else "L"
    sides = _sides(_with_separators(kinds), base)
    level_of = {"L": 2 if right_to_left else 0, "R": 1, "N": 2}
    levels: list[int] = []
    before = base
    for index, side in enumerate(sides):
        if side is not None:
            before = side
            levels.append(level_of[side])
            continue
        after = next((other for other in sides[index + 1 :] if other is not None), base)
        around = {"L" if edge == "L" else "R" for edge in (before, after)}
        levels.append(level_of[around.pop() if len(around) == 1 else base])
    return levels


def _sides(kinds: list[str], base: str) -> list[str | None]:
    """L, R, N (a number among right-to-left letters) or None for neutral; a number after L counts as L."""
    sides: list[str | None] = []
    strong = base
    for kind in kinds:
        if kind in _LEFT_TO_RIGHT or kind in _RIGHT_TO_LEFT:
            strong = "L" if kind in _LEFT_TO_RIGHT else "R"
            sides.append(strong)
        elif kind in _NUMBERS:
            sides.append("L" if strong == "L" else "N")
        else:
            sides.append(None)
    return sides


def _with_separators(kinds: list[str]) -> list[str]:
    """A single separator between two numbers, and a sign beside a number, belong to the number."""
    resolved = list(kinds)
    for index, kind in enumerate(kinds):
        neighbours = [kinds[other] for other in (index - 1, index + 1) if 0 <= other < len(kinds)]
        numeric = [neighbour in _NUMBERS for neighbour in neighbours]
        if (kind in {"CS", "ES"} and len(numeric) == 2 and all(numeric)) or (kind == "ET" and any(numeric)):
            resolved[index] = "EN"
    return resolved


def _reverse_runs(drawn: list[str], levels: list[int], threshold: int) -> None:
    start = 0
    while start < len(drawn):
        if levels[start] < threshold:
            start += 1
            continue
        end = start
        while end < len(drawn) and levels[end] >= threshold:
            end += 1
        drawn[start:end] = drawn[start:end][::-1]
        levels[start:end] = levels[start:end][::-1]
        start = end


def _clusters(text: str) -> list[str]:
    """Letters with the marks that stand on them, so that a reversal keeps both together."""
    clusters: list[str] = []
    for character in text:
        if clusters and unicodedata.combining(character):
            clusters[-1] += character
        else:
            clusters.append(character)
    return clusters


@cache
def _forms() -> dict[tuple[str, str], str]:
    """(letters, "isolated" | "final" | "initial" | "medial") -> joined glyph, from Unicode's own table."""
    forms: dict[tuple[str, str], str] = {}
    for code in (*range(0xFB50, 0xFC00), *range(0xFE80, 0xFEFD)):
        form, *letters = unicodedata.decomposition(chr(code)).split() or [""]
        forms["".join(chr(int(letter, 16)) for letter in letters), form.strip("<>")] = chr(code)
    return forms


def _join_arabic(text: str) -> str:
    clusters = _ligated(_clusters(text))
    joined: list[str] = []
    for index, cluster in enumerate(clusters):
        letters, marks = _split_marks(cluster)
        if (letters, "isolated") not in _forms():
            joined.append(cluster)
            continue
        before = index > 0 and _joins_forward(_split_marks(clusters[index - 1])[0])
        after = (
            _joins_forward(letters)
            and index + 1 < len(clusters)
            and (_split_marks(clusters[index + 1])[0], "final") in _forms()
        )
        form = {(0, 0): "isolated", (1, 0): "final", (0, 1): "initial", (1, 1): "medial"}[before, after]
        joined.append(_forms().get((letters, form), letters) + marks)
    return "".join(joined)


def _ligated(clusters: list[str]) -> list[str]:
    """Lam and alef, which always form one glyph, as one cluster."""
    ligated: list[str] = []
    for cluster in clusters:
        if ligated and ligated[-1] == _LAM and (_LAM + cluster[0], "isolated") in _forms():
            ligated[-1] += cluster
        else:
            ligated.append(cluster)
    return ligated


def _split_marks(cluster: str) -> tuple[str, str]:
    letters = "".join(character for character in cluster if not unicodedata.combining(character))
    return letters, "".join(character for character in cluster if unicodedata.combining(character))


def _joins_forward(letters: str) -> bool:
    return letters == "\u0640" or (letters, "initial") in _forms()
