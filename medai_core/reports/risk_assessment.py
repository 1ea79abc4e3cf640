"""A person's risks as a document: what each score and predictor says, from which values, what is missing."""

from typing import Any, Final

from medai_core.charts import colors, words
from medai_core.charts import risk as said
from medai_core.domain.risk import Known, Origin, RiskEstimate
from medai_core.reports import flow, typeface
from medai_core.reports.furniture import MILLIMETRE, Furniture
from medai_core.reports.setting import SETTING, patient_strip, printed_page, set_document
from medai_core.services.risk_print import RiskContent

_ORIGINS: Final = {
    Origin.RECORD: "record",
    Origin.CONFIRMED: "record, confirmed by the clinician",
    Origin.COMPUTED: "computed",
    Origin.TYPED: "given by the clinician",
    Origin.IMPLIED: "follows from another answer",
}
_ICONS_MM: Final = 21.0


def risk_pdf(content: RiskContent) -> bytes:
    """The document. The same content gives the same bytes; all texts are taken as plain text."""
    typeface.register()
    with SETTING:
        return set_document(
            _story(content),
            _furniture(content),
            title=f"Risk assessment {content.patient.id}",
            author=content.printed_by.encode(errors="replace").decode() or "MedAI",
        )


def _furniture(content: RiskContent) -> Furniture:
    return printed_page(patient_strip(content.patient.identity), content.printed_at, content.printed_by)


def _story(content: RiskContent) -> list[Any]:
    story: list[Any] = flow.paragraphs("Risk assessment", size=17, bold=True)
    story += flow.paragraphs(words.RESEARCH_USE, color=colors.LIGHT.muted)
    if content.demo:
        made_up = "Demonstration: everything in this document is made up."
        story.append(flow.box(flow.paragraphs(made_up, bold=True), color=colors.RISK.moderate))
    story += flow.paragraphs("For the clinician's decision. Absolute risks; intervals where there are any.")
    story += [part for one in content.found.answered for part in _answer(one)]
    return story + _values(content) + _others(content)


def _answer(one: RiskEstimate) -> list[Any]:
    facts = [
        ("Value", said.value_words(one)),
        ("Interval", said.interval_words(one)),
        ("Category", one.category),
        ("Next step", one.next_step),
        ("Version", f"{'trained predictor' if one.trained else 'published score'}, {one.version}"),
        ("Reference", one.reference),
    ]
    body = [*flow.paragraphs(said.sentence(one), bold=True), flow.facts(facts)]
    if one.peers is not None:
        body += flow.small(said.peers_words(one))
    for caution in one.cautions:
        body += flow.small(caution)
    head = flow.heading(one.title)
    if not one.is_risk or one.value is None:
        return [head, *body]
    return [head, _icons(one), *body]


def _icons(one: RiskEstimate) -> Any:
    """The icon array as a drawing: those with the outcome together from the bottom."""
    from reportlab.graphics.shapes import Circle, Drawing
    from reportlab.lib.colors import HexColor

    assert one.value is not None, "an answer has a value"
    side = _ICONS_MM * MILLIMETRE
    step = side / said.SIDE
    drawing = Drawing(side, side + 4, initialFontName=typeface.REGULAR)
    blue, rest = HexColor(colors.NEUTRAL[0]), HexColor("#DADFE5")
    fills = {"with": blue, "maybe": HexColor("#B8D6E8"), "without": rest}
    for icon in said.icons(one.value, one.high):
        drawing.add(
            Circle(
                (icon.column + 0.5) * step, (icon.row + 0.5) * step + 2, step * 0.38,
                fillColor=fills[icon.look], strokeColor=None if icon.look == "without" else blue,
                strokeWidth=0.4,
            )
        )  # fmt: skip
    drawing.hAlign = "LEFT"
    return drawing


def _values(content: RiskContent) -> list[Any]:
    asked, story = content.asked, [flow.heading("From these values")]
    names = {one.name for one in content.found.answered}
    used = {
        asked.places[one.name, key]
        for one in content.found.answered
        for key in one.values
        if (one.name, key) in asked.places
    }
    if not names:
        return story + flow.paragraphs("Nothing was computed.", color=colors.LIGHT.muted)
    rows = [_row(content, key, known) for key, known in content.found.known.items() if key in used]
    return [*story, flow.grid(("Value", "", "Where it is from", "In the record"), rows, (58, 34, 40, 46))]


def _row(content: RiskContent, key: str, known: Known) -> tuple[Any, ...]:
    question = content.asked.questions[key].input
    recorded = known.recorded
    there = f"{recorded.written}, {said.age_words(recorded.at, recorded.age_days)}" if recorded else "\u2013"
    source = f", {recorded.source}" if recorded is not None and recorded.source else ""
    return (
        flow.one(said.label_of(key, question), bold=True),
        flow.one(said.given_words(question, known.value)),
        flow.one(_ORIGINS[known.origin]),
        flow.one(f"{there}{source}"),
    )


def _others(content: RiskContent) -> list[Any]:
    """What was not computed, and why."""
    rows = [(one.title, f"needs {len(one.missing)} more values") for one in content.found.lacking]
    rows += [(one.title, one.refused or "") for one in content.found.outside]
    if not rows:
        return []
    return [flow.heading("Not computed"), flow.grid(("Score or predictor", "Why"), rows, (80, 98))]
