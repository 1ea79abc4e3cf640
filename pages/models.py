"""What each model is for, what it was measured on, and where it must not be used."""

import streamlit as st

from medai_core.charts.words import RESEARCH_USE
from medai_core.domain.refusal import Refusal
from medai_core.serving.registry import ModelCard, available, card
from medai_core.serving.verify import verify_models
from medai_core.ui import monitor, panels, places
from medai_core.ui.models import card as card_page
from medai_core.ui.models import listing
from medai_core.ui.session import require_user

user = require_user()


def main() -> None:
    """The list of models, or the card or monitor that the address names."""
    if st.query_params.get(places.MONITOR, ""):
        panels.heading("Models", f"{RESEARCH_USE}. Counted from this store's answers and signed readings.")
        monitor.draw(user)
        return
    panels.heading("Models", f"{RESEARCH_USE}. Every number here is read from the model's own card.")
    name = st.query_params.get(places.MODEL, "")
    if name:
        _card(name)
        return
    _models(available(None))


def _models(found: tuple[ModelCard, ...]) -> None:
    """Each model with the way to its card, and the proof that the files are the measured ones."""
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
    listing.draw(found, monitor.hints(user))


def _card(name: str) -> None:
    try:
        found = card(name)
    except Refusal as refusal:
        panels.refusal_box(refusal)
        _models(available(None))
        return
    card_page.draw(found)


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
