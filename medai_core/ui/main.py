"""The script behind every page: the gate, then the page menu. Run by `st.App`, never beside `pages/`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from medai_core.domain.people import Role
from medai_core.ui import forms, keeper, runtime, session, state, turning

ROOT: Final = Path(__file__).resolve().parents[2]
TICK_SECONDS: Final = 4
ICON: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%230B5CAD'/%3E"
    "%3Cpath d='M3 8h2.5l1.5-4 2 8 1.5-4H13' fill='none' stroke='white' stroke-width='1.4'/%3E%3C/svg%3E"
)
BRAND: Final = (
    "data:image/svg+xml,"
    "%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 74 24' width='74' height='24'%3E"
    "%3Crect x='1' y='3' width='18' height='18' rx='4' fill='%232A78C8'/%3E"
    "%3Cpath d='M4 12h3l2-5 2.5 10 2-5h3' fill='none' stroke='white' stroke-width='1.6'/%3E"
    "%3Ctext x='25' y='17.5' font-family='Source Sans, Source Sans Pro, sans-serif' font-size='16' "
    "font-weight='600' fill='%232A78C8'%3EMedAI%3C/text%3E%3C/svg%3E"
)

# What belongs to every page stands in the header, beside the page menu, and takes no room of the page.
FRAME_STYLE: Final = f"""<style>
div:has(> .st-key-medai-frame) {{ position: absolute; height: 0; }}
.st-key-medai-frame {{ position: fixed; top: 8px; right: 64px; z-index: 999991; width: auto; }}
{turning.STYLE}</style>"""


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: its file in `pages/`, its title and icon, the role that it needs, its section of the menu."""

    name: str
    title: str
    icon: str
    role: Role = Role.READ_ONLY
    section: str = ""


RESEARCH: Final = "Research"
KEEPING: Final = "Keeping"

# One line a page; the first is the start page. What a round of patients needs stands in the menu itself,
# the rest in two sections of it: all of it fits into 1280 px.
PAGES: Final = (
    Entry("worklist", "Worklist", ":material/format_list_bulleted:"),
    Entry("reading", "Reading", ":material/radiology:"),
    Entry("patients", "Patients", ":material/groups:"),
    Entry("patient", "Patient", ":material/person:"),
    Entry("notes", "Notes", ":material/clinical_notes:", Role.CLINICIAN),
    Entry("risk", "Risk", ":material/ecg_heart:"),
    Entry("cohort", "Cohort", ":material/filter_alt:", Role.CLINICIAN, RESEARCH),
    Entry("train", "Train", ":material/school:", Role.CLINICIAN, RESEARCH),
    Entry("models", "Models", ":material/model_training:", section=RESEARCH),
    Entry("review", "Review", ":material/rule:", section=KEEPING),
    Entry("quality", "Quality", ":material/fact_check:", Role.CLINICIAN, KEEPING),
    Entry("admin", "Admin", ":material/admin_panel_settings:", Role.ADMINISTRATOR, KEEPING),
)


@st.fragment(run_every=TICK_SECONDS)
def watch(drawn: session.Gate) -> None:
    """Ask the store again, without counting as activity; run the page anew once its answer differs."""
    gate, _ = session.look(activity=False)
    if gate is not drawn:
        session.rerun_quietly()


def _page(entry: Entry) -> StreamlitPage:
    return st.Page(
        ROOT / "pages" / f"{entry.name}.py",
        title=entry.title,
        icon=entry.icon,
        url_path=entry.name,
        default=entry is PAGES[0],
    )


def main() -> None:
    """Draw the page that the browser asked for, or the form that stands before it."""
    gate, access = session.look(activity=True)
    layout: Literal["wide", "centered"] = "wide" if gate is session.Gate.OPEN else "centered"
    st.set_page_config(page_title="MedAI", page_icon=ICON, layout=layout)
    st.logo(BRAND, size="medium")
    if access is None or gate is not session.Gate.OPEN:
        if gate is session.Gate.LOCKED:
            state.keep_widgets()
        page = st.navigation(
            [
                st.Page(
                    lambda: forms.draw_gate(gate, access),
                    title="MedAI",
                    url_path=entry.name,
                    default=entry is PAGES[0],
                )
                for entry in PAGES
            ],
            position="hidden",
        )
        state.set_url_path(page.url_path)
        if access is not None:
            watch(gate)
        page.run()
        return
    state.restore_widgets()
    sections: dict[str, list[StreamlitPage]] = {}
    for entry in PAGES:
        if access.caller.role.covers(entry.role):
            sections.setdefault(entry.section, []).append(_page(entry))
    page = st.navigation(sections, position="top")
    with st.container(key="medai-frame", width="content", gap=None):
        st.html(FRAME_STYLE)
        watch(gate)
        forms.account_menu(access)
        keeper.keeper(csrf=access.info.csrf, base_path=runtime.base_path())
        turning.turning(page.url_path, first=PAGES[0].name, base_path=runtime.base_path())
    page.run()


try:
    main()
finally:
    state.end_quiet()
