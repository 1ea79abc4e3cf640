"""What an Observation or a RiskAssessment measured or states, each with its code and unit."""

import math
from typing import Final

from medai_core.domain.record import Code, Json, Value
from medai_core.records.fhir.codes import UCUM, codings, items, text_of, title_of

_COMPARATORS: Final = ("<", "<=", ">=", ">")
_NO_CODE: Final = Code("", "")


def values_of(resource: Json) -> tuple[Value, ...]:
    """Every value of an Observation (its own and its components') or a RiskAssessment; others have none."""
    match resource.get("resourceType"):
        case "Observation":
            return _observed(resource)
        case "RiskAssessment":
            return tuple(_predicted(each) for each in items(resource.get("prediction")))
        case _:
            return ()


def _observed(observation: Json) -> tuple[Value, ...]:
    """Its own value where it has one or says why it has none, and that of each component."""
    components = [_value(each) for each in items(observation.get("component"))]
    has_own = any(name.startswith("value") for name in observation) or "dataAbsentReason" in observation
    own = [_value(observation)] if has_own else []
    return tuple(own + components)


def _value(holder: Json) -> Value:
    code = next(codings(holder.get("code")), _NO_CODE)
    number, unit, comparator = quantity_of(holder.get("valueQuantity"))
    if number is None and isinstance(whole := holder.get("valueInteger"), int | float):
        number, unit = finite(whole), ""
    low, high = _reference(holder, unit)
    return Value(
        code=code,
        number=number,
        unit=unit,
        text="" if number is not None else _text(holder),
        comparator=comparator,
        low=low,
        high=high,
        interpretation=", ".join(each.code or each.display for each in codings(holder.get("interpretation"))),
    )


def quantity_of(value: object) -> tuple[float | None, str, str]:
    """Number, unit (its UCUM code where the source gives one) and comparator of a Quantity."""
    if not isinstance(value, dict):
        return None, "", ""
    is_ucum = text_of(value.get("system")) == UCUM
    unit = (text_of(value.get("code")) if is_ucum else "") or text_of(value.get("unit"))
    comparator = text_of(value.get("comparator"))
    return (
        finite(value.get("value")),
        unit or text_of(value.get("code")),
        comparator if comparator in _COMPARATORS else "",
    )


def finite(value: object) -> float | None:
    """A JSON number as a float; None for anything else, and for what a float cannot hold."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _reference(holder: Json, unit: str) -> tuple[float | None, float | None]:
    """The one range that is for the patient and in the value's unit; of several nobody knows which."""
    fitting = [
        each
        for each in items(holder.get("referenceRange"))
        if (isinstance(each.get("low"), dict) or isinstance(each.get("high"), dict)) and _is_usual(each)
    ]
    if len(fitting) != 1:
        return None, None
    (low, low_unit, _), (high, high_unit, _) = (quantity_of(fitting[0].get(end)) for end in ("low", "high"))
    return (
        low if low_unit in ("", unit) else None,
        high if high_unit in ("", unit) else None,
    )


def _is_usual(reference: Json) -> bool:
    kinds = [code.code for code in codings(reference.get("type")) if code.code]
    return not kinds or "normal" in kinds


def _text(holder: Json) -> str:
    """A value that is no number, in words."""
    for name, value in holder.items():
        if name.startswith("value") and name != "valueQuantity":
            return _said(value)
    return ""


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return _described(value)
    return value if isinstance(value, str) else ""


def _described(value: Json) -> str:
    """A Ratio, Range, Period, SampledData or CodeableConcept in words."""
    if "numerator" in value:
        return f"{_amount(value['numerator'])} : {_amount(value.get('denominator'))}"
    if "origin" in value:
        return "sampled data"
    if ends := [_amount(value[end]) for end in ("low", "high") if end in value]:
        return " to ".join(ends) if len(ends) == 2 else f"{'from' if 'low' in value else 'up to'} {ends[0]}"
    if "start" in value or "end" in value:
        return " to ".join(text_of(value.get(end)) or "?" for end in ("start", "end"))
    return title_of(value)


def _amount(value: object) -> str:
    number, unit, comparator = quantity_of(value)
    if number is None:
        return "?"
    return f"{comparator}{number:g} {unit}".strip()


def _predicted(prediction: Json) -> Value:
    """One outcome of a RiskAssessment: its probability (0..1), or its range in words."""
    code = next(codings(prediction.get("outcome")), _NO_CODE)
    number = finite(prediction.get("probabilityDecimal"))
    words = _said(prediction["probabilityRange"]) if "probabilityRange" in prediction else ""
    return Value(
        code=code,
        number=number,
        unit="1" if number is not None else "",
        text=words or ("" if number is not None else title_of(prediction.get("qualitativeRisk"))),
        interpretation=title_of(prediction.get("qualitativeRisk")),
    )
