"""JSON whose numbers go out as they came in: 7.40 stays 7.40, for the zeros say how exact it was measured.

read, number, whole, measured: in. canonical, written: out. A number that a float would write otherwise is an
`Exact`: it counts as the float that it is and remembers its text.
"""

import json
import re
from typing import Any, Final

_MARK: Final = "\ud800#"
"""Half a letter, which no text that is stored holds: it marks a number's text among the strings."""
_MARKED: Final = re.compile(r'"(?:\ud800|\\ud800)#([^"]*)"')
_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


class Exact(float):
    """A float with the text that it was read from."""

    __slots__ = ("text",)
    text: str

    def __new__(cls, text: str) -> "Exact":
        """From a number as JSON writes it."""
        self = super().__new__(cls, text)
        self.text = text
        return self

    def __getnewargs__(self) -> tuple[str]:  # type: ignore[override]
        """For copies."""
        return (self.text,)


def number(text: str) -> float:
    """The number of a JSON text with a fraction or an exponent."""
    plain = float(text)
    return plain if repr(plain) == text else Exact(text)


def whole(text: str) -> int | float:
    """The number of a JSON text without: minus zero alone is none that an int can hold."""
    return int(text) if text != "-0" else Exact(text)


def measured(text: str) -> float | None:
    """The number of a decimal text from elsewhere; exact where JSON writes it so, None where it is none."""
    if _NUMBER.fullmatch(text) is not None:
        return number(text)
    try:
        return float(text)
    except ValueError:
        return None


_DECODER: Final = json.JSONDecoder(parse_float=number, parse_int=whole)
_ASCII: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"))
_PLAIN: Final = json.JSONEncoder(ensure_ascii=False, allow_nan=False)


def read(text: str | bytes) -> Any:
    """The document; raises as `json.loads`."""
    if isinstance(text, bytes):
        return json.loads(text, parse_float=number, parse_int=whole)
    return _DECODER.decode(text)


def canonical(document: Any) -> str:
    """The document in ASCII, the same text whatever the order of its elements."""
    return _encoded(_ASCII, document)


def written(document: Any) -> str:
    """The document for a file; raises ValueError for numbers that JSON has not."""
    return _encoded(_PLAIN, document)


def _encoded(encoder: json.JSONEncoder, document: Any) -> str:
    if not _holds_exact(document):
        return encoder.encode(document)
    return _MARKED.sub(r"\1", encoder.encode(_marked(document)))


def _holds_exact(value: Any) -> bool:
    kind = type(value)
    if kind is dict:
        return any(map(_holds_exact, value.values()))
    if kind is list:
        return any(map(_holds_exact, value))
    return kind is Exact


def _marked(value: Any) -> Any:
    """The document with texts that say so in place of exact numbers."""
    if isinstance(value, dict):
        return {name: _marked(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_marked(each) for each in value]
    return _MARK + value.text if isinstance(value, Exact) else value
