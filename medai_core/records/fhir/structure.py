"""The elements of every R4 type, read off the published models, and a fast walk along them.

`fhir.resources` (its R4B models) knows every element, its type and how often it may stand. To build its
objects takes long; a walk along a table made from the same models is many times faster and can say where
something is wrong without repeating what it is. What the walk is not certain of is decided by the model
itself (`validity`).
"""

import typing
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from medai_core.records.fhir.primitives import CHECKS, Check, Grade

DEEPEST: Final = 64

Path = tuple["Path | None", str]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that is not as R4 has it: where (`Patient.name.family`), and what was expected."""

    grade: Grade
    path: str
    expected: str
    element: str = ""
    """The element's own name where R4 has none of that name."""


@dataclass(slots=True)
class Walked:
    """What was met on the way along one resource."""

    problems: list[Problem] = field(default_factory=list)
    references: list[str] = field(default_factory=list)

    def note(self, grade: Grade, path: Path, expected: str, element: str = "") -> None:
        """Write a problem down."""
        self.problems.append(Problem(grade, _spelled(path), expected, element))


@dataclass(frozen=True, slots=True)
class Element:
    """One element: a primitive with its check, an object of a named type, or any resource."""

    is_list: bool
    check: Check | None = None
    type_name: str = ""
    holes: bool = False
    """Whether a list may hold null (a primitive list beside its list of extensions)."""


@dataclass(frozen=True, slots=True)
class Form:
    """The elements of one type."""

    name: str
    elements: dict[str, Element]
    required: tuple[tuple[str, str], ...]
    """Names that must be there, each with the name of the extension that may explain why it is not."""
    choice_of: dict[str, str]
    """`valueQuantity` -> `value` for all that are one of several."""
    required_choices: tuple[str, ...]


def walk(resource: dict[str, Any], form: Form) -> Walked:
    """Compare a resource with the form of its type."""
    walked = Walked()
    _object(resource, form, (None, form.name), walked, 0)
    return walked


def _object(value: object, form: Form, path: Path, walked: Walked, depth: int) -> None:
    if not isinstance(value, dict):
        walked.note(Grade.WRONG, path, "an object")
        return
    if depth > DEEPEST:
        walked.note(Grade.WRONG, path, f"at most {DEEPEST} levels of elements")
        return
    elements = form.elements
    for name, inner in value.items():
        element = elements.get(name)
        if element is None:
            _unknown(name, inner, form, path, walked)
        elif element.is_list:
            _list(inner, element, (path, name), walked, depth + 1)
        else:
            _one(inner, element, (path, name), walked, depth + 1)
    _cardinality(value, form, path, walked)
    if form.name == "Reference" and isinstance(target := value.get("reference"), str):
        walked.references.append(target)


def _unknown(name: str, inner: object, form: Form, path: Path, walked: Walked) -> None:
    if name == "resourceType" and inner == form.name:
        return
    walked.note(Grade.DOUBT, path, "only elements that FHIR R4 has", name)


def _list(value: object, element: Element, path: Path, walked: Walked, depth: int) -> None:
    if not isinstance(value, list):
        walked.note(Grade.WRONG, path, "a list")
        return
    for each in value:
        if each is None and element.holes:
            continue
        _one(each, element, path, walked, depth)


def _one(value: object, element: Element, path: Path, walked: Walked, depth: int) -> None:
    if element.check is not None:
        if isinstance(value, list | dict):
            walked.note(Grade.WRONG, path, "one value")
        elif (verdict := element.check(value)) is not None:
            walked.note(verdict[0], path, verdict[1])
    elif isinstance(value, list):
        walked.note(Grade.WRONG, path, "one object, not a list")
    elif element.type_name in ("Resource", "Element"):
        _any_resource(value, path, walked, depth)
    else:
        _object(value, form_of(element.type_name), path, walked, depth)


def _any_resource(value: object, path: Path, walked: Walked, depth: int) -> None:
    kind = value.get("resourceType") if isinstance(value, dict) else None
    form = resource_form(kind) if isinstance(kind, str) else None
    if form is None:
        walked.note(Grade.WRONG, path, "a resource of FHIR R4")
    else:
        _object(value, form, path, walked, depth)


def _cardinality(value: dict[str, Any], form: Form, path: Path, walked: Walked) -> None:
    for name, extension in form.required:
        if value.get(name) is None:
            grade = Grade.DOUBT if extension and value.get(extension) else Grade.WRONG
            walked.note(grade, (path, name), "a value, for it is required")
    if not form.choice_of:
        return
    chosen = [prefix for name in value if (prefix := form.choice_of.get(name)) and value[name] is not None]
    for prefix in form.required_choices:
        if prefix not in chosen:
            walked.note(Grade.WRONG, (path, f"{prefix}[x]"), "a value, for it is required")
    if len(chosen) > 1 and len(set(chosen)) < len(chosen):
        walked.note(Grade.WRONG, (path, f"{_repeated(chosen)}[x]"), "one value")


def _repeated(names: list[str]) -> str:
    return next(name for name in names if names.count(name) > 1)


def _spelled(path: Path | None) -> str:
    names: list[str] = []
    while path is not None:
        path, name = path
        names.append(name)
    return ".".join(reversed(names))


# ---- the forms, from the models


@cache
def resource_form(resource_type: str) -> Form | None:
    """The form of a resource type; None where R4B has no such resource."""
    model = model_of(resource_type)
    if model is None or not model.has_resource_base():
        return None
    return _form(model)


@cache
def form_of(type_name: str) -> Form:
    """The form of a type that another form names."""
    return _form(_models()[type_name])


@cache
def model_of(resource_type: str, release: str = "R4B") -> Any:
    """The published model of a resource type; None where that release has none. "" is R5."""
    import importlib

    package = ".".join(part for part in ("fhir.resources", release) if part)
    if not resource_type.isascii() or not resource_type.isalpha():
        return None
    try:
        module = importlib.import_module(f"{package}.{resource_type.lower()}")
    except ModuleNotFoundError:
        return None
    return getattr(module, resource_type, None)


@cache
def _models() -> dict[str, Any]:
    """Models of elements by the name of their type, filled as forms name them."""
    return {}


def _form(model: Any) -> Form:
    elements = {
        info.alias or name: element
        for name, info in model.model_fields.items()
        if (element := _element(info.annotation)) is not None
    }
    probe = model.model_construct()
    required = [(name, extension and f"_{name}") for name, extension in probe.get_required_fields()]
    required += [(info.alias or name, "") for name, info in model.model_fields.items() if info.is_required()]
    choices = probe.get_one_of_many_fields()
    return Form(
        name=model.__resource_type__,
        elements=elements,
        required=tuple((name, extension or "") for name, extension in required),
        choice_of={name: prefix for prefix, names in choices.items() for name in names},
        required_choices=tuple(
            prefix
            for prefix, names in choices.items()
            if model.model_fields[names[0]].json_schema_extra["one_of_many_required"]
        ),
    )


def _element(annotation: Any) -> Element | None:
    """One field of a model as an element; None for what is no element (comments)."""
    from fhir_core.types import FhirBase

    kinds = [kind for kind in _alternatives(annotation) if kind is not type(None)]
    if len(kinds) != 1:
        return None
    kind, is_list, holes = kinds[0], False, False
    if typing.get_origin(kind) is list:
        inner = _alternatives(typing.get_args(kind)[0])
        holes = type(None) in inner
        kind, is_list = next(each for each in inner if each is not type(None)), True
    if isinstance(kind, type) and issubclass(kind, FhirBase):
        model = kind.get_model_klass()
        _models()[model.__name__] = model
        return Element(is_list, None, model.__name__, holes)
    return Element(is_list, CHECKS[_primitive(kind)], "", holes)


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    """The members of a union; a type alone is its own only member."""
    import types

    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return typing.get_args(annotation)
    return (annotation,)


def _primitive(kind: Any) -> str:
    from fhir_core.constraints import FHIR_PRIMITIVES_MAPS

    return FHIR_PRIMITIVES_MAPS[kind]
