"""How long a person waits at the start, as medians of one run.

    python -m tests.benchmarks.bench_start

Prints the seconds from `streamlit run` to the end of the first script run (a websocket asks for it, as a
browser does) against an empty Streamlit server's in the same run, and from opening the address in a cold
chromium to the worklist of the demo.
"""

import shutil
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import httpx
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

from tests.support.server import ROOT, start_server

REPEATS = 3
_EMPTY = "import streamlit as st\napp = st.App('page.py')\n"


def first_script_run(url: str) -> None:
    """Ask for the first page over the websocket and wait until its script has finished."""
    httpx.get(url, timeout=30).raise_for_status()
    address = url.replace("http://", "ws://") + "/_stcore/stream"
    with connect(address, origin=url, subprotocols=["streamlit"], max_size=None) as socket:  # type: ignore[arg-type,list-item]
        ask = BackMsg()
        ask.rerun_script.query_string = ""
        socket.send(ask.SerializeToString())
        while True:
            message = ForwardMsg()
            message.ParseFromString(bytes(socket.recv(timeout=60)))
            if message.WhichOneof("type") == "script_finished":
                return


def start_seconds(root: Path = ROOT) -> float:
    """Seconds from the start of the process to the end of its first script run."""
    with tempfile.TemporaryDirectory() as home:
        begin = time.perf_counter()
        server = start_server(Path(home) / "home", root=root, password=False)
        try:
            first_script_run(server.url)
            return time.perf_counter() - begin
        finally:
            server.stop()


def worklist_seconds() -> float:
    """Seconds from opening the address in a new chromium profile to the demo's worklist on the screen."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as home, sync_playwright() as playwright:
        server = start_server(Path(home) / "home", {"MEDAI_DEMO": "1"}, password=False)
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            begin = time.perf_counter()
            page.goto(server.url)
            page.locator("a[href*='study=']").first.wait_for(timeout=60_000)
            return time.perf_counter() - begin
        finally:
            browser.close()
            server.stop()


def _median(work: Callable[[], float]) -> float:
    return statistics.median(work() for _ in range(REPEATS))


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "app.py").write_text(_EMPTY, encoding="utf-8")
        (root / "page.py").write_text("import streamlit as st\nst.write('empty')\n", encoding="utf-8")
        empty = _median(lambda: start_seconds(root))
    own = _median(start_seconds)
    print(f"empty Streamlit app to first run finished  {empty:6.2f} s")
    ratio = f"{own / empty:.2f} x the empty app"
    print(f"this app to first run finished             {own:6.2f} s   (asked: < 2 s; {ratio})")
    if shutil.which("chromium"):
        print(
            f"worklist of the demo in a cold browser     {_median(worklist_seconds):6.2f} s   (asked: < 4 s)"
        )
    else:
        print("worklist in a cold browser: not measured, there is no chromium here")


if __name__ == "__main__":
    main()
