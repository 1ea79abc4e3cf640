"""What to predict, from which columns, how to split, what to compare; every choice is kept as it is made."""

from collections.abc import Sequence
from typing import Final

import streamlit as st

from medai_core.domain.people import Role
from medai_core.domain.refusal import Refusal
from medai_core.domain.training import NOTE, USABLE, WARN, Choices, Issue, Kind, TableProfile
from medai_core.learning.candidates import CANDIDATES
from medai_core.services import training
from medai_core.store.trainings import Training
from medai_core.ui import markup, panels
from medai_core.ui.session import UserSession, require_user

SPLITS: Final[dict[str, str]] = {
    "random": "At random",
    "group": "By group (nobody on both sides)",
    "time": "By time (the latest are held out)",
}
_NONE: Final = "none"
_REFUSED: Final = "train:refused"


def question(user: UserSession, found: Training, profile: TableProfile) -> None:
    """The target and which of its values count as the outcome."""
    chosen = training.choices_of(found)
    names = [one.name for one in profile.columns if one.distinct > 1]
    if not names:
        panels.empty_state("No column can be a target", ["Every column is empty or always the same."])
        return
    left, right = st.columns(2)
    target = left.selectbox(
        "Column to predict",
        names,
        index=names.index(chosen.target) if chosen and chosen.target in names else None,
        placeholder="Choose the outcome",
        key=f"train:{found.id}:target",
    )
    if target is None:
        return
    with panels.refusals_shown():
        counts = training.values_of(user.store, user.caller, found.id, target)
        texts = [text for text, _ in counts]
        kept = chosen.positive if chosen and chosen.target == target else _likely(texts)
        positive = right.multiselect(
            "Values that count as the outcome (all others are \u201cno\u201d)",
            texts,
            default=[one for one in kept if one in texts],
            key=f"train:{found.id}:positive:{target}",
            help="; ".join(f"{text}: {count:,}" for text, count in counts),
        )
        settled = chosen is not None and (chosen.target, set(chosen.positive)) == (target, set(positive))
        if positive and not settled:
            with st.spinner("Looking for what would give the outcome away."):
                training.set_target(user.store, user.caller, found.id, target, positive)
            st.rerun()


def _likely(texts: Sequence[str]) -> list[str]:
    """Of two values the one that says yes; nothing where nobody can tell."""
    yes = [one for one in texts if one.lower() in ("1", "yes", "y", "true", "ja", "positive", "case")]
    return yes[:1] if len(texts) == 2 else []


def leaks(issues: Sequence[Issue], chosen: Choices) -> None:
    """What may give the outcome away: left out first, then what was kept in spite of a warning."""
    warned = [one for one in issues if one.severity == WARN]
    kept = [f"{one.column}: {one.text}" for one in warned if one.column in chosen.columns]
    out = [[one.column, one.text] for one in warned if one.column not in chosen.columns]
    panels.caution_box(kept, heading="Kept in spite of a warning")
    if out:
        markup.draw(markup.table(["Left out", "Why"], out, caption="Columns that may give the outcome away"))
    notes = [[one.column, one.text] for one in issues if one.severity == NOTE]
    if notes:
        with st.expander("Further remarks on columns"):
            markup.draw(markup.table(["Column", "Remark"], notes, caption="To be looked at"))


def columns_and_split(user: UserSession, found: Training, profile: TableProfile, chosen: Choices) -> Choices:
    """The inputs, the split, what to compare; kept at once, so that a reload finds it again."""
    names = [
        one.name for one in profile.columns
        if one.kind in USABLE and one.distinct > 1 and one.name != chosen.target
    ]  # fmt: skip
    key = f"train:{found.id}:{chosen.target}"
    columns = st.multiselect(
        "Columns to learn from", names, default=[one for one in chosen.columns if one in names],
        key=f"{key}:columns",
    )  # fmt: skip
    left, middle, right = st.columns(3)
    split = left.selectbox(
        "Split", list(SPLITS), index=list(SPLITS).index(chosen.split), format_func=lambda one: SPLITS[one],
        key=f"{key}:split",
    )  # fmt: skip
    group = _of(
        middle, "Whose row it is", [one.name for one in profile.columns], chosen.group, f"{key}:group"
    )
    ordered = [one.name for one in profile.columns if one.kind in (Kind.DATE, Kind.NUMBER)]
    time = _of(right, "When it was", ordered, chosen.time, f"{key}:time")
    kinds = {one.name: one.title for one in CANDIDATES}
    candidates = st.multiselect(
        "Models to compare", list(kinds), default=list(chosen.candidates), format_func=lambda one: kinds[one],
        key=f"{key}:kinds",
    )  # fmt: skip
    far = [one.name for one in profile.columns if any(issue.code == "zero-far-off" for issue in one.issues)]
    zeros = chosen.zeros
    if far:
        zeros = tuple(
            st.multiselect(
                "Columns in which 0 means missing", far, default=list(chosen.zeros), key=f"{key}:0"
            )
        )
    with st.container(horizontal=True):
        once = st.checkbox("Use rows that stand twice once", value=chosen.deduplicate, key=f"{key}:once")
        select = st.checkbox(
            "Leave out columns that tell little (inside of every fold)", value=chosen.select,
            key=f"{key}:select",
        )  # fmt: skip
    now = Choices(
        chosen.target, chosen.positive, tuple(columns), split or "random", group, time, once, zeros, select,
        tuple(one.name for one in CANDIDATES if one.name in candidates),
    )  # fmt: skip
    if now != chosen:
        with panels.refusals_shown():
            training.set_choices(user.store, user.caller, found.id, now)
    return now


def _of(place: "st.delta_generator.DeltaGenerator", label: str, names: list[str], now: str, key: str) -> str:
    options = [_NONE, *names]
    found = place.selectbox(label, options, index=options.index(now) if now in names else 0, key=key)
    return "" if found in (None, _NONE) else str(found)


def start(found: Training, chosen: Choices, profile: TableProfile) -> None:
    """How long it will take, and the button."""
    refused = st.session_state.pop(_REFUSED, None)
    if isinstance(refused, Refusal):
        panels.refusal_box(refused)
    ready = bool(chosen.columns and chosen.candidates)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            "Compare" if not (found.result or {}).get("candidates") else "Compare again",
            type="primary", key=f"train:{found.id}:start", icon=":material/play_arrow:", disabled=not ready,
            on_click=_start, args=(found.id,),
        )  # fmt: skip
        if ready:
            seconds = training.estimate(found, chosen)
            st.caption(
                f"Takes about {span(seconds)} on this machine as it is now. Nested cross-validation: 5 outer "
                "and 3 inner folds; a fifth of the rows is held out before."
            )


def span(seconds: float) -> str:
    """A time in words, rounded up."""
    if seconds < 50:
        return f"{max(10, int(-(-seconds // 10) * 10))} seconds"
    if seconds < 5400:
        minutes = int(-(-seconds // 60))
        return f"{minutes} minute" + ("" if minutes == 1 else "s")
    return f"{seconds / 3600:.1f} hours"


def _start(training_id: str) -> None:
    user = require_user(Role.CLINICIAN)
    try:
        training.start(user.store, user.caller, training_id)
    except Refusal as refusal:
        st.session_state[_REFUSED] = refusal
