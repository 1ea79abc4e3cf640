"""Prevention: measures of guidelines that a person's values call for, in the guidelines' words, to print."""

from collections.abc import Mapping

import streamlit as st

from medai_core.domain.inputs import NUMBER, YES_NO, Input, Value
from medai_core.domain.risk import Assessment
from medai_core.services import prevention
from medai_core.services.prevention import DECISION, Judged, Plan
from medai_core.ui import markup, panels
from medai_core.ui.session import require_user

_ANSWERS = {"yes": True, "no": False}


def draw(assessment: Assessment, *, key: str) -> None:
    """Questions that only guidelines ask, the measures by factor, and the plan as a document."""
    require_user()
    st.subheader("Prevention", anchor=False)
    if not st.toggle("Show what guidelines recommend", key=f"{key}:open", persist_state="session"):
        return
    own = _answers(prevention.questions(prevention.judge(assessment, _told(key))), key)
    plan = prevention.judge(assessment, own)
    panels.note_box("For decision", DECISION)
    _applies(plan)
    _rest(plan)
    _print(plan, assessment.patient_id, key)


def _print(plan: Plan, patient_id: str | None, key: str) -> None:
    """The plan is set when it is asked for, audited then, and handed out as long as it says the same."""
    place = f"{key}:pdf"
    if st.button("Print the plan (PDF)", icon=":material/print:", key=f"{key}:print"):
        from medai_core.reports.prevention import prevention_pdf

        user = require_user()
        with panels.refusals_shown():
            content = prevention.content(user.store, user.caller, patient_id, plan)
            st.session_state[place] = (plan, prevention_pdf(content))
    made = st.session_state.get(place)
    if isinstance(made, tuple) and made[0] == plan:
        st.download_button(
            "Keep the plan as a file", made[1], file_name="prevention-plan.pdf", mime="application/pdf",
            key=f"{key}:file", icon=":material/download:",
        )  # fmt: skip


def _told(key: str) -> dict[str, Value]:
    """What was answered before, also to questions that are not drawn now."""
    kept = st.session_state.get(f"{key}:own")
    return dict(kept) if isinstance(kept, Mapping) else {}


def _answers(asked: tuple[Input, ...], key: str) -> dict[str, Value]:
    found = _told(key)
    with st.expander("Questions that only guidelines ask", expanded=False):
        for one in asked:
            value = _field(one, f"{key}:{one.key}")
            found.pop(one.key, None)
            if value is not None:
                found[one.key] = value
    st.session_state[f"{key}:own"] = found
    return found


def _field(one: Input, key: str) -> Value | None:
    label = f"{one.help[:1].upper()}{one.help[1:]}"
    if one.kind == NUMBER:
        number = st.number_input(
            f"{label} ({one.unit})", min_value=one.low, max_value=one.high, value=None, key=key,
            persist_state="session",
        )  # fmt: skip
        return None if number is None else float(number)
    choices = list(_ANSWERS) if one.kind == YES_NO else list(one.choices)
    chosen = st.segmented_control(label, choices, key=key, persist_state="session")
    return None if chosen is None else _ANSWERS[chosen] if one.kind == YES_NO else str(chosen)


def _applies(plan: Plan) -> None:
    if not plan.applies:
        panels.note_box("No measure found", "None of the measures that were read applies to what is known.")
    factor = ""
    for one in plan.applies:
        if one.measure.factor != factor:
            factor = one.measure.factor
            markup.draw(f'<h3 class="mx-plain">{markup.text(factor)}</h3>')
        markup.draw(markup.box("note", one.measure.do, _body(one)))


def _body(one: Judged) -> str:
    measure, source = one.measure, one.measure.source
    read_in = f" ({source.read_in})" if source.read_in else ""
    pairs = [
        ("Recommendation", f"{measure.number}: {measure.strength}"),
        ("Guideline", f"{source.publisher}. {source.title}. {source.year}."),
        ("Read at", f"{source.address}{read_in}"),
        ("For", measure.eligibility),
        ("Here", "; ".join(one.values)),
    ]
    if measure.not_for:
        pairs.append(("Not asked here", measure.not_for))
    return markup.paragraph(f"\u201c{measure.quote}\u201d") + markup.facts(pairs)


def _rest(plan: Plan) -> None:
    if plan.not_judged:
        lines = [
            [one.measure.factor, one.measure.do, f"Cannot be judged without: {'; '.join(one.missing)}"]
            for one in plan.not_judged
        ]
        caption = "Measures that turn on what is not known"
        markup.draw(markup.table(["Factor", "Measure", ""], lines, caption=caption))
    with st.expander("Not for this person, and left out"):
        lines = [[one.measure.factor, one.measure.do, one.measure.eligibility] for one in plan.not_for]
        markup.draw(markup.table(["Factor", "Measure", "For"], lines, caption="Not for this person"))
        lines = [[left.what, left.why] for left in plan.left_out]
        markup.draw(markup.table(["Left out", "Why"], lines, caption="What is not offered here"))
