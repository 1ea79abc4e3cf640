"""A Streamlit app with the viewer alone, for the test in a real browser; started by `streamlit run`."""

import os
from pathlib import Path

import numpy as np
import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from streamlit.runtime.scriptrunner_utils.script_run_context import get_script_run_ctx

from medai_core.domain.prediction import HeatMap
from medai_core.ui.viewer import heat_map_data, viewer
from tests.viewer.harness import Host, describe


def film(case: int) -> "np.ndarray[tuple[int, int], np.dtype[np.uint16]]":
    """Another picture for each case."""
    row, column = np.mgrid[0:500, 0:400]
    wave = 1500 + 900 * np.sin(row / (20 + 9 * case)) * np.cos(column / 31)
    return wave.astype(np.uint16)


def pixels(request: Request) -> Response:
    """The stored values of a case, as the pixel route gives them."""
    case = int(request.path_params["image_id"].removeprefix("case"))
    return Response(film(case).tobytes(), media_type="application/octet-stream")


def page() -> None:
    """One viewer and the words of what it told."""
    state = st.session_state
    case = state.setdefault("case", 0)
    image = describe(Host(), film(case), image_id=f"case{case}", label=f"case {case}")
    heat = None
    if state.get("heat"):
        values = np.zeros((5, 4), dtype=np.float32)
        values[1, 1] = 1.0
        heat = heat_map_data(HeatMap("pneumonia", values), f"case{case}")
    events = viewer(
        [image], key="viewer", csrf="", heat_map=heat, ai_on=state.get("ai", False), has_previous=case > 0
    )
    st.button("Run again")
    st.text(f"case={case} ai={state.get('ai', False)} current={events.current_image}")
    if events.key_image:
        st.text(f"key image of {events.key_image_of}: {len(events.key_image) > 1000}")
    changed = bool(events.next_case or events.toggle_ai or events.toggle_heat_map)
    state["case"] = case + events.next_case
    state["ai"] = state.get("ai", False) != events.toggle_ai
    state["heat"] = state.get("heat", False) != events.toggle_heat_map
    if changed:
        st.rerun()


if get_script_run_ctx() is None and os.environ.get("VIEWER_TEST_SERVER"):
    app = st.App(Path(__file__), routes=[Route("/pixels/{image_id}/{frame}", pixels)])
elif get_script_run_ctx() is not None:
    page()
