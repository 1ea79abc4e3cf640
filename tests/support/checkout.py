"""A copy of the program whose pages only say that they ran: what a gate must never let happen unseen."""

import os
import shutil
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[2]
PAGES: Final = ("worklist", *sorted({file.stem for file in (ROOT / "pages").glob("*.py")} - {"worklist"}))
"""The names of all pages; the start page is the first."""
SECRET_NAME: Final = "ZHANG^Xiao"

_PAGE: Final = """
import os
from pathlib import Path

import streamlit as st

from medai_core.ui.session import require_user


def mark(text):
    with Path(os.environ["MEDAI_TEST_MARKS"]).open("a") as file:
        file.write(text + "\\n")


mark("{name}: begun")
user = require_user()
mark("{name}: " + user.caller.username)


def pressed():
    require_user()
    mark("callback ran")


@st.fragment(run_every=1000)
def part():
    mark("fragment entered")
    require_user(activity=False)
    mark("fragment ran")
    st.write("inside the fragment")


if st.query_params.get("note"):
    st.session_state["note"] = st.query_params["note"]
st.write("note: " + st.session_state.get("note", "none"))
st.write("page {name} of {secret} for " + user.caller.username)
st.button("press", key="press", on_click=pressed)
mark("comment: " + st.text_area("comment", key="comment"))
st.image(b"{png}")
st.download_button("keep", b"a document of {secret} {name}", "document.pdf", mime="application/pdf")
st.file_uploader("files", key="files")
part()
if st.query_params.get("fail"):
    raise ValueError("no film of {secret}")
"""

_PNG: Final = (
    "\\x89PNG\\r\\n\\x1a\\n\\x00\\x00\\x00\\rIHDR\\x00\\x00\\x00\\x01\\x00\\x00\\x00\\x01\\x08\\x00\\x00\\x00\\x00:~"
    "\\x9bU\\x00\\x00\\x00\\nIDATx\\x9cc`\\x00\\x00\\x00\\x02\\x00\\x01H\\xaf\\xa4q\\x00\\x00\\x00\\x00IEND\\xaeB`\\x82"
)


def make_checkout(folder: Path) -> Path:
    """The program under `folder`, every file but the page script a link, its pages replaced."""
    shutil.copytree(
        ROOT / "medai_core",
        folder / "medai_core",
        copy_function=os.symlink,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    main = folder / "medai_core" / "ui" / "main.py"
    main.unlink()
    shutil.copy(ROOT / "medai_core" / "ui" / "main.py", main)
    shutil.copy(ROOT / "app.py", folder / "app.py")
    shutil.copytree(ROOT / ".streamlit", folder / ".streamlit")
    (folder / "pages").mkdir()
    for name in (*PAGES, "unlisted"):
        text = _PAGE.replace("{name}", name).replace("{secret}", SECRET_NAME).replace("{png}", _PNG)
        (folder / "pages" / f"{name}.py").write_text(text, encoding="utf-8")
    return folder
