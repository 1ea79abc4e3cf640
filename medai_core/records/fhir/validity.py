"""Whether a resource is FHIR R4, in words for the person who has to have it mended.

R4 (4.0.1) has no models of its own in `fhir.resources`; those of R4B (4.3.0) are used. What is lenient:

- the resource types of 4.0.1 that 4.3.0 no longer has, and the two that it rewrote (Evidence,
  EvidenceVariable), are kept as they came, unchecked, with a caution;
- a time without seconds or without an offset from UTC is understood (UTC is assumed), with a caution;
- codes are not compared with their value sets: a status that R4 does not know is kept and not used
  (`standing`);
- an id may be longer than 64 characters, up to the 255 of the models.

What R4 does not have is refused: unknown elements, elements and shapes of R5, numbers or truth values
written as text, required elements that are missing.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from medai_core.domain.record import Json
from medai_core.records.fhir.primitives import Grade
from medai_core.records.fhir.structure import Problem, Walked, model_of, resource_form, walk

_R4_ALONE: Final = frozenset(
    "CatalogEntry EffectEvidenceSynthesis MedicinalProduct MedicinalProductAuthorization "
    "MedicinalProductContraindication MedicinalProductIndication MedicinalProductIngredient "
    "MedicinalProductInteraction MedicinalProductManufactured MedicinalProductPackaged "
    "MedicinalProductPharmaceutical MedicinalProductUndesirableEffect RiskEvidenceSynthesis "
    "SubstanceNucleicAcid SubstancePolymer SubstanceProtein SubstanceReferenceInformation "
    "SubstanceSourceMaterial SubstanceSpecification".split()
)
_REWRITTEN: Final = frozenset({"Evidence", "EvidenceVariable"})
_ABSTRACT: Final = frozenset({"Resource", "DomainResource"})
_UNCHECKED: Final = "{0} is of FHIR 4.0.1 alone: kept as it came, unchecked."
_LOOSE: Final = "{0}: a time without seconds or without an offset; UTC is assumed where there is none."
_RELEASES: Final = (("", "R5"), ("STU3", "STU3"))
_MOST_SAID: Final = 3


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong with a resource: `refused` is empty where it may go in."""

    refused: str = ""
    cautions: tuple[str, ...] = ()
    references: tuple[str, ...] = ()


def verdict_of(resource: object, *, lenient: bool = True) -> Verdict:
    """Check one resource. No sentence repeats a value of the resource.

    What is let through with a caution is refused where `lenient` is False.
    """
    verdict = _checked(resource)
    if lenient or not verdict.cautions:
        return verdict
    return Verdict("; ".join(verdict.cautions))


def _checked(resource: object) -> Verdict:
    if not isinstance(resource, dict):
        return Verdict("Expected a FHIR resource, an object with a resourceType; found something else.")
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or not kind:
        return Verdict("Expected a FHIR resource; found an object without resourceType.")
    if kind in _R4_ALONE:
        return Verdict(cautions=(_UNCHECKED.format(kind),))
    form = resource_form(kind) if kind not in _ABSTRACT else None
    if form is None:
        return Verdict(_no_such_type(kind))
    walked = walk(resource, form)
    if not walked.problems:
        return Verdict(references=tuple(walked.references))
    return _judged(resource, kind, walked)


def _judged(resource: Json, kind: str, walked: Walked) -> Verdict:
    """What the walk was not certain of is decided by the model; what is of another type is refused."""
    references = tuple(walked.references)
    loose = [problem for problem in walked.problems if problem.grade is Grade.LOOSE]
    serious = [problem for problem in walked.problems if problem.grade is not Grade.LOOSE]
    cautions = tuple(dict.fromkeys(_LOOSE.format(problem.path) for problem in loose))
    if all(problem.grade is Grade.DOUBT for problem in serious) and (
        not serious or _fits(resource, kind, loose)
    ):
        return Verdict(cautions=cautions, references=references)
    if kind in _REWRITTEN:
        return Verdict(cautions=(_UNCHECKED.format(kind),), references=references)
    return Verdict(_sentence(resource, kind, serious))


def _fits(resource: Json, kind: str, loose: list[Problem]) -> bool:
    """Whether the R4B model takes the resource. Loose times beside a doubt leave no way to ask it."""
    return not loose and _accepts(resource, kind, "R4B")


def _accepts(resource: Json, kind: str, release: str) -> bool:
    from pydantic import ValidationError

    model = model_of(kind, release)
    if model is None:
        return False
    try:
        model.model_validate(resource)
    except (ValidationError, ValueError, RecursionError):
        return False
    return True


def _sentence(resource: Json, kind: str, problems: list[Problem]) -> str:
    said = list(dict.fromkeys(_said(problem) for problem in problems))
    text = "; ".join(said[:_MOST_SAID])
    if len(said) > _MOST_SAID:
        text += f"; and {len(said) - _MOST_SAID} more"
    if _is_of_r5(resource, kind, problems):
        return f"Expected FHIR R4 (4.0.1); found {kind} as FHIR R5 has it. {text}."
    return f"{text}."


def _said(problem: Problem) -> str:
    if problem.element:
        return f"{problem.path}.{_safe(problem.element)}: FHIR R4 has no such element"
    return f"{problem.path}: expected {problem.expected}"


def _safe(name: str) -> str:
    """The name of an unknown element may be anything, a patient's name among it: only words are repeated."""
    return name if name.isascii() and name.lstrip("_").isalpha() and len(name) <= 40 else "(unknown)"


def _is_of_r5(resource: Json, kind: str, problems: list[Problem]) -> bool:
    """Whether R5 takes the resource, or knows an element of it that R4 does not."""
    later = model_of(kind, "")
    if later is None:
        return False
    names = {info.alias or name for name, info in later.model_fields.items()}
    if any(problem.path == kind and problem.element in names for problem in problems):
        return True
    return not _accepts(resource, kind, "R4B") and _accepts(resource, kind, "")


@cache
def _no_such_type(kind: str) -> str:
    for release, name in _RELEASES:
        model = model_of(kind, release)
        if model is not None and kind not in _ABSTRACT and model.has_resource_base():
            return f"Expected FHIR R4 (4.0.1); found {kind}, a resource type of FHIR {name}."
    return "Expected a resource type of FHIR R4 (4.0.1); found another resourceType."
