"""What the comparison gave: figures, curves, what the models go by, an operating point by cost, saving."""

from typing import Any, Final

import streamlit as st

from medai_core.charts import reliability
from medai_core.charts import training as charts
from medai_core.charts.template import STILL
from medai_core.charts.words import probability, share
from medai_core.domain.people import Role
from medai_core.domain.refusal import Refusal
from medai_core.learning.candidates import candidate
from medai_core.learning.judging import cheapest
from medai_core.services import training
from medai_core.store.trainings import Training
from medai_core.ui import markup, panels
from medai_core.ui.session import require_user

_HEADS: Final = ("Model", "AUROC", "Average precision", "Brier score", "Calibration slope")
_KEYS: Final = ("auroc", "auprc", "brier", "calibration_slope")
_REFUSED: Final = "train:save:refused"


def draw(found: Training) -> None:
    """The table of all models, then the one that is looked at."""
    result: dict[str, Any] = found.result or {}
    compared = result.get("candidates", {})
    if not compared:
        return
    order = sorted(compared, key=lambda name: -compared[name]["figures"].get("auroc", {"value": 0})["value"])
    named = [(candidate(name).title, compared[name]["figures"]) for name in order]
    st.markdown("##### Comparison")
    _about(result)
    left, right = st.columns([2, 3], gap="large")
    with left:
        chart = charts.comparison_chart(named)
        if chart is not None:
            st.plotly_chart(chart, config=STILL, key="train:compare", alt=charts.comparison_alt(named))
    with right:
        rows = [[title, *(charts.spoken(one.get(key)) for key in _KEYS)] for title, one in named]
        markup.draw(
            markup.table(
                _HEADS,
                rows,
                caption="On rows that the model had not seen, with 95\u202f% intervals",
                numbers=range(1, 5),
            )  # fmt: skip
        )
    for name, why in result.get("failed", {}).items():
        panels.note_box(f"{candidate(name).title}: not compared", str(why))
    proposed = result.get("recommended") or order[0]
    name = st.selectbox(
        "Model to look at", order, index=order.index(proposed) if proposed in order else 0,
        format_func=lambda one: candidate(one).title + (" (proposed)" if one == proposed else ""),
        key=f"train:{found.id}:shown",
        help="Proposed is the simplest whose AUROC is as good as the best (within 0.01).",
    )  # fmt: skip
    point, costs = _operating_point(found, name, compared[name])
    _curves(name, compared[name], point)
    _goes_by(compared[name])
    _save(found, name, point, costs)


def _about(result: dict[str, Any]) -> None:
    out = "; ".join(f"{count:,} {why}" for why, count in result.get("left_out", {}).items())
    st.caption(
        f"{result['rows']:,} rows were used, {result['positives']:,} with the outcome"
        + (f" (left out: {out})" if out else "")
        + f". {result['held_out']:,} rows are held out: they take part in nothing until a model is saved."
    )


def _operating_point(
    found: Training, name: str, one: dict[str, Any]
) -> tuple[dict[str, float], dict[str, float]]:
    """Two sliders: what a person who is missed costs, and one who is flagged in vain."""
    st.markdown("##### Operating point by cost")
    left, right = st.columns(2)
    miss = left.slider(
        "One who is missed costs",
        1,
        100,
        5,
        key=f"train:{found.id}:miss",
        help="A false negative, in any unit.",
    )
    alarm = right.slider(
        "One who is flagged in vain costs", 1, 100, 1, key=f"train:{found.id}:alarm",
        help="A false positive, in the same unit.",
    )  # fmt: skip
    curves = one["curves"]
    point = cheapest(
        curves["counts"], positives=curves["positives"], n=curves["n"], miss=float(miss), alarm=float(alarm)
    )
    pairs = [
        ("Flag from", probability(point["threshold"])),
        ("Sensitivity", share(point["sensitivity"])),
        ("Specificity", share(point["specificity"])),
        ("Flagged", share(point["flagged"])),
        ("Cost of errors", f"{point['cost']:.1f} per 100 people"),
    ]
    markup.draw(markup.facts(pairs))
    return point, {"miss": float(miss), "alarm": float(alarm)}


def _curves(name: str, one: dict[str, Any], point: dict[str, float]) -> None:
    card = charts.as_card(one["curves"], name=candidate(name).title, point=point)
    drawn = (
        ("Operating characteristic", reliability.roc_chart(card), reliability.roc_alt(card)),
        (
            "Precision and recall",
            reliability.precision_recall_chart(card),
            reliability.precision_recall_alt(card),
        ),
        ("Calibration", reliability.reliability_chart(card), reliability.reliability_alt(card)),
        (
            "Decision curve",
            charts.decision_chart(one["curves"]["net_benefit"], point["threshold"]),
            charts.decision_alt(one["curves"]["net_benefit"]),
        ),
    )
    places = [*st.columns(2, gap="large"), *st.columns(2, gap="large")]
    for place, (title, figure, alt) in zip(places, drawn, strict=True):
        with place:
            st.markdown(f"##### {title}")
            if figure is not None:
                st.plotly_chart(figure, config=STILL, key=f"train:chart:{title}", alt=alt)
            else:
                st.caption("Too few rows to draw it.")


def _goes_by(one: dict[str, Any]) -> None:
    """What the model goes by, by two measures, as bars and as a table."""
    st.markdown("##### What it goes by")
    figure = charts.importance_chart(one["importance"])
    if figure is None:
        st.caption("No column tells anything.")
        return
    st.plotly_chart(
        figure, config=STILL, key="train:importance", alt=charts.importance_alt(one["importance"])
    )
    st.caption("How the model answers, not what causes the outcome: an association in this table.")
    with st.expander("As a table"):
        rows = [
            [str(part["column"]), f"{part['auroc_lost']:.3f}" if part["auroc_lost"] is not None else "",
             f"{part['shap_share']:.3f}"]
            for part in one["importance"]
        ]  # fmt: skip
        heads = ["Column", "AUROC lost when shuffled", "Share of SHAP values"]
        markup.draw(markup.table(heads, rows, caption="On rows held out", numbers=(1, 2)))


def _save(found: Training, name: str, point: dict[str, float], costs: dict[str, float]) -> None:
    st.markdown("##### Save as a model")
    refused = st.session_state.pop(_REFUSED, None)
    if isinstance(refused, Refusal):
        panels.refusal_box(refused)
    differs = training.compared_choices(found) != training.choices_of(found)
    if differs:
        panels.caution_box(
            ["What is chosen above was changed since: the results and the model are of before."]
        )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.text_input(
            "What it predicts", key=f"train:{found.id}:title", max_chars=training.LONGEST_TITLE,
            placeholder="for example: readmission within 30 days", autocomplete="off", width="stretch",
        )  # fmt: skip
        st.button(
            "Save", type="primary", icon=":material/save:", key=f"train:{found.id}:save",
            on_click=_start_saving, args=(found.id, name, point["threshold"], costs),
        )  # fmt: skip
    st.caption(
        "It is fitted on all rows but those held out, measured on these, and marked \u201clocal, not "
        "validated\u201d. You alone see it until an administrator releases it."
    )


def _start_saving(training_id: str, name: str, threshold: float, costs: dict[str, float]) -> None:
    user = require_user(Role.CLINICIAN)
    title = str(st.session_state.get(f"train:{training_id}:title", ""))
    try:
        training.save(
            user.store, user.caller, training_id, name=name, title=title, threshold=threshold, costs=costs
        )
    except Refusal as refusal:
        st.session_state[_REFUSED] = refusal
