"""A person's measures of prevention as a document: what guidelines say, with their words, for a decision."""

from typing import Any, Final

from medai_core.charts import colors, words
from medai_core.reports import flow, typeface
from medai_core.reports.furniture import Furniture
from medai_core.reports.setting import SETTING, patient_strip, printed_page, set_document
from medai_core.services.prevention import DECISION, Judged, PlanContent

_NOBODY: Final = "A person who is not in the store; the values were entered by hand."


def prevention_pdf(content: PlanContent) -> bytes:
    """The document. The same content gives the same bytes; all texts are taken as plain text."""
    typeface.register()
    who = content.patient.id if content.patient is not None else "by hand"
    with SETTING:
        return set_document(
            _story(content),
            _furniture(content),
            title=f"Prevention plan {who}",
            author=content.printed_by.encode(errors="replace").decode() or "MedAI",
        )


def _furniture(content: PlanContent) -> Furniture:
    known = content.patient
    strip = patient_strip(known.identity) if known is not None else ((_NOBODY, True),)
    return printed_page(strip, content.printed_at, content.printed_by)


def _story(content: PlanContent) -> list[Any]:
    plan = content.plan
    story: list[Any] = flow.paragraphs("Prevention plan", size=17, bold=True)
    story += flow.paragraphs(words.RESEARCH_USE, color=colors.LIGHT.muted)
    if content.demo:
        made_up = "Demonstration: everything about the person in this document is made up."
        story.append(flow.box(flow.paragraphs(made_up, bold=True), color=colors.RISK.moderate))
    story.append(flow.box(flow.paragraphs(DECISION, bold=True), color=colors.LIGHT.primary))
    factor = ""
    for one in plan.applies:
        if one.measure.factor != factor:
            factor = one.measure.factor
            story.append(flow.heading(factor))
        story += _measure(one)
    if not plan.applies:
        story += flow.paragraphs("No measure could be found to apply.", color=colors.LIGHT.muted)
    story += _not_judged(plan.not_judged)
    story.append(flow.heading("Left out"))
    for left in plan.left_out:
        story += flow.paragraphs(f"\u2022 {left.what}: {left.why}.", color=colors.LIGHT.muted)
    return story


def _measure(one: Judged) -> list[Any]:
    """What to do, the source's words, and where they stand; kept together."""
    from reportlab.platypus import KeepTogether, Spacer

    measure, source = one.measure, one.measure.source
    body = flow.paragraphs(f"\u25a1 {measure.do}", bold=True)
    body += flow.paragraphs(f"\u201c{measure.quote}\u201d")
    body += flow.paragraphs(
        f"{source.publisher}. {source.title}. {source.year}. {measure.number}. {measure.strength}."
    )
    read_in = f" ({source.read_in})" if source.read_in else ""
    body += flow.small(f"Read at {source.address}{read_in}")
    body += flow.small(f"For: {measure.eligibility}. Here: {'; '.join(one.values) or 'nothing known'}.")
    if measure.not_for:
        body += flow.small(f"Not asked here: {measure.not_for}")
    return [KeepTogether([*body, Spacer(1, 5)])]


def _not_judged(rest: tuple[Judged, ...]) -> list[Any]:
    if not rest:
        return []
    story: list[Any] = [flow.heading("Cannot be judged")]
    for one in rest:
        lacks = "; ".join(one.missing)
        source = f"{one.measure.source.publisher} {one.measure.source.year}, {one.measure.strength}"
        story += flow.paragraphs(
            f"\u2022 {one.measure.factor}: {one.measure.do} ({source}). Not without: {lacks}."
        )
    return story
