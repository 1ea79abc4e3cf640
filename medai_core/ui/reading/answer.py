"""What the model says: findings in groups, the chosen heat map, which model it was."""

from dataclasses import replace
from typing import Final

import streamlit as st

from medai_core.charts import card_results, cards, findings, words
from medai_core.charts.findings import Groups
from medai_core.charts.template import STILL
from medai_core.charts.whereabouts import whereabouts
from medai_core.domain.prediction import Finding, HeatMap, Prediction
from medai_core.domain.prevalence import Localised
from medai_core.domain.refusal import Refusal
from medai_core.services import reading as readings
from medai_core.services.studies import ImageView, StudyView
from medai_core.serving.registry import ModelCard, card
from medai_core.ui import markup, panels
from medai_core.ui.reading import asking, prevalence
from medai_core.ui.reading.asking import Found
from medai_core.ui.reading.case import key, label_names
from medai_core.ui.session import UserSession, require_user

HEAT_MAP_CAVEAT: Final = (
    "A heat map shows where the model's evidence lies, not where the disease is. In published comparisons "
    "such maps were less exact than outlines drawn by people, above all for small or several findings. Set "
    "its opacity in the tools of the image."
)
_WEAK: Final = (
    "On held-out images the model found these too unreliably, so no probability and no heat map is shown. "
    "The model's card says how they were measured."
)
_FEW: Final = 4
"""As many findings stand in one chart; of more, those below the operating point are folded away."""


def is_hidden(view: StudyView) -> bool:
    """Whether the reader has switched the model's answer off for this study."""
    return bool(st.session_state.get(key(view, "hidden"), False))


def hide(view: StudyView, *, hidden: bool) -> None:
    """Switch the model's answer off or on."""
    st.session_state[key(view, "hidden")] = hidden


def hidden_note(view: StudyView) -> None:
    """That the answer is switched off, and the way to see it."""
    st.caption("The model's answer is switched off for this study.")
    st.button("Show the model's answer", on_click=_show, args=(view,), key="reading:show")


def _show(view: StudyView) -> None:
    require_user()
    hide(view, hidden=False)


def heat_label(view: StudyView) -> str | None:
    """The label whose heat map is chosen."""
    value = st.session_state.get(key(view, "heat"))
    return str(value) if value else None


def toggle_heat_map(view: StudyView, prediction: Prediction | None) -> None:
    """Switch the heat map off, or on for the finding that stands first."""
    chosen = None
    if prediction is not None and card(prediction.model).no_heat_map:
        st.toast(card(prediction.model).no_heat_map)
    elif heat_label(view) is None and prediction is not None:
        groups = findings.grouped(prediction)
        chosen = next((finding.label for finding in (*groups.above, *groups.below)), None)
    st.session_state[key(view, "heat")] = chosen


def heat_map(
    user: UserSession, view: StudyView, image: ImageView, prediction: Prediction | None
) -> HeatMap | None:
    """The chosen heat map, or None; a refusal of it is drawn as a box."""
    label = heat_label(view)
    if label is None or prediction is None or prediction.refused is not None:
        return None
    if label not in {finding.label for finding in prediction.findings if finding.reliable}:
        return None
    try:
        return readings.heat_map(user.store, user.caller, image.id, prediction.model, label)
    except Refusal as refusal:
        panels.refusal_box(refusal)
        return None


def heat_words(heat: HeatMap, prediction: Prediction | None) -> str:
    """The finding of a heat map in the words of the model's card."""
    return words.label(heat.label, label_names(prediction.model) if prediction else None)


def answer_of(user: UserSession, view: StudyView, image: ImageView) -> Found:
    """The model's answer with its stored id; None where there is none, which is said why."""
    answers, model = asking.answers_of(view, image), asking.model_of(view, image)
    try:
        return readings.predict_image(user.store, user.caller, image.id, answers=answers, model=model)
    except Refusal as refusal:
        if refusal.code == "not-predicted":
            st.caption("No model has been asked about this image yet.")
        else:
            panels.refusal_box(refusal)
        return None


def answer_panel(
    user: UserSession, view: StudyView, image: ImageView, prediction: Prediction, heat: HeatMap | None = None
) -> None:
    """Findings in groups, cautions, prevalence, heat map and version of one answer; or why there is none."""
    model = card(prediction.model)
    names = cards.label_names(model.data)
    st.markdown("##### Model's answer")
    if prediction.refused is not None:
        panels.not_assessed_box(prediction.refused)
        _version(model, prediction)
        return
    local = prevalence.local_answer(user, view, prediction)
    shown = prevalence.at_prevalence(prediction, local)
    groups = findings.grouped(shown)
    markup.draw(f"<p><strong>{markup.text(words.answer(shown, names))}</strong></p>")
    _groups(view, shown, groups, names, local)
    panels.caution_box(prediction.cautions)
    prevalence.prevalence_panel(view, prediction)
    _heat_choice(view, image, model, (*groups.above, *groups.below), heat)
    with st.expander("As a table, and in words"):
        _in_words(replace(shown, findings=(*groups.above, *groups.below)), names, local)
    _version(model, prediction)
    if rest := asking.others(user, view, image, besides=model.name):
        with st.expander("Why the other models did not answer"):
            markup.draw(markup.facts(rest))


def _groups(
    view: StudyView, shown: Prediction, groups: Groups, names: dict[str, str], local: Localised
) -> None:
    """A chart a group; with few findings one chart of all."""
    both = (*groups.above, *groups.below)
    if len(both) <= _FEW:
        _chart(view, replace(shown, findings=both), names, "chart", local)
    else:
        if groups.above:
            _heading("At or above the operating point", len(groups.above))
            _chart(view, replace(shown, findings=groups.above), names, "chart", local)
        _below(view, replace(shown, findings=groups.below), names, local)
    doubts: dict[str, list[str]] = {}
    for one in groups.above:
        doubts.setdefault(words.uncertainty(one), []).append(words.label(one.label, names))
    for said, of in doubts.items():
        if said:
            st.caption(f"{', '.join(of)}: {said}.")
    if groups.unreliable:
        _heading("Not reliable enough here", len(groups.unreliable))
        weak = ", ".join(words.label(one.label, names) for one in groups.unreliable)
        markup.draw(markup.paragraph(f"{weak}.") + markup.paragraph(_WEAK, muted=True))


def _heading(title: str, count: int) -> None:
    markup.draw(f"<h4>{markup.text(title)} ({count})</h4>")


def _below(view: StudyView, shown: Prediction, names: dict[str, str], local: Localised) -> None:
    count = len(shown.findings)
    if not count:
        return
    title = f"Below the operating point ({count})"
    if count <= _FEW:
        _heading("Below the operating point", count)
        _chart(view, shown, names, "below", local, compact=True)
        return
    with st.expander(title):
        _chart(view, shown, names, "below", local, compact=True)


def _chart(
    view: StudyView,
    shown: Prediction,
    names: dict[str, str],
    name: str,
    local: Localised,
    *,
    compact: bool = False,
) -> None:
    st.plotly_chart(
        findings.findings_chart(shown, chosen=heat_label(view), names=names, compact=compact, local=local),
        config=STILL,
        key=key(view, name),
        alt=findings.findings_alt(shown, names, local),
    )


def _heat_choice(
    view: StudyView, image: ImageView, model: ModelCard, shown: tuple[Finding, ...], heat: HeatMap | None
) -> None:
    """For which finding a heat map is drawn; where its evidence lies, if the card bears that out."""
    if model.no_heat_map:
        st.caption(model.no_heat_map)
        return
    names = cards.label_names(model.data)
    labels = [finding.label for finding in shown]
    tip = "Drawn over the image for one finding; M in the image switches it."
    if len(labels) <= _FEW:
        st.pills(
            "Heat map",
            labels,
            format_func=lambda name: words.label(name, names),
            key=key(view, "heat"),
            help=tip,
        )
    else:
        st.selectbox(
            "Heat map",
            labels,
            index=None,
            format_func=lambda name: words.label(name, names),
            key=key(view, "heat"),
            placeholder="None",
            help=tip,
        )
    if heat is None:
        return
    if card_results.supports_location(model.data, heat.label):
        place = whereabouts(heat, image.header.patient_orientation)
        if place is not None:
            st.caption(f"{words.label(heat.label, names)}: strongest evidence in the {place}.")
    st.caption(HEAT_MAP_CAVEAT)


def _in_words(shown: Prediction, names: dict[str, str], local: Localised) -> None:
    rows = findings.findings_table(shown, names, local)
    markup.draw(
        markup.table(list(rows[0]), [list(row.values()) for row in rows], caption="Findings of this image")
        + "".join(markup.paragraph(findings.natural_frequency(one, names, local)) for one in shown.findings)
    )


def _version(model: ModelCard, prediction: Prediction) -> None:
    markup.draw(
        f'<p class="mx-small mx-muted">{markup.text(model.title)}, '
        f"version {markup.text(prediction.version)}, "
        f'weights <span class="mx-code">{markup.text(prediction.weights_digest[:12])}</span>, input '
        f'<span class="mx-code">{markup.text(prediction.input_digest[:12])}</span></p>'
    )
