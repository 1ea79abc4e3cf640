"""Two records, one person? The review list with the weight of every field; merge, keep apart, take back."""

from typing import Final

import streamlit as st

from medai_core.charts import quality as charts
from medai_core.charts import words
from medai_core.charts.template import STILL
from medai_core.domain.people import PatientIdentity, Role
from medai_core.domain.refusal import Refusal
from medai_core.services import matching
from medai_core.services.matching import UNKNOWN, Review, Side
from medai_core.store.pairs import MATCH, MERGED, MESSAGE, SAME_KEY, Pair
from medai_core.ui import clock, markup, panels
from medai_core.ui.session import UserSession, require_user

_SAID: Final = "pairs:said"
_PLACE: Final = "pairs:place"
_SEEN: Final = "pairs:seen"
LEAST: Final = "pairs:least"
"""The threshold of the data quality page, in bits; the list asks about pairs at or above it."""

_WHY: Final = {
    MESSAGE: "A sender's message says that the two are one person (HL7 A40).",
    SAME_KEY: "Both came under the same identifier with different descriptions.",
    MATCH: "Found by comparing all records.",
}
_DECIDED_SHOWN: Final = 20
_BREAK: Final = ' style="overflow-wrap: anywhere; min-width: 7rem"'
"""Long identifiers break anywhere, so that both records are seen on a narrow screen."""


def draw(user: UserSession) -> None:
    """The open pairs, one at a time, then the decided ones."""
    said = st.session_state.pop(_SAID, None)
    if isinstance(said, Refusal):
        panels.refusal_box(said)
    elif isinstance(said, str):
        panels.note_box("Done", said)
    least = float(st.session_state.get(LEAST, 0.0))
    total = matching.queue_length(user.store, user.caller, least=least)
    if not total:
        panels.empty_state(
            "No two records wait for a decision",
            [
                "Records that may be one person are shown here side by side: those that a sender's message "
                "names, those that came under one identifier, and those that a comparison finds "
                "(Quality, Duplicates).",
            ],
        )
    else:
        with panels.refusals_shown():
            _one(user, total, least)
    with panels.refusals_shown():
        _decided(user)


def _one(user: UserSession, total: int, least: float) -> None:
    place = min(int(st.session_state.get(_PLACE, 0)), total - 1)
    found = matching.queue(user.store, user.caller, least=least, limit=1, offset=place)
    if not found:  # somebody else has just decided one
        st.caption("The list has changed. Load it again.")
        return
    pair = found[0]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**Pair {place + 1} of {total:,}**")
        for label, step, icon in (("Previous", -1, "chevron_left"), ("Next", 1, "chevron_right")):
            st.button(
                label,
                key=f"pairs:{label}",
                icon=f":material/{icon}:",
                type="tertiary",
                on_click=_go,
                args=(place + step,),
                disabled=not 0 <= place + step < total,
            )
    again = st.session_state.get(_SEEN) == pair.id
    review = matching.opened(user.store, user.caller, pair.id, again=again)
    st.session_state[_SEEN] = pair.id
    card(review)


def card(review: Review) -> None:
    """Both descriptions, the weights, and the decision."""
    pair = review.pair
    with st.container(border=True):
        markup.draw(markup.paragraph(_why(pair), muted=True) + side_by_side(review))
        if review.weights.get("fields"):
            left, right = st.columns([3, 2], gap="large")
            with left:
                st.plotly_chart(
                    charts.waterfall(review.weights),
                    config=STILL,
                    key=f"pairs:waterfall:{pair.id}",
                    alt=charts.waterfall_alt(review.weights),
                )
            with right:
                markup.draw(_sum(review))
        _decision(review)


def _why(pair: Pair) -> str:
    parts = [_WHY.get(pair.kind, "")]
    if certain := pair.weights.get("certain"):
        parts.append(f"Both have the same {certain}.")
    return f"{' '.join(parts)} Found {clock.moment(pair.found_at)}."


def side_by_side(review: Review) -> str:
    """The two descriptions as a table, with what each field agrees on and its bits."""
    said = {one["field"]: one for one in review.weights.get("fields", ())}
    rows = ""
    sides = (review.first, review.second)
    for name, compared in _ROWS:
        values = [_described(side)[name] for side in sides]
        found = [said[field] for field in compared if field in said]
        level = "; ".join(
            one["level"] if len(found) == 1 else f"{one['field']}: {one['level']}" for one in found
        )
        known = [one["bits"] for one in found if one["level"] != UNKNOWN]
        look = ' class="mx-diff"' if values[0] != values[1] else ""
        cells = "".join(f"<td{_BREAK}><bdi{look}>{markup.text(value)}</bdi></td>" for value in values)
        rows += (
            f'<tr><th scope="row">{markup.text(name)}</th>{cells}<td>{markup.text(level)}</td>'
            f'<td class="mx-number">{f"{sum(known):+.1f}" if known else ""}</td></tr>'
        )
    heads = ("", "First record", "Second record", "Agreement", "Bits")
    head = "".join(f'<th scope="col">{title}</th>' for title in heads)
    inner = f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody>"
    return f'<div class="mx-scroll"><table class="mx-table">{inner}</table></div>'


_ROWS: Final = (
    ("Name", ("family name", "given names")),
    ("Birth date", ("birth date",)),
    ("Sex", ("sex",)),
    ("Identifier", ("identifier",)),
    ("Telephone", ("telephone",)),
    ("Address", ("address",)),
)


def _described(side: Side) -> dict[str, str]:
    identity = side.patient.identity
    return {
        "Name": words.person(identity.name),
        "Birth date": words.day(identity.birth_date),
        "Sex": words.sex(identity.sex),
        "Identifier": _identifier(identity),
        "Telephone": side.phone or words.NOT_GIVEN,
        "Address": side.address or words.NOT_GIVEN,
    }


def _identifier(identity: PatientIdentity) -> str:
    return f"{identity.identifier} ({identity.issuer})" if identity.issuer else identity.identifier


def _sum(review: Review) -> str:
    score = float(review.weights["score"])
    against = "two persons of one household" if review.weights["household"] else "two strangers"
    chance = words.probability(matching.probability(score))
    return markup.facts(
        [
            ("Score", f"{score:+.1f} bits: {chance} that the two are one person"),
            ("Weighed against", f"{against}, the likelier other explanation"),
            ("Bits", "one bit more doubles the odds; a field that one of the two lacks adds nothing"),
        ]
    )


def _decision(review: Review) -> None:
    pair = review.pair
    names = {
        side.patient.id: f"{title}: {words.person(side.patient.identity.name)}"
        for title, side in (("First record", review.first), ("Second record", review.second))
    }
    survivor = st.radio(
        "If merged, the record that stays and under which all of both shows",
        list(names),
        format_func=lambda one: names[one].split(":")[0],
        key=f"pairs:{pair.id}:survivor",
        horizontal=True,
    )
    reason = st.text_input(
        "Reason, for the record", key=f"pairs:{pair.id}:reason", max_chars=1000, autocomplete="off"
    )
    with st.container(horizontal=True):
        st.button(
            "Merge",
            type="primary",
            key=f"pairs:{pair.id}:merge",
            on_click=_decide,
            args=(pair.id, survivor),
            disabled=not reason,
            help="Nothing is moved: both records show as one person, until this is taken back.",
        )
        st.button(
            "Keep apart",
            key=f"pairs:{pair.id}:apart",
            on_click=_decide,
            args=(pair.id, None),
            disabled=not reason,
            help="Both records stay; no comparison asks about the two again.",
        )


def _decided(user: UserSession) -> None:
    found = matching.decided(user.store, user.caller, limit=_DECIDED_SHOWN + 1)
    if not found:
        return
    st.markdown("##### Decided")
    for pair in found[:_DECIDED_SHOWN]:
        review = matching.opened(user.store, user.caller, pair.id, again=True)
        names = [words.person(side.patient.identity.name) for side in (review.first, review.second)]
        state = "Merged" if pair.state == MERGED else "Kept apart"
        with st.container(horizontal=True, vertical_alignment="center"):
            markup.draw(
                f"<strong>{state}</strong>: <bdi>{markup.text(names[0])}</bdi> and "
                f"<bdi>{markup.text(names[1])}</bdi>"
                + markup.paragraph(f"{pair.reason} ({clock.moment(pair.decided_at)})", muted=True)
            )
            st.button(
                "Un-merge" if pair.state == MERGED else "Ask again",
                key=f"pairs:{pair.id}:back",
                icon=":material/undo:",
                on_click=_back,
                args=(pair.id,),
            )
    if len(found) > _DECIDED_SHOWN:
        st.caption(f"The newest {_DECIDED_SHOWN} are shown.")


def _go(place: int) -> None:
    require_user(Role.CLINICIAN)
    st.session_state[_PLACE] = place


def _decide(pair_id: str, survivor: str | None) -> None:
    user = require_user(Role.CLINICIAN)
    reason = str(st.session_state.get(f"pairs:{pair_id}:reason", ""))
    try:
        if survivor is None:
            matching.keep_apart(user.store, user.caller, pair_id, reason=reason)
            st.session_state[_SAID] = "Decided: two persons; both records stay."
        else:
            matching.merge(user.store, user.caller, pair_id, survivor=survivor, reason=reason)
            st.session_state[_SAID] = "Merged: both records show as one person. Un-merge takes it back."
    except Refusal as refusal:
        st.session_state[_SAID] = refusal


def _back(pair_id: str) -> None:
    user = require_user(Role.CLINICIAN)
    try:
        matching.take_back(user.store, user.caller, pair_id)
        st.session_state[_SAID] = "Taken back: everything stands as it was before."
    except Refusal as refusal:
        st.session_state[_SAID] = refusal
