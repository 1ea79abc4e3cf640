"""Separators, escape sequences, and one way to ask a segment for a field (HL7 v2.8.2, chapter 2)."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from medai_core.domain.refusal import Refusal
from medai_core.records.hl7v2.charset import decoded
from medai_core.records.hl7v2.framing import RawMessage

NULL: Final = '""'
"""HL7's "delete what you had" (2.5.3): there is no value."""

_NAME: Final = re.compile(r"[A-Z][A-Z0-9]{2}", re.ASCII)
_AT_ONCE: Final = 400
"""Segments that are parsed together: a message of any length stays within bounds."""


@dataclass(frozen=True, slots=True)
class Separators:
    """MSH-1 and MSH-2."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    sub: str = "&"

    @property
    def encoding(self) -> str:
        """MSH-2."""
        return self.component + self.repetition + self.escape + self.sub


def separators_of(header: str) -> Separators:
    """Separators that an MSH segment declares; raises Refusal "hl7-separators" where it has none to use."""
    field, _, rest = header[3:4], header[:4], header[4:]
    encoding = rest.split(field, 1)[0] if field else ""
    if not field or not encoding:
        raise _refused(
            "MSH-1 and MSH-2 with the separators", "none in MSH-1" if not field else "an empty MSH-2"
        )
    standard = Separators().encoding
    used = encoding[:4] + standard[len(encoding[:4]) :]
    if len({field, *used}) < 5 or any(not _can_separate(each) for each in field + used):
        raise _refused(
            "five different separators in MSH-1 and MSH-2", "letters, digits or one character twice"
        )
    return Separators(field, *used)


def _can_separate(character: str) -> bool:
    return not character.isalnum() and not character.isspace() and character.isprintable()


def _refused(expected: str, found: str) -> Refusal:
    return Refusal(
        "hl7-separators",
        expected=expected,
        found=found,
        what_to_do="Ask the sender for the message as HL7 v2 prescribes it.",
    )


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; fields, components and subcomponents count from 1 as in the standard.

    `index` counts segments of this name from 1, `place` all segments of the message from 0.
    """

    name: str
    index: int
    place: int
    parts: Any
    separators: Separators
    encoding: str

    def text(self, field: int, component: int = 1, sub: int = 1, *, repetition: int = 0) -> str:
        """One subcomponent, unescaped and without outer spaces; empty where it is missing or null."""
        found = _part(_part(_part(self._field(field), repetition), component - 1), sub - 1)
        return "" if found == NULL else self._unescaped(str(found)).strip()

    def whole(self, field: int, *, repetition: int = 0) -> str:
        """A repetition as it stands, unescaped; for text whose sender forgot to escape separators."""
        found = str(_part(self._field(field), repetition))
        return "" if found == NULL else self._unescaped(found).strip()

    def component(self, field: int, component: int, *, repetition: int = 0) -> str:
        """A component as it stands, its subcomponents included."""
        found = str(_part(_part(self._field(field), repetition), component - 1))
        return "" if found == NULL else self._unescaped(found).strip()

    def repetitions(self, field: int) -> range:
        """Indices of the field's repetitions that hold something."""
        count = len(self._field(field)) if not isinstance(self._field(field), str) else 1
        last = max((i for i in range(count) if self.filled(field, i)), default=-1)
        return range(last + 1)

    def filled(self, field: int, repetition: int = 0) -> bool:
        """Whether a repetition says anything but separators."""
        found = str(_part(self._field(field), repetition))
        bare = found.strip(self.separators.component + self.separators.sub + " ")
        return bare not in ("", NULL)

    def deleted(self, field: int) -> bool:
        """Whether the sender says that there is no value any more."""
        return str(_part(self._field(field), 0)).strip() == NULL

    def _field(self, number: int) -> Any:
        return self.parts[number] if number < len(self.parts) else ""

    def _unescaped(self, text: str) -> str:
        return unescaped(text, self.separators, self.encoding) if self.separators.escape in text else text


def _part(node: Any, index: int) -> Any:
    if isinstance(node, str):
        return node if index == 0 else ""
    return node[index] if 0 <= index < len(node) else ""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message's segments, the cautions of reading them, and those that cannot be read, by name."""

    segments: tuple[Segment, ...]
    cautions: tuple[str, ...]
    unread: tuple[tuple[str, str], ...]
    """(segment name, why) of segments that are there and cannot be read."""


def parsed(raw: RawMessage) -> Parsed:
    """The segments of a message; raises Refusal where MSH-1 or MSH-2 say nothing that can be used."""
    declared = _declared_charset(raw.segments[0])
    text, encoding, caution = decoded(b"\r".join(raw.segments), declared)
    lines = [line for line in text.split("\r") if line.strip()]
    separators = separators_of(lines[0])
    good, unread = [lines[0]], [(name, "is longer than we read") for name in raw.oversized]
    for line in lines[1:]:
        wrong = line[3:4] not in ("", separators.field) and _NAME.match(line)
        if wrong:
            unread.append((line[:3], "does not use the field separator of MSH-1"))
        else:
            good.append(line)
    cautions = [caution] if caution else []
    if raw.continued:
        cautions.append("Lines that begin with no segment name were read as the end of the segment before.")
    return Parsed(tuple(_segments(good, separators, encoding)), tuple(cautions), tuple(unread))


def _declared_charset(header: bytes) -> str:
    fields = header[4:].split(header[3:4]) if len(header) > 4 and header[3:4].isascii() else []
    declared = fields[16].decode("ascii", "replace") if len(fields) > 16 else ""
    repetition = fields[0][1:2].decode("ascii", "replace") if fields else ""
    return declared.split(repetition)[0] if repetition else declared


def _segments(lines: list[str], separators: Separators, encoding: str) -> Iterator[Segment]:
    import hl7

    header = f"MSH{separators.field}{separators.encoding}{separators.field}"
    own = lines[0][4:].split(separators.field, 1)
    lines = [header + (own[1] if len(own) > 1 else ""), *lines[1:]]
    counts: dict[str, int] = {}
    place = 0
    for start in range(0, len(lines), _AT_ONCE):
        block = lines[start : start + _AT_ONCE]
        parts: Iterable[Any] = hl7.parse("\r".join(block if start == 0 else [header, *block]))
        for segment in list(parts)[0 if start == 0 else 1 :]:
            name = str(segment[0]).strip()[:3]
            counts[name] = counts.get(name, 0) + 1
            yield Segment(name, counts[name], place, segment, separators, encoding)
            place += 1


_LETTERS: Final = {"F": "field", "S": "component", "R": "repetition", "T": "sub", "E": "escape"}
_LAYOUT: Final = re.compile(r"\.(br|sp|fi|nf|in|ti|sk|ce)([+-]?\d{0,3})", re.ASCII)
_HEX: Final = re.compile(r"X((?:[0-9A-Fa-f]{2})+)", re.ASCII)
_SET: Final = re.compile(r"[CM][0-9A-Fa-f]{4,6}", re.ASCII)


def unescaped(text: str, separators: Separators, encoding: str = "utf-8") -> str:
    """Escape sequences of 2.7 replaced: separators, hexadecimal, line breaks and spaces of formatted text.

    What is no escape sequence stays as it is written: a path such as C:\\temp is not eaten.
    """
    mark = separators.escape
    pieces = text.split(mark)
    done, i = [pieces[0]], 1
    while i < len(pieces):
        meaning = _meaning(pieces[i], separators, encoding) if i + 1 < len(pieces) else None
        if meaning is None:
            done.append(mark + pieces[i])
            i += 1
        else:
            done += [meaning, pieces[i + 1]]
            i += 2
    return "".join(done)


def _meaning(sequence: str, separators: Separators, encoding: str) -> str | None:
    """What stands for an escape sequence, without its marks; None where it is none."""
    if sequence in _LETTERS:
        return str(getattr(separators, _LETTERS[sequence]))
    if sequence in ("H", "N") or _SET.fullmatch(sequence):
        return ""
    if found := _HEX.fullmatch(sequence):
        raw = bytes.fromhex(found[1])
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            return raw.decode("latin-1")
    if found := _LAYOUT.fullmatch(sequence):
        amount = abs(int(found[2])) if found[2].strip("+-") else 1
        return {"br": "\n", "sp": "\n" * amount, "ce": "\n", "sk": " " * amount, "in": "", "ti": ""}.get(
            found[1], ""
        )
    return None
