"""What each model is for, what it was measured on, and where it must not be used."""

import streamlit as st

from medai_core.charts.words import RESEARCH_USE
from medai_core.serving.registry import available
from medai_core.serving.verify import verify_models
from medai_core.ui import model_card, panels
from medai_core.ui.session import require_user

user = require_user()


def main() -> None:
    """One card a model, and the proof that the files are the measured ones."""
    panels.heading("Models", f"{RESEARCH_USE}. Every number here is read from the model's own card.")
    found = available()
    if not found:
        panels.empty_state(
            "No model is installed",
            [
                "Each model will be shown here with its purpose, results and limits.",
                "Studies can be read without one.",
            ],
        )
        return
    if st.button("Check files and answers", icon=":material/verified:", key="models:verify"):
        _verify()
    for place, one in enumerate(found):
        if place:
            st.divider()
        model_card.draw(one)


def _verify() -> None:
    """Digests of all files and answers to the golden inputs, checked now."""
    require_user()
    with st.spinner("Checking the files and the answers to known inputs."):
        problems = verify_models()
    if problems:
        panels.caution_box(problems, heading="Not as measured: do not use these models")
    else:
        panels.note_box(
            "As measured",
            "All files have the digests of their cards, and known inputs get the known answers.",
        )


main()
