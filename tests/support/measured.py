"""Values with the mistakes that people and machines make, as FHIR resources."""

from typing import Any

from tests.support.statements import LOINC, patient

UCUM = "http://unitsofmeasure.org"
HEIGHT, WEIGHT, TEMPERATURE, POTASSIUM = "8302-2", "29463-7", "8310-5", "2823-3"
NAMES = {
    HEIGHT: "Body height",
    WEIGHT: "Body weight",
    TEMPERATURE: "Body temperature",
    POTASSIUM: "Potassium",
}
CATEGORY = {POTASSIUM: "laboratory"}


def value(
    key: str,
    code: str,
    number: float,
    unit: str,
    *,
    subject: str = "p1",
    day: str = "2024-05-06",
    **more: Any,
) -> dict[str, Any]:
    """A final Observation of one number."""
    category = {"system": "http://terminology.hl7.org/CodeSystem/observation-category",
                "code": CATEGORY.get(code, "vital-signs")}  # fmt: skip
    quantity = {"value": number} | ({"unit": unit, "system": UCUM, "code": unit} if unit else {})
    return {
        "resourceType": "Observation",
        "id": key,
        "status": "final",
        "category": [{"coding": [category]}],
        "code": {"coding": [{"system": LOINC, "code": code, "display": NAMES.get(code, code)}]},
        "subject": {"reference": f"Patient/{subject}"},
        "effectiveDateTime": f"{day}T08:00:00+00:00",
        "valueQuantity": quantity,
        **more,
    }


def mistaken() -> list[dict[str, Any]]:
    """One adult whose values are right but for one mistake of each kind: ids "wrong-..." are mistakes."""
    found: list[dict[str, Any]] = [patient()]
    for number in range(6):
        day = f"2023-0{number + 1}-10"
        found += [
            value(f"h{number}", HEIGHT, 171.0 + number % 2, "cm", day=day),
            value(f"w{number}", WEIGHT, 81.0 + number % 3, "kg", day=day),
            value(f"t{number}", TEMPERATURE, 36.5 + number / 10, "Cel", day=day),
            value(f"k{number}", POTASSIUM, 4.0 + number / 10, "mmol/L", day=day),
        ]
    day = "2024-01-02"
    return [
        *found,
        value("wrong-temperature", TEMPERATURE, 98.6, "Cel", day=day),
        value("wrong-potassium", POTASSIUM, 45, "mmol/L", day=day),
        value("wrong-height", HEIGHT, 67.5, "cm", day=day),
        value("wrong-weight", WEIGHT, 181, "kg", day=day),
        value("wrong-unit", TEMPERATURE, 37.1, "[degF]", day="2024-01-03"),
        value("swapped-height", HEIGHT, 82, "cm", day="2024-02-02"),
        value("swapped-weight", WEIGHT, 171, "kg", day="2024-02-02"),
    ]
