"""Search, open, switch: in a real browser, with the services of patients made slow by two seconds."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from medai_core.domain.people import Caller, Role
from medai_core.store.database import Store
from tests.support.record_years import ANALYTES, observation
from tests.support.records import WHEN, about, allergy, brought_in, id_of, person, problem
from tests.support.server import ADMINISTRATOR, NEW_PASSWORD, Server, start_server

pytestmark = pytest.mark.browser

SECONDS = 2.0
MILLISECONDS = 60_000
AT_ONCE = 0.3
# Python runs this before the server's own code: it wraps two services as soon as their module is loaded.
_SLOWED = f"""
import importlib.util
import sys
import time
from pathlib import Path

FLAG = Path(__file__).with_name("slow")
NAME = "medai_core.services.patient_record"


def slow(work):
    def worked(*given, **named):
        if FLAG.exists():
            time.sleep({SECONDS})
        return work(*given, **named)
    return worked


class Finder:
    def find_spec(self, name, path=None, target=None):
        if name != NAME:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def loaded(module):
            load(module)
            for service in ("whose", "overview"):
                setattr(module, service, slow(getattr(module, service)))

        spec.loader.exec_module = loaded
        return spec


sys.meta_path.insert(0, Finder())
"""
# Every text that can be seen on the page, shadow trees included.
_SEEN = """() => {
  const texts = [];
  const walk = (root) => {
    for (const element of root.querySelectorAll("*")) {
      if (element.shadowRoot) walk(element.shadowRoot);
      const own = [...element.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data);
      const seen = element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
      if (seen) texts.push(...own);
    }
  };
  walk(document.body);
  return texts.join(" | ");
}"""
# Looks at the page every 20 ms from the next click or way back on: when was a word of the first patient seen
# last (in seconds), when were all words of the second there, has it been watched for three seconds more.
_WATCH = """([before, after]) => {
  const seen = SEEN;
  const watched = { last: 0, arrived: null, settled: false };
  window.watched = watched;
  let begin = null;
  const look = () => {
    const passed = (performance.now() - begin) / 1000;
    const text = seen();
    if (before.some((word) => text.includes(word))) watched.last = passed;
    if (watched.arrived === null && after.every((word) => text.includes(word))) watched.arrived = passed;
    if (watched.arrived !== null && passed > watched.arrived + 3) {
      watched.settled = true;
      clearInterval(timer);
    }
  };
  let timer = null;
  const start = () => {
    if (begin !== null) return;
    begin = performance.now();
    timer = setInterval(look, 20);
  };
  window.addEventListener("popstate", start, { once: true });
  window.addEventListener("click", start, { once: true, capture: true });
}""".replace("SEEN", _SEEN)
ANNA = ("Lindt Anna", "Hypertensive disorder", "Allergy to penicillin", "5.9", "Potassium")
BERTA = ("Lund Berta", "Asthma")


@dataclass
class SlowServer:
    """The app as it is; a file named as `flag` delays the services of patients."""

    server: Server
    flag: Path


@pytest.fixture
def slow(home: Path, tmp_path: Path) -> Iterator[SlowServer]:
    """A running server whose services of patients can be made slow."""
    folder = tmp_path / "slowed"
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(_SLOWED)
    running = start_server(home, {"PYTHONPATH": str(folder)}, wait_seconds=180)
    yield SlowServer(running, folder / "slow")
    running.stop()


def _fill(home: Path) -> tuple[str, str]:
    """Two patients; their opaque ids."""
    code, name, unit, *_, low, high = ANALYTES[0]
    store = Store(home)
    loader = Caller("os:test", "test", "Test", Role.CLINICIAN, store.name)
    brought_in(
        store,
        loader,
        person(),
        problem("p1", "Hypertensive disorder", "38341003"),
        allergy("a1", "Allergy to penicillin", "91936005"),
        observation(about("anna"), "k1", code, name, 5.9, unit, WHEN, [low, high]),
        person("berta", "Lund", "Berta"),
        problem("p2", "Asthma", "195967001", of="berta"),
    )
    ids = id_of(store), id_of(store, "berta")
    store.close()
    return ids


def _first_sign_in(tab: Any, server: Server) -> None:
    tab.goto(server.url)
    tab.fill("input[name=username]", ADMINISTRATOR)
    tab.fill("input[name=password]", server.admin_password)
    tab.click("button:has-text('Sign in')")
    tab.fill("input[name=current]", server.admin_password)
    tab.fill("input[name=new]", NEW_PASSWORD)
    tab.fill("input[name=again]", NEW_PASSWORD)
    tab.click("button:has-text('Keep this password')")
    tab.wait_for_selector("text=No study yet")


def _search_and_open(tab: Any, typed: str, name: str) -> None:
    tab.get_by_placeholder("name, patient id, birth date").fill(typed)
    tab.get_by_role("link", name=name).click()
    tab.wait_for_url("**/patient?patient=*")


def test_a_search_leads_to_the_record_and_into_an_entry(slow: SlowServer, context: Any) -> None:
    context.set_default_timeout(MILLISECONDS)
    tab = context.new_page()
    _first_sign_in(tab, slow.server)
    anna, _ = _fill(slow.server.home)
    tab.get_by_role("link", name="Patients").click()
    _search_and_open(tab, "lin 1960", "Lindt Anna")
    assert tab.url.endswith(f"patient={anna}")
    tab.locator(".js-plotly-plot").nth(1).wait_for()
    seen = tab.evaluate(_SEEN)
    for word in ANNA:
        assert word in seen, word
    assert "lin" not in tab.url.split("?")[1].lower().replace(anna.lower(), "")
    tab.get_by_role("button", name="Hypertensive disorder").click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_text("The FHIR resource as it came in").wait_for()
    dialog.get_by_text('"resourceType"').first.wait_for()
    tab.keyboard.press("Escape")
    dialog.wait_for(state="hidden")
    tab.get_by_text("Also what is withdrawn, not final or replaced").click()
    tab.wait_for_url("**hidden=true*")


def test_nothing_of_the_patient_before_is_seen_after_a_switch(slow: SlowServer, context: Any) -> None:
    """Back, forward and over the list: by every way to another patient the first is gone at once."""
    context.set_default_timeout(MILLISECONDS)
    tab = context.new_page()
    _first_sign_in(tab, slow.server)
    anna, berta = _fill(slow.server.home)
    tab.get_by_role("link", name="Patients").click()
    _search_and_open(tab, "lund", "Lund Berta")
    tab.get_by_role("button", name="Asthma").wait_for()
    tab.evaluate(f"history.pushState({{}}, '', '/patient?patient={anna}')")
    tab.evaluate("window.dispatchEvent(new PopStateEvent('popstate'))")
    tab.locator(".js-plotly-plot").nth(1).wait_for()
    assert "Lindt Anna" in tab.evaluate(_SEEN)
    slow.flag.touch()

    tab.evaluate(_WATCH, [list(ANNA), list(BERTA)])
    tab.go_back()
    _gone_at_once(tab)
    assert tab.url.endswith(f"patient={berta}")

    tab.evaluate(_WATCH, [list(BERTA), list(ANNA)])
    tab.go_forward()
    _gone_at_once(tab)
    assert tab.url.endswith(f"patient={anna}")

    tab.evaluate(_WATCH, [list(ANNA[1:]), ["Last activity"]])
    tab.get_by_role("button", name="Patients").click()
    _gone_at_once(tab, slow=False)
    _search_and_open(tab, "lund", "Lund Berta")
    tab.get_by_role("button", name="Asthma").wait_for()
    tab.evaluate(_WATCH, [["Asthma"], ["Last activity"]])
    tab.get_by_role("link", name="Patients").click()
    _gone_at_once(tab, slow=False)


def _gone_at_once(tab: Any, *, slow: bool = True) -> None:
    """What was watched for is seen no more at most 0.3 s after the click, and it does not come back."""
    tab.wait_for_function("() => window.watched.arrived !== null")
    watched = tab.evaluate("() => window.watched")
    assert not slow or watched["arrived"] > SECONDS, "the service was not slow"
    assert watched["last"] <= AT_ONCE, f"something of the patient before was seen: {watched}"
    tab.wait_for_function("() => window.watched.settled")
    assert tab.evaluate("() => window.watched.last") == watched["last"], "something came back"
