"""What was computed for one answer, kept for this tab as long as the answer's values stay."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from medai_core.domain.risk import RiskEstimate

Result = TypeVar("Result")


def remembered(key: str, estimate: RiskEstimate, compute: Callable[[RiskEstimate], Result]) -> Result:
    """``compute(estimate)``, asked again when model, version, values or threshold differ.

    `key` is the patient's, so that what is kept goes with the patient.
    """
    token = (
        estimate.name, estimate.version, estimate.threshold,
        tuple(sorted((name, str(value)) for name, value in estimate.values.items())),
    )  # fmt: skip
    kept = st.session_state.get(key)
    if isinstance(kept, tuple) and kept[0] == token:
        found: Result = kept[1]
        return found
    found = compute(estimate)
    st.session_state[key] = (token, found)
    return found
