"""Session state: kept over a lock, dropped with the patient or the person."""

import datetime

import pytest
from streamlit.testing.v1 import AppTest

from medai_core.ui import state


def _widgets() -> None:
    import datetime

    import streamlit as st

    from medai_core.ui import state

    if st.query_params.get("locked"):
        state.keep_widgets()
        st.write("locked")
        st.stop()
    state.restore_widgets()
    st.text_area("text", key="text")
    st.text_input("secret", type="password", key="secret:sign")
    st.text_input("other secret", type="password", key="sign-password")
    st.checkbox("box", key="box")
    st.number_input("number", key="number")
    st.selectbox("choice", ["a", "b"], key="choice")
    st.multiselect("several", ["a", "b", "c"], key="several")
    st.slider("slider", 0, 10, key="slider")
    st.date_input("day", datetime.date(2026, 1, 1), key="day")
    st.radio("radio", ["x", "y"], key="radio")
    st.button("other", key="other")
    st.download_button("file", b"abc", key="file", on_click="ignore")
    st.file_uploader("upload", key="upload")
    st.data_editor([{"a": 1}], key="editor")
    st.dataframe([{"a": 1}], key="table", on_select="rerun", selection_mode="single-row")
    with st.form("form"):
        st.form_submit_button("send", key="send")


def test_what_is_typed_and_chosen_comes_back_after_a_lock() -> None:
    page = AppTest.from_function(_widgets, default_timeout=20).run()
    page.text_area(key="text").set_value("half a sen")
    page.text_input(key="secret:sign").set_value("pass phrase")
    page.text_input(key="sign-password").set_value("pass phrase")
    page.checkbox(key="box").check()
    page.number_input(key="number").set_value(4.5)
    page.selectbox(key="choice").set_value("b")
    page.multiselect(key="several").set_value(["a", "c"])
    page.slider(key="slider").set_value(7)
    page.date_input(key="day").set_value(datetime.date(2026, 3, 4))
    page.radio(key="radio").set_value("y")
    page.run()
    page.query_params["locked"] = "1"
    page.run()
    assert page.markdown[0].value == "locked"
    assert len(page.text_area) == 0
    page.run()
    del page.query_params["locked"]
    page.run()
    assert not page.exception
    assert page.text_area(key="text").value == "half a sen"
    assert page.checkbox(key="box").value is True
    assert page.number_input(key="number").value == 4.5
    assert page.selectbox(key="choice").value == "b"
    assert page.multiselect(key="several").value == ["a", "c"]
    assert page.slider(key="slider").value == 7
    assert page.date_input(key="day").value == datetime.date(2026, 3, 4)
    assert page.radio(key="radio").value == "y"


def test_a_lock_keeps_no_password_and_nothing_that_a_script_may_not_set() -> None:
    page = AppTest.from_function(_widgets, default_timeout=20).run()
    page.text_area(key="text").set_value("words")
    page.text_input(key="secret:sign").set_value("pass phrase")
    page.text_input(key="sign-password").set_value("pass phrase")
    page.run()
    page.query_params["locked"] = "1"
    page.run()
    kept = page.session_state[state.KEPT]
    assert kept["text"] == "words"
    forbidden = {"secret:sign", "sign-password", "other", "file", "upload", "editor", "table", "send"}
    assert not forbidden & set(kept)


def _patients() -> None:
    import streamlit as st

    from medai_core.ui import state

    patient = st.query_params.get("patient", "p1")
    state.select_patient(patient)
    st.text_input("note", key=state.patient_key(patient, "reading", "note"))
    st.text_input("filter", key="worklist:filter")


def test_nothing_of_one_patient_is_left_beside_another() -> None:
    page = AppTest.from_function(_patients, default_timeout=20).run()
    page.text_input(key="patient:p1:reading:note").set_value("about the first")
    page.text_input(key="worklist:filter").set_value("new")
    page.run()
    page.query_params["patient"] = "p2"
    page.run()
    assert page.text_input(key="patient:p2:reading:note").value == ""
    assert page.text_input(key="worklist:filter").value == "new"
    page.query_params["patient"] = "p1"
    page.run()
    assert page.text_input(key="patient:p1:reading:note").value == ""


@pytest.mark.parametrize("patient", ["p1", "p1:reading", "p"])
def test_keys_of_patients_do_not_meet(patient: str) -> None:
    assert state.patient_key(patient, "reading", "note") != state.patient_key("p2", "reading", "note")
    assert state.patient_key(patient, "reading", "note").startswith(f"patient:{patient}:")
