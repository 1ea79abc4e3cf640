"""The worklist's filters. All but the search text are kept in the page's address."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import streamlit as st

from medai_core.domain.reading import StudyState
from medai_core.store.rows import StudyFilter
from medai_core.ui.session import require_user

ORDERS: Final = ("priority", "received", "study date")
SEARCH: Final = "worklist:search"
PAGE: Final = "page"
KEPT: Final = "worklist:address"
CHOSEN: Final = "worklist:chosen"
_OLDEST: Final = date(1890, 1, 1)
# Names of widgets that are names in the page's address too.
_IN_ADDRESS: Final = ("state", "modality", "from", "to", "order", PAGE)


def filter_bar(modalities: Sequence[str]) -> StudyFilter:
    """Draw search, filters and order in one line; what they say together.

    What a bound widget shows is what the address holds, so the options are shown as they are.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        search = st.text_input(
            "Search",
            key=SEARCH,
            type="search",
            live=True,
            max_chars=100,
            placeholder="name, id, accession number",
            on_change=first_page,
            persist_state="session",
            autocomplete="off",
            icon=":material/search:",
            width=230,
        )
        states = st.pills(
            "State",
            [state.value for state in StudyState],
            selection_mode="multi",
            key="state",
            bind="query-params",
            on_change=first_page,
        )
        chosen = st.multiselect(
            "Modality",
            _known(modalities),
            key="modality",
            bind="query-params",
            on_change=first_page,
            placeholder="any",
            width=170,
        )
        date_from = _day("Study date from", "from")
        date_to = _day("to", "to")
        order = st.selectbox(
            "Order",
            ORDERS,
            key="order",
            bind="query-params",
            on_change=first_page,
            help="Priority: urgency, then longest waiting, signed ones last. The others: newest first.",
            width=185,
        )
    return StudyFilter(
        search=search or "",
        states=tuple(StudyState(state) for state in states),
        modalities=tuple(chosen),
        date_from=date_from,
        date_to=date_to,
        order=order if order in ORDERS else "priority",
    )


def _known(modalities: Sequence[str]) -> list[str]:
    """The modalities to choose from; those in the address stay even when the store has none of them."""
    return sorted({*modalities, *st.query_params.get_all("modality")})


def _day(label: str, key: str) -> date | None:
    value = st.date_input(
        label,
        value=None,
        min_value=_OLDEST,
        key=key,
        bind="query-params",
        on_change=first_page,
        format="YYYY-MM-DD",
        width=136,
    )
    return value if isinstance(value, date) else None


def first_page() -> None:
    """Another filter begins with its first page."""
    require_user()
    st.session_state[PAGE] = 1


def remember_address() -> None:
    """Keep the filters of the address, for the way back from a reading."""
    st.session_state[KEPT] = {
        name: values for name in _IN_ADDRESS if (values := st.query_params.get_all(name))
    }


def remember_filter(chosen: StudyFilter) -> None:
    """Keep what was asked for, so that "next case" goes on in the same list."""
    st.session_state[CHOSEN] = chosen


def kept_filter() -> StudyFilter | None:
    """What the worklist was asked for last."""
    kept = st.session_state.get(CHOSEN)
    return kept if isinstance(kept, StudyFilter) else None


def kept_address() -> dict[str, str | list[str]]:
    """The filters that the worklist had last."""
    kept = st.session_state.get(KEPT)
    return dict(kept) if isinstance(kept, dict) else {}
