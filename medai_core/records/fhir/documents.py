"""JSON documents read piece by piece: a bundle's entries one at a time, however large the bundle is.

What is complete in a file that breaks off is given; then comes one sentence about the break.
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from medai_core.domain.exact_json import number, whole
from medai_core.domain.record import Json

LARGEST_RESOURCE: Final = 32 * 2**20
"""Characters of one resource, its notes and pictures included."""

TOO_LARGE: Final = (
    f"Expected a resource of at most {LARGEST_RESOURCE // 2**20} MB; found a larger one. "
    "Store its attachment as a file of its own and refer to it."
)
NOT_UTF8: Final = "Expected text in UTF-8; found bytes that are not."
_NO_NUMBER: Final = "Expected numbers that JSON has; found others."

_CHUNK: Final = 2**20
_SPACE: Final = " \t\r\n"
_STRUCTURE: Final = re.compile(r'["\\{}\[\]]')
_STRANGE: Final = re.compile(r"[\ud800-\udfff]|\\u(?:0000|[dD][89a-fA-F])")
_UTF16: Final = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a document: an entry, all else of the document, or what is wrong with it.

    `index` counts the entries; `value` is None where `wrong` says why it cannot be read. The last part of a
    sound document has `index` None and holds its other elements.
    """

    index: int | None
    value: Any = None
    wrong: str = ""
    broken: bool = False
    """Whether nothing can be read after it."""


class _Break(Exception):
    """The document cannot be read further; the message is for a person."""


class _StrangeNumber(Exception):
    """An object or a list here holds a number that is none in JSON, as NaN; it ends where its brackets do."""


def encoding_of(head: bytes) -> str:
    """The encoding that the first bytes of a text show: a byte order mark, or the zeros of UTF-16."""
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head[:2] in _UTF16:
        return _UTF16[head[:2]]
    if len(head) >= 4 and head[1] == 0 and head[3] == 0:
        return "utf-16-le"
    if len(head) >= 4 and head[0] == 0 and head[2] == 0:
        return "utf-16-be"
    return "utf-8"


def parsed(raw: str) -> tuple[Any, str]:
    """The JSON value of a text, and what is wrong with it (empty where nothing is)."""
    if len(raw) > LARGEST_RESOURCE:
        return None, TOO_LARGE
    try:
        value = _DECODER.decode(raw)
    except json.JSONDecodeError:
        return None, "Expected JSON; found a text that breaks its rules."
    except RecursionError:
        return None, "Expected a resource; found JSON that is nested too deeply."
    except ValueError:
        return None, _NO_NUMBER
    return (None, wrong) if (wrong := wrong_text(raw, value)) else (value, "")


def wrong_text(raw: str, value: object) -> str:
    """Why the characters of a text cannot be stored; empty where they can."""
    if _STRANGE.search(raw) is None:
        return ""
    try:
        plain = json.dumps(value, ensure_ascii=False)
        plain.encode()
    except UnicodeEncodeError:
        return NOT_UTF8
    return "Expected text; found a zero character in it." if r"\u0000" in plain else ""


def _constant(name: str) -> Any:
    raise ValueError(name)


_DECODER: Final = json.JSONDecoder(parse_constant=_constant, parse_float=number, parse_int=whole)


@dataclass(slots=True)
class _Scanner:
    """A window that moves over the text of a stream."""

    stream: BinaryIO
    text: str = ""
    position: int = 0
    ended: bool = False
    decoder: Any = field(default=None)

    def fill(self, least: int = _CHUNK) -> bool:
        """Read on; False at the end of the stream."""
        if self.ended:
            return False
        raw = self.stream.read(max(least, _CHUNK))
        if self.decoder is None:
            encoding = encoding_of(raw[:4])
            errors = "surrogateescape" if encoding.startswith("utf-8") else "strict"
            self.decoder = codecs.getincrementaldecoder(encoding)(errors)
        self.ended = not raw
        try:
            more = self.decoder.decode(raw, final=self.ended)
        except UnicodeDecodeError:
            raise _Break("Expected text; found bytes that are none.") from None
        self.text = self.text[self.position :] + more
        self.position = 0
        return True

    def peek(self) -> str:
        """The next character that is no space; empty at the end."""
        while True:
            while self.position < len(self.text):
                if (found := self.text[self.position]) not in _SPACE:
                    return found
                self.position += 1
            if not self.fill():
                return ""

    def take(self, *wanted: str) -> str:
        """The next character, which must be one of these."""
        found = self.peek()
        if found == "":
            raise _Break("The file ends in the middle: a part of it is missing.")
        if found not in wanted:
            raise _Break("Expected JSON; found a text that breaks its rules.")
        self.position += 1
        return found

    def value(self) -> tuple[Any, str]:
        """The next JSON value and what is wrong with it; one that is too large, or that holds numbers which
        JSON has not, is passed over."""
        self.peek()
        try:
            while (found := self._decoded()) is None:
                if len(self.text) - self.position > LARGEST_RESOURCE:
                    self._pass_over()
                    return None, TOO_LARGE
        except _StrangeNumber:
            self._pass_over()
            return None, _NO_NUMBER
        value, end = found
        raw = self.text[self.position : end]
        self.position = end
        return (None, TOO_LARGE) if len(raw) > LARGEST_RESOURCE else (value, wrong_text(raw, value))

    def _decoded(self) -> tuple[Any, int] | None:
        """The value here and its end; None where more had to be read first."""
        try:
            value, end = _DECODER.raw_decode(self.text, self.position)
        except json.JSONDecodeError as error:
            self._read_on(error)
            return None
        except RecursionError:
            raise _Break("Expected a resource; found JSON that is nested too deeply.") from None
        except ValueError:
            is_alone = self.text[self.position] not in "{["
            raise (_Break(_NO_NUMBER) if is_alone else _StrangeNumber) from None
        is_open = end == len(self.text) and not isinstance(value, str | list | dict)
        return None if is_open and self.fill() else (value, end)

    def _read_on(self, error: json.JSONDecodeError) -> None:
        """Read on where the text may simply be cut; give up where it is wrong."""
        is_cut = error.msg.startswith("Unterminated string") or error.pos > len(self.text) - 16
        if not is_cut:
            raise _Break("Expected JSON; found a text that breaks its rules.") from None
        if not self.fill(len(self.text) - self.position):
            raise _Break("The file ends in the middle: a part of it is missing.") from None

    def _pass_over(self) -> None:
        """Go to the end of a value without keeping it."""
        depth, in_string = 0, False
        while True:
            for found in _STRUCTURE.finditer(self.text, self.position):
                if found.start() < self.position:
                    continue
                mark = found[0]
                if in_string:
                    if mark == "\\":
                        self.position = found.start() + 2
                    in_string = mark != '"'
                elif mark == '"':
                    in_string = True
                else:
                    depth += 1 if mark in "{[" else -1
                if depth == 0 and not in_string:
                    self.position = found.end()
                    return
            over = max(self.position - len(self.text), 0)
            self.position = len(self.text)
            if not self.fill():
                raise _Break("The file ends in the middle: a part of it is missing.")
            self.position = over


def parts(stream: BinaryIO) -> Iterator[Part]:
    """The entries of a bundle as they stand in the file, then the rest of the document.

    The elements of a list at the top are given as entries too; a document that is no bundle has none.
    """
    scanner = _Scanner(stream)
    count = 0
    try:
        if scanner.peek() == "[":
            for part in _entries(scanner, 0):
                count += 1
                yield part
            rest: Any = []
        else:
            rest = {}
            for part in _members(scanner, rest):
                count += 1
                yield part
        yield Part(None, rest)
        if scanner.peek():
            yield Part(
                count, wrong="There is more text after the end of the JSON; it was not read.", broken=True
            )
    except _Break as stop:
        yield Part(count, wrong=str(stop), broken=True)


def _members(scanner: _Scanner, rest: Json) -> Iterator[Part]:
    """The entries of an object; its other elements go to `rest`."""
    scanner.take("{")
    count = 0
    if scanner.peek() == "}":
        scanner.position += 1
        return
    while True:
        name, wrong = scanner.value()
        if not isinstance(name, str):
            raise _Break("Expected JSON; found a text that breaks its rules.")
        scanner.take(":")
        if name == "entry" and scanner.peek() == "[":
            for part in _entries(scanner, count):
                count += 1
                yield part
        else:
            rest[name], wrong = scanner.value()
            if wrong:
                raise _Break(wrong)
        if scanner.take(",", "}") == "}":
            return


def _entries(scanner: _Scanner, first: int) -> Iterator[Part]:
    scanner.take("[")
    if scanner.peek() == "]":
        scanner.position += 1
        return
    index = first
    while True:
        value, wrong = scanner.value()
        yield Part(index, value, wrong)
        index += 1
        if scanner.take(",", "]") == "]":
            return
