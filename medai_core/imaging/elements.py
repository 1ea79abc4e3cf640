"""Single header values, read tolerantly: what cannot be read is a notice, never a failure."""

import math
import struct
from collections.abc import Iterable, Sequence
from datetime import date, time, timedelta
from functools import cache
from typing import Any, Final

from medai_core.domain.people import PersonName
from medai_core.imaging import text as dicom_text
from medai_core.imaging.quiet import quiet

_BINARY: Final = {"US": "H", "SS": "h", "UL": "L", "SL": "l", "FL": "f", "FD": "d", "UV": "Q", "SV": "q"}
_TEXT: Final = frozenset("AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT".split())
_MAX_NUMBERS: Final = 1 << 20
_EARLIEST: Final = date(1880, 1, 1)


class Elements:
    """The values of one data set or sequence item by DICOM keyword, each read without raising.

    `notices` collects a sentence for every value that was there but could not be read.
    """

    def __init__(
        self,
        dataset: Any,
        *,
        notices: list[str],
        encodings: Sequence[str] = ("iso8859",),
        big_endian: bool = False,
    ) -> None:
        self._dataset = dataset
        self._big_endian = big_endian
        self.notices = notices
        self.encodings = tuple(encodings)
        terms = self.strings("SpecificCharacterSet")
        if terms:
            self.encodings, known = dicom_text.encodings_of(terms)
            if not known:
                self.note("The declared character set is unknown; names may be shown wrongly.")

    def note(self, sentence: str) -> None:
        """Tell the reader something once."""
        if sentence not in self.notices:
            self.notices.append(sentence)

    def raw(self, keyword: str) -> tuple[str, Any] | None:
        """(VR, value as stored): bytes, or a converted value where the parser had to; None where absent."""
        tag, dictionary = _entry(keyword)
        element = self._dataset.get_item(tag, keep_deferred=True)
        if element is None or element.value is None:
            return None
        vr = str(element.VR) if element.VR in _BINARY or element.VR in _TEXT else dictionary
        return vr, element.value

    def bytes(self, keyword: str) -> bytes:
        """The stored bytes; empty where absent or converted."""
        found = self.raw(keyword)
        return found[1] if found and isinstance(found[1], bytes) else b""

    def text(self, keyword: str) -> str:
        """One text value, trimmed; empty where absent."""
        found = self.raw(keyword)
        if found is None:
            return ""
        value = found[1]
        if not isinstance(value, bytes):
            return str(value)
        plain = dicom_text.decoded(value, self.encodings)
        if "\N{REPLACEMENT CHARACTER}" in plain:
            self.note("A text in the header does not fit the declared character set.")
        return plain.strip()

    def strings(self, keyword: str) -> tuple[str, ...]:
        """The values of a code string or UID, which are ASCII; empty where absent."""
        plain = self.bytes(keyword).decode("latin-1")
        return tuple(part.strip(" \0") for part in plain.split("\\")) if plain.strip(" \0") else ()

    def code(self, keyword: str) -> str:
        """The first code string in capitals, at most 64 characters; empty where absent."""
        found = self.strings(keyword)
        return "".join(letter for letter in found[0] if letter.isprintable())[:64].upper() if found else ""

    def uid(self, keyword: str) -> str:
        """A UID of digits and points; anything else is told and left out."""
        found = self.strings(keyword)
        if not found:
            return ""
        value = found[0][:64]
        if not value or not all(letter in "0123456789." for letter in value):
            self.note(f"{_words(keyword)} is not a valid identifier and was left out.")
            return ""
        return value

    def name(self, keyword: str) -> PersonName:
        """A person's name in its three groups."""
        return dicom_text.person_name(self.bytes(keyword), self.encodings)

    def numbers(self, keyword: str) -> tuple[float, ...]:
        """All finite numbers of an element, text or binary; empty where absent or unreadable."""
        found = self.raw(keyword)
        if found is None:
            return ()
        vr, value = found
        try:
            values = self._parsed(vr, value)
        except (ValueError, TypeError, struct.error):
            self.note(f"{_words(keyword)} is not a number and was left out.")
            return ()
        if not all(math.isfinite(number) for number in values):
            self.note(f"{_words(keyword)} is not a finite number and was left out.")
            return ()
        return values

    def number(self, keyword: str) -> float | None:
        """The first number, or None."""
        found = self.numbers(keyword)
        return found[0] if found else None

    def integer(self, keyword: str) -> int | None:
        """The first number as an integer, or None."""
        found = self.number(keyword)
        return None if found is None or abs(found) > 2**53 else int(found)

    def words(self, keyword: str) -> tuple[int, ...]:
        """Unsigned 16-bit words, whatever the VR says (look-up tables)."""
        raw = self.bytes(keyword)[: 2 * _MAX_NUMBERS]
        count = len(raw) // 2
        return struct.unpack(f"{'>' if self._big_endian else '<'}{count}H", raw[: 2 * count])

    def day(self, keyword: str) -> date | None:
        """A date (DA), also in the old form with points; None where absent or impossible."""
        found = self.strings(keyword)
        if not found:
            return None
        digits = found[0].replace(".", "").replace("-", "").replace("/", "")[:8]
        try:
            value = date(int(digits[:4]), int(digits[4:6]), int(digits[6:8])) if len(digits) == 8 else None
        except ValueError:
            value = None
        if value is None or value < _EARLIEST:
            self.note(f"{_words(keyword)} is not a possible date and was left out.")
            return None
        return value

    def clock(self, keyword: str) -> time | None:
        """A time of day (TM); None where absent or impossible."""
        found = self.strings(keyword)
        if not found:
            return None
        digits = found[0].replace(":", "").split(".")[0].ljust(6, "0")[:6]
        try:
            return time(int(digits[:2]), int(digits[2:4]), min(int(digits[4:6]), 59))
        except ValueError:
            self.note(f"{_words(keyword)} is not a possible time and was left out.")
            return None

    def items(self, keyword: str, *, most: int = 16) -> tuple["Elements", ...]:
        """The first items of a sequence; empty where absent or unreadable."""
        quiet()
        tag = _entry(keyword)[0]
        try:
            if tag not in self._dataset:
                return ()
            sequence: Iterable[Any] = self._dataset[tag].value or ()
            found = [item for item, _ in zip(sequence, range(most), strict=False)]
        except Exception:  # the parser's errors on broken bytes share no base class
            self.note(f"{_words(keyword)} could not be read and was left out.")
            return ()
        return tuple(self._child(item) for item in found if hasattr(item, "get_item"))

    def _child(self, item: Any) -> "Elements":
        return Elements(item, notices=self.notices, encodings=self.encodings, big_endian=self._big_endian)

    def _parsed(self, vr: str, value: Any) -> tuple[float, ...]:
        if not isinstance(value, bytes):
            parts = value if isinstance(value, list | tuple) else [value]
            return tuple(float(part) for part in parts)
        if vr in _TEXT:
            plain = value[:_MAX_NUMBERS].decode("ascii", "replace").strip(" \0")
            return tuple(float(part.strip(" \0")) for part in plain.split("\\") if part.strip(" \0"))
        letter = _BINARY.get(vr, "H")
        size = struct.calcsize(f"={letter}")
        count = min(len(value) // size, _MAX_NUMBERS)
        return struct.unpack(f"{'>' if self._big_endian else '<'}{count}{letter}", value[: count * size])


@cache
def _entry(keyword: str) -> tuple[Any, str]:
    """Tag and VR of a keyword in the standard's dictionary."""
    from pydicom.datadict import dictionary_VR, tag_for_keyword
    from pydicom.tag import BaseTag

    tag = tag_for_keyword(keyword)
    assert tag is not None, keyword
    return BaseTag(tag), str(dictionary_VR(tag))


def age_years(elements: Elements, birth: date | None, studied: date | None) -> float | None:
    """PatientAge (0010,1010) in years, else the time from birth to study.

    None where neither is told, and where the two are more than 18 months apart: then neither is believed.
    """
    told = _told_age(elements)
    counted = (studied - birth) / timedelta(days=365.25) if birth and studied and studied >= birth else None
    if birth and studied and studied < birth:
        elements.note("The study date lies before the birth date; the age was not counted from them.")
    if told is None:
        return counted
    if counted is not None and abs(told - counted) > 1.5:
        elements.note(
            "The age in the header does not fit the birth date and the study date; neither was used."
        )
        return None
    return told


def _told_age(elements: Elements) -> float | None:
    value = elements.code("PatientAge")
    if not value:
        return None
    per_year = {"Y": 1.0, "M": 12.0, "W": 365.25 / 7, "D": 365.25}.get(value[-1])
    if per_year is None or not value[:-1].strip().isdecimal() or len(value) > 5:
        elements.note("The age in the header is not in DICOM's form and was left out.")
        return None
    years = int(value[:-1]) / per_year
    if years > 130:
        elements.note("The age in the header is impossible and was left out.")
        return None
    return years


def _words(keyword: str) -> str:
    """ "PatientBirthDate" as "Patient Birth Date"."""
    return "".join(f" {letter}" if letter.isupper() else letter for letter in keyword).strip()
