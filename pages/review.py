"""Patients in doubt: one key with two descriptions, and studies that belong to somebody else."""

import streamlit as st

from medai_core.domain.people import Role
from medai_core.services.identities import identity_conflicts
from medai_core.ui import identity_review, panels
from medai_core.ui.quality import pairs
from medai_core.ui.session import require_user

user = require_user(Role.CLINICIAN)


def main() -> None:
    """Draw the open doubts, then the form that moves a study."""
    panels.heading(
        "Review", "Nothing is merged without a person's decision. Each one is recorded with its reason."
    )
    identity_review.draw_said()
    with panels.refusals_shown():
        doubts = identity_conflicts(user.store, user.caller)
        for one in doubts:
            identity_review.conflict_card(one)
        if not doubts:
            panels.empty_state(
                "No patient is in doubt",
                [
                    "When a file brings a known patient id with another name, birth date or sex, its study "
                    "is kept apart and both descriptions are shown here.",
                ],
            )
    st.subheader("Two records, one person?", anchor=False)
    with panels.refusals_shown():
        pairs.draw(user)
    st.subheader("Move a study to the right patient", anchor=False)
    with panels.refusals_shown():
        identity_review.move_form(user)


main()
