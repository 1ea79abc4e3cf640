"""A patient's record in short as a document: A4, the patient on every page. What is missing is said."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any, Final

from medai_core.charts import colors, moments, words
from medai_core.charts.small_multiples import beyond_words, range_words, trend_words, value_words
from medai_core.charts.timeline import NAMES
from medai_core.domain.overview import Curve, Line
from medai_core.domain.record import Lane
from medai_core.reports import flow, typeface
from medai_core.reports.furniture import Furniture
from medai_core.reports.setting import SETTING, patient_strip, printed_page, set_document
from medai_core.services.patient_imaging import StudyCard
from medai_core.services.patient_summary import SummaryContent

ROWS: Final = 25
"""So many rows of a section are printed; how many more there are is said."""
_SHORT: Final = 8
_OTHERS: Final = (
    Lane.ENCOUNTER,
    Lane.PROCEDURE,
    Lane.IMMUNIZATION,
    Lane.REPORT,
    Lane.DOCUMENT,
    Lane.RISK,
    Lane.PLAN,
)
_WARN: Final = "\u25b2 "


def summary_pdf(content: SummaryContent) -> bytes:
    """The document. The same content gives the same bytes; all texts are taken as plain text."""
    typeface.register()
    with SETTING:
        return set_document(
            _story(content),
            _furniture(content),
            title=f"Patient summary {content.record.patient.id}",
            author=content.printed_by.encode(errors="replace").decode() or "MedAI",
        )


def _furniture(content: SummaryContent) -> Furniture:
    patient = content.record.patient.identity
    age = words.age_between(patient.birth_date, content.printed_at.date())
    years = f", {words.age(age)} on the day of printing" if age is not None else ""
    return printed_page(patient_strip(patient, years), content.printed_at, content.printed_by)


def _story(content: SummaryContent) -> list[Any]:
    record = content.record
    story: list[Any] = flow.paragraphs("Patient summary", size=17, bold=True)
    story += flow.paragraphs(words.RESEARCH_USE, color=colors.LIGHT.muted)
    if content.demo:
        made_up = "Demonstration: everything in this document is made up."
        story.append(flow.box(flow.paragraphs(made_up, bold=True), color=colors.RISK.moderate))
    story += _warnings(content)
    problems = record.lines.get(Lane.PROBLEM, ())
    drugs = record.lines.get(Lane.MEDICATION, ())
    story += _lines("Current problems", [one for one in problems if one.ongoing is not False])
    story += _lines("Current medication", [one for one in drugs if one.ongoing is not False])
    story += _measured(record.curves)
    story += _images(content.studies, content.study_count)
    story += _lines("Resolved problems", [one for one in problems if one.ongoing is False])
    story += _lines("Earlier medication", [one for one in drugs if one.ongoing is False])
    for lane in _OTHERS:
        if lines := record.lines.get(lane):
            story += _lines(
                NAMES[lane], lines, most=_SHORT, total=record.counts.get(lane, 0) - record.hidden.get(lane, 0)
            )
    return story + _not_printed(content)


def _warnings(content: SummaryContent) -> list[Any]:
    banner = content.banner
    story: list[Any] = [flow.heading("Allergies and alerts")]
    if banner.allergies:
        body = [part for one in banner.allergies for part in flow.paragraphs(f"{_WARN}{one}", bold=True)]
        story.append(flow.box(body, color=colors.RISK.high))
    elif banner.asked:
        story += flow.paragraphs("; ".join(banner.asked))
    else:
        story += flow.paragraphs(
            "No allergy is recorded. Nobody has recorded either that none is known.", color=colors.LIGHT.muted
        )
    for alert in banner.alerts:
        story += flow.paragraphs(f"{_WARN}{alert}", bold=True)
    return story


def _lines(name: str, lines: Iterable[Line], *, most: int = ROWS, total: int = 0) -> list[Any]:
    found = [line for line in lines if line.current]
    story: list[Any] = [flow.heading(name)]
    if not found:
        return story + flow.paragraphs("None recorded.", color=colors.LIGHT.muted)
    rows = [
        (
            flow.one(line.title or line.resource_type, bold=True),
            flow.one(line.detail or "\u2013"),
            flow.one(
                moments.span(line.starts, line.ends, line.ongoing, UTC)
                if line.starts or line.ends
                else "undated"
            ),
            flow.one(line.status or "\u2013"),
        )
        for line in found[:most]
    ]
    story.append(flow.grid(("What", "Details", "When", "Status"), rows, (66, 54, 36, 22)))
    return story + _more(max(total, len(found)) - len(rows))


def _measured(curves: tuple[Curve, ...]) -> list[Any]:
    story: list[Any] = [flow.heading("Newest measured values")]
    found = [(curve, point) for curve in curves if (point := curve.latest) is not None]
    if not found:
        return story + flow.paragraphs("None recorded.", color=colors.LIGHT.muted)
    rows = [
        (
            flow.one(curve.name, bold=True),
            flow.one(value_words(point, curve.unit), bold=bool(point.beyond)),
            flow.one(moments.shown(point.at, UTC)),
            flow.one(range_words(point, curve.unit) or "none given"),
            flow.one(", ".join(filter(None, (beyond_words(point), trend_words(curve, UTC)))) or "\u2013"),
        )
        for curve, point in found
    ]
    head = ("Quantity", "Newest", "When (UTC)", "Reference range", "Position and change")
    return [*story, flow.grid(head, rows, (46, 28, 30, 32, 42))]


def _images(studies: tuple[StudyCard, ...], total: int) -> list[Any]:
    story: list[Any] = [flow.heading("Image studies")]
    if not studies:
        return story + flow.paragraphs("None stored.", color=colors.LIGHT.muted)
    rows = [
        (
            flow.one(words.day(card.study.study_date)),
            flow.one(card.study.description or words.modality(card.study.modality), bold=True),
            flow.one(f"signed by {card.signed_by}" if card.signed_by else "no signed reading"),
            flow.one(card.report or "\u2013"),
        )
        for card in studies
    ]
    story.append(flow.grid(("Date", "Study", "Reading", "Report"), rows, (22, 50, 36, 70)))
    return story + _more(total - len(rows))


def _more(count: int) -> list[Any]:
    return flow.small(f"{count} more are not printed.") if count > 0 else []


def _not_printed(content: SummaryContent) -> list[Any]:
    """What the store holds beyond this document."""
    hidden = sum(content.record.hidden.values())
    said = [f"The record holds {content.record.total} entries."]
    if hidden:
        said.append(f"{hidden} of them are withdrawn, not final or replaced, and are not printed.")
    if content.record.others:
        said.append(f"{len(content.record.others)} more measured quantities are not printed.")
    said.append("Times of day are in UTC. A complete copy is the FHIR export.")
    return [flow.heading("About this document"), *flow.paragraphs(" ".join(said), color=colors.LIGHT.muted)]
