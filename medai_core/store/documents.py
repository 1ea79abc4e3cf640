"""Domain objects as plain JSON and back, so that nothing is decoded twice."""

from dataclasses import asdict, fields
from datetime import date, time
from typing import Any

from medai_core.domain.imaging import (
    GrayscalePipeline,
    LookupTable,
    ScanHeader,
    Spacing,
    SpacingKind,
    Window,
    WindowFunction,
)
from medai_core.domain.monitor import Inputs
from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.domain.prediction import Finding
from medai_core.domain.prevalence import Interval, LocalFinding, Localised, Origin, PrevalenceChoice

Json = dict[str, Any]


def identity_to_json(identity: PatientIdentity) -> Json:
    """A patient's identity as JSON; dates as YYYY-MM-DD."""
    document = asdict(identity)
    document["birth_date"] = identity.birth_date.isoformat() if identity.birth_date else None
    return document


def identity_from_json(document: Json) -> PatientIdentity:
    """The inverse of `identity_to_json`."""
    born = document["birth_date"]
    return PatientIdentity(
        identifier=document["identifier"],
        issuer=document["issuer"],
        name=PersonName(**document["name"]),
        birth_date=date.fromisoformat(born) if born else None,
        sex=document["sex"],
    )


def header_to_json(header: ScanHeader) -> Json:
    """A header as JSON: dates and times in ISO form, enumerations as their words."""
    document = asdict(header)
    document["patient"] = identity_to_json(header.patient) if header.patient else None
    document["study_date"] = header.study_date.isoformat() if header.study_date else None
    document["study_time"] = header.study_time.isoformat() if header.study_time else None
    document["spacing"]["kind"] = header.spacing.kind.value
    return document


def header_from_json(document: Json) -> ScanHeader:
    """The inverse of `header_to_json`; a field that is not there keeps its default."""
    known = {field.name for field in fields(ScanHeader)}
    values = {name: value for name, value in document.items() if name in known}
    if values.get("patient"):
        values["patient"] = identity_from_json(values["patient"])
    if values.get("study_date"):
        values["study_date"] = date.fromisoformat(values["study_date"])
    if values.get("study_time"):
        values["study_time"] = time.fromisoformat(values["study_time"])
    if "spacing" in values:
        spacing = values["spacing"]
        values["spacing"] = Spacing(spacing["row_mm"], spacing["column_mm"], SpacingKind(spacing["kind"]))
    for name in ("patient_orientation", "notices"):
        values[name] = tuple(values.get(name, ()))
    return ScanHeader(**values)


def pipeline_to_json(pipeline: GrayscalePipeline) -> Json:
    """A grey-scale pipeline as JSON."""
    return asdict(pipeline)


def pipeline_from_json(document: Json) -> GrayscalePipeline:
    """The inverse of `pipeline_to_json`; a field that is not there keeps its default."""
    known = {field.name for field in fields(GrayscalePipeline)}
    values = {name: value for name, value in document.items() if name in known}
    values["default_window"] = _window(values["default_window"])
    values["windows"] = tuple(map(_window, values.get("windows", ())))
    values["voi_luts"] = tuple(map(_table, values.get("voi_luts", ())))
    if values.get("modality_lut"):
        values["modality_lut"] = _table(values["modality_lut"])
    return GrayscalePipeline(**values)


def _window(document: Json) -> Window:
    return Window(**{**document, "function": WindowFunction(document["function"])})


def _table(document: Json) -> LookupTable:
    return LookupTable(**{**document, "values": tuple(document["values"])})


def finding_to_json(finding: Finding) -> Json:
    """A finding as JSON; what is said of unreliable ones alone is left out of the others.

    So that findings of older signatures stay word for word what was signed.
    """
    document = asdict(finding)
    if document.get("reliable", False):
        del document["reliable"]
    return document


def finding_from_json(document: Json) -> Finding:
    """The inverse of `finding_to_json`."""
    return Finding(**document)


def choice_to_json(choice: PrevalenceChoice) -> Json:
    """A reader's choice of prevalence as JSON."""
    return {"model": choice.model, "setting": choice.setting, "shares": dict(choice.shares)}


def choice_from_json(document: Json) -> PrevalenceChoice:
    """The inverse of `choice_to_json`."""
    return PrevalenceChoice(document["model"], document["setting"], tuple(document["shares"].items()))


def localised_to_json(localised: Localised) -> Json:
    """An answer at the prevalence here as JSON; where a prevalence comes from in its word."""
    document = asdict(localised)
    document["findings"] = [{**one, "origin": one["origin"].value} for one in document["findings"]]
    return document


def localised_from_json(document: Json) -> Localised:
    """The inverse of `localised_to_json`."""
    return Localised(**{**document, "findings": tuple(map(_local_finding, document["findings"]))})


def _local_finding(document: Json) -> LocalFinding:
    values = {**document, "origin": Origin(document["origin"])}
    for name in ("ppv", "npv"):
        values[name] = Interval(**document[name]) if document[name] else None
    return LocalFinding(**values)


def inputs_to_json(inputs: Inputs) -> Json:
    """What an image was like as flat JSON; what is not known is left out."""
    document: Json = dict(inputs.statistics or {})
    if inputs.age_years is not None:
        document["age_years"] = round(inputs.age_years, 2)
    if inputs.view:
        document["view"] = inputs.view
    return document
