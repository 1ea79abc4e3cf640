"""OBX-5 by the data type that OBX-2 names."""

import re
from typing import Final

from medai_core.domain.record import Json
from medai_core.records.hl7v2.datatypes import concept, number_of, quantity
from medai_core.records.hl7v2.message import Message
from medai_core.records.hl7v2.syntax import Segment
from medai_core.records.hl7v2.times import clock_of, time_of

_CODED: Final = frozenset({"CE", "CWE", "CNE", "CF", "CD"})
_DATES: Final = frozenset({"DT", "DTM", "TS"})
_BOUNDED: Final = re.compile(r"\s*(<=|>=|<|>|\u2264|\u2265)?\s*([+-]?(?:\d+(?:\.\d*)?|\.\d+))\s*")
_COMPARATORS: Final = {"<", "<=", ">", ">="}
_MATHS: Final = {"\u2264": "<=", "\u2265": ">="}


def value_of(message: Message, obx: Segment, unit: Json, *, repetition: int = 0) -> Json:
    """A `value[x]`; empty where OBX-5 is empty. What does not fit its type is text, with a caution."""
    if not obx.filled(5, repetition):
        return {}
    kind = obx.text(2).upper()
    whole = obx.whole(5, repetition=repetition)
    if kind in _CODED:
        found = concept(obx, 5, repetition=repetition)
        return {"valueCodeableConcept": found} if found else _words(obx, repetition)
    if kind == "NM":
        return _number(whole, unit) or _misfit(message, "number", obx, repetition)
    if kind == "SN":
        return _structured(obx, unit, repetition) or _words(obx, repetition)
    if kind in _DATES:
        at = time_of(whole.split(obx.separators.component)[0], message.offset)
        return {"valueDateTime": at.iso} if at else _misfit(message, "date or time", obx, repetition)
    if kind == "TM":
        clock = clock_of(whole)
        return {"valueTime": clock} if clock else _misfit(message, "time of day", obx, repetition)
    if kind == "CQ":
        number = number_of(obx.text(5, repetition=repetition))
        own = obx.text(5, 2, repetition=repetition)
        return (
            {"valueQuantity": quantity(number, {"unit": own} if own else unit)}
            if number is not None
            else _words(obx, repetition)
        )
    return _untyped(message, obx, unit, repetition)


def _untyped(message: Message, obx: Segment, unit: Json, repetition: int) -> Json:
    """ST and all other types: a number only where a unit stands beside it."""
    kind = obx.text(2).upper()
    if not kind:
        message.say("OBX-2 names no type; the value was read by its form.")
        if obx.text(5, 3, repetition=repetition) and (found := concept(obx, 5, repetition=repetition)):
            return {"valueCodeableConcept": found}
    if kind in ("ST", "") and unit and (found := _number(obx.whole(5, repetition=repetition), unit)):
        return found
    if kind == "XAD" and not any(obx.text(5, n, repetition=repetition) for n in range(2, 7)):
        message.say("OBX-5 is an address without parts; it is kept as text.")
    if kind == "ST":
        words = "\n".join(obx.whole(5, repetition=n) for n in obx.repetitions(5))
        return {"valueString": words} if words else {}
    return _words(obx, repetition)


def _number(text: str, unit: Json) -> Json:
    found = _BOUNDED.fullmatch(text)
    value = number_of(found[2]) if found else None
    if found is None or value is None:
        return {}
    written = found[1] or ""
    return {"valueQuantity": quantity(value, unit, _MATHS.get(written, written))}


def _structured(obx: Segment, unit: Json, repetition: int) -> Json:
    """An SN: `^182`, `<^5`, `^1^-^2` (a range), `^1^:^128` (a ratio), `^2^+`."""
    comparator, first, between, second = (obx.text(5, n, repetition=repetition) for n in (1, 2, 3, 4))
    one, two = number_of(first), number_of(second)
    if one is None:
        return {}
    if two is not None and between == "-" and one <= two and not comparator:
        return {"valueRange": {"low": quantity(one, unit), "high": quantity(two, unit)}}
    if two is not None and between in (":", "/") and not comparator:
        return {"valueRatio": {"numerator": quantity(one, {}), "denominator": quantity(two, {})}}
    if not second and not between and comparator in {"", "=", *_COMPARATORS, *_MATHS}:
        known = _MATHS.get(comparator, comparator.replace("=", "") if comparator == "=" else comparator)
        return {"valueQuantity": quantity(one, unit, known)}
    return {"valueString": " ".join(filter(None, (comparator, first + between, second)))}


def _misfit(message: Message, wanted: str, obx: Segment, repetition: int) -> Json:
    message.say(f"OBX-5 is no {wanted}, as OBX-2 says; it is kept as text.")
    return _words(obx, repetition)


def _words(obx: Segment, repetition: int) -> Json:
    """Whatever stands there as one line of text."""
    whole = obx.whole(5, repetition=repetition)
    marks = obx.separators.component + obx.separators.sub
    words = " ".join(re.sub("[" + re.escape(marks) + "]", " ", whole).split())
    return {"valueString": words} if words else {}


def components_of(message: Message, obx: Segment, unit: Json) -> list[Json]:
    """Repeated values of one observation, each as a component of the same code."""
    code = concept(obx, 3)
    found = (value_of(message, obx, unit, repetition=n) for n in obx.repetitions(5))
    return [{"code": code, **each} for each in found if each]
