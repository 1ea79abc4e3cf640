"""The audit log: who did what to which object, newest first, and the proof of its chain."""

from typing import Final

import streamlit as st

from medai_core.domain.people import Role
from medai_core.services import administration
from medai_core.store.rows import AuditEntry
from medai_core.ui import clock, markup, panels
from medai_core.ui.session import UserSession, require_user

LINES_A_PAGE: Final = 50
_ANY: Final = "any"


def audit_panel(user: UserSession) -> None:
    """Filters, one page of lines, the button that proves the chain."""
    start = administration.search_audit(user.store, user.caller, limit=1)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        actor = st.selectbox(
            "User", [_ANY, *sorted(start.names.values())], key="admin:audit:actor", width=200
        )
        action = st.selectbox("Action", [_ANY, *start.actions], key="admin:audit:action", width=220)
        about = st.text_input(
            "Object's id", key="admin:audit:object", max_chars=64, autocomplete="off", width=240
        )
    number = int(st.session_state.get("admin:audit:page", 1))
    page = administration.search_audit(
        user.store,
        user.caller,
        actor=None if actor == _ANY else actor,
        action=None if action == _ANY else action,
        object_id=about.strip() or None,
        offset=(number - 1) * LINES_A_PAGE,
        limit=LINES_A_PAGE,
    )
    rows = [_row(entry, page.names) for entry in page.entries]
    caption = f"{page.total} lines, newest first; objects by their opaque ids"
    markup.draw(markup.table(["Time", "User", "Action", "Object", "Detail"], rows, caption=caption))
    if page.total > LINES_A_PAGE:
        st.pagination(-(-page.total // LINES_A_PAGE), key="admin:audit:page")


def _row(entry: AuditEntry, names: dict[str, str]) -> tuple[str, ...]:
    detail = ", ".join(f"{name}: {value}" for name, value in entry.detail.items())
    return (
        clock.moment(entry.at),
        names.get(entry.actor_id, entry.actor_id),
        entry.action,
        entry.object_id,
        detail,
    )


def proof_button(user: UserSession) -> None:
    """Check every line against the one before, the last against its anchor, and signed readings."""
    if st.button("Check the audit log", icon=":material/verified:", key="admin:verify"):
        require_user(Role.ADMINISTRATOR)
        with st.spinner("Checking every line of the audit log."):
            problems = [*user.store.audit.verify(), *user.store.readings.verify()]
        if problems:
            panels.caution_box(problems, heading="The audit log or a signed reading is not as it was written")
        else:
            panels.note_box(
                "Unbroken",
                "Every line follows from the one before, and signed readings are as they were signed.",
            )
