"""The main job in a real browser: sign in, upload a film, look, read, sign, take the PDF, sign out."""

from io import BytesIO
from typing import Any

import pytest

from medai_core.charts import words
from medai_core.imaging.decode import decode
from medai_core.services.demo import demo_sources
from medai_core.serving import gate
from medai_core.serving.predict import predict
from medai_core.serving.registry import card
from tests.support.server import ADMINISTRATOR, NEW_PASSWORD, Server

pytestmark = pytest.mark.browser

# Whether a canvas holds more than one shade of grey.
_DRAWN = """canvas => {
  const { width, height } = canvas;
  if (width < 2) return false;
  const pixels = canvas.getContext("2d").getImageData(0, height >> 1, width, 1).data;
  return new Set(pixels.filter((_, index) => index % 4 === 0)).size > 8;
}"""
REPORT = "Consolidation in the right middle zone. 肺炎."


@pytest.fixture(scope="module")
def film() -> bytes:
    """The demo's film of a child with pneumonia, as a DICOM file."""
    with next(demo_sources()).open() as stream:
        return stream.read()


def _first_sign_in(tab: Any, server: Server, address: str = "") -> None:
    """The one-time password, then a chosen one."""
    tab.goto(f"{server.url}/{address}")
    tab.fill("input[name=username]", ADMINISTRATOR)
    tab.fill("input[name=password]", server.admin_password)
    tab.click("button:has-text('Sign in')")
    tab.fill("input[name=current]", server.admin_password)
    tab.fill("input[name=new]", NEW_PASSWORD)
    tab.fill("input[name=again]", NEW_PASSWORD)
    tab.click("button:has-text('Keep this password')")


def _upload(tab: Any, film: bytes) -> None:
    tab.wait_for_selector("text=No study yet")
    file = {"name": "film", "mimeType": "application/octet-stream", "buffer": film}
    tab.set_input_files("input[type=file]", file)
    tab.click("button:has-text('Import 1 file')")
    tab.wait_for_selector("text=1 stored, 0 duplicate, 0 refused")
    tab.get_by_role("button", name="Done").click()


def _open_by_keyboard(tab: Any) -> None:
    tab.locator("a[data-id]", has_text="Demo Child A").focus()  # the list's, not the one in the banner
    tab.keyboard.press("Enter")
    tab.wait_for_url("**/reading?study=*")


def _drag_window(tab: Any) -> None:
    """A drag over the picture changes width and centre, in the browser alone."""
    picture = tab.locator("canvas.picture:visible").first
    picture.wait_for()
    width = tab.get_by_label("Window width", exact=False).first
    tab.wait_for_function(_DRAWN, arg=picture.element_handle())
    before = float(width.input_value())
    box = picture.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    tab.mouse.move(*middle)
    tab.mouse.down()
    tab.mouse.move(middle[0] + 120, middle[1] + 40, steps=6)
    tab.mouse.up()
    tab.wait_for_function(
        "([input, before]) => Number(input.value) !== before", arg=[width.element_handle(), before]
    )


def _read(tab: Any, film: bytes) -> None:
    """The own impression first, then the very numbers that the model gives for these bytes."""
    assert tab.locator("text=operating point").count() == 0
    tab.get_by_placeholder("What do you see?").fill("Opacity on the right.")
    tab.click("button:has-text('Save and show the model')")
    tab.click("text=As a table, and in words")
    scan = decode(film)
    prediction = predict(scan, gate.choose(scan.header)[0])
    names = card(prediction.model).data["label_names"]
    for finding in prediction.findings:
        name = tab.get_by_role("cell", name=words.label(finding.label, names), exact=True)
        row = tab.locator("tr", has=name).first
        row.wait_for()
        assert words.probability(finding.probability) in row.inner_text()


def _sign(tab: Any) -> str:
    """Write, judge, take a key image, sign; the report's address."""
    tab.get_by_role("textbox", name="Report", exact=True).fill(REPORT)
    tab.get_by_role("radio", name="partly").or_(tab.get_by_role("button", name="partly")).first.click()
    tab.get_by_label("Key image", exact=False).first.click()
    tab.wait_for_selector("text=Key image taken")
    tab.get_by_role("button", name="Sign", exact=False).last.click()
    dialog = tab.get_by_role("dialog")
    dialog.get_by_text(REPORT).wait_for()
    dialog.get_by_text("agrees in part").wait_for()
    dialog.get_by_label(f"Password of {ADMINISTRATOR}").fill("not this one")
    dialog.get_by_role("button", name="Sign").click()
    dialog.get_by_text("password-wrong").wait_for()
    dialog.get_by_label(f"Password of {ADMINISTRATOR}").fill(NEW_PASSWORD)
    dialog.get_by_role("button", name="Sign").click()
    dialog.wait_for(state="hidden")
    tab.get_by_role("link", name="Report as PDF").wait_for()
    return str(tab.get_by_role("link", name="Report as PDF").get_attribute("href"))


def _pdf_text(content: bytes) -> str:
    from pypdf import PdfReader

    drawn = "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    return " ".join(drawn.split())


def test_a_film_becomes_a_signed_reading(server: Server, context: Any, film: bytes) -> None:
    tab = context.new_page()
    _first_sign_in(tab, server)
    _upload(tab, film)
    _open_by_keyboard(tab)
    study = tab.url
    _drag_window(tab)
    _read(tab, film)
    report = _sign(tab)
    answer = context.request.get(f"{server.url}{report}")
    assert answer.status == 200
    text = _pdf_text(answer.body())
    for word in (
        "DEMO-A",
        "Demo Child A",
        "Consolidation in the right middle zone.",
        "肺炎",
        "not a medical device",
    ):
        assert word in text
    assert "NOT SIGNED" not in text
    second = context.new_page()
    second.goto(study)
    second.locator("canvas.picture:visible").first.wait_for()
    tab.bring_to_front()
    tab.locator(".st-key-medai-frame button, .st-key-medai-account button").first.click()
    tab.click("button:has-text('Sign out')")
    tab.wait_for_selector("input[name=username]")
    second.wait_for_selector("input[name=username]", timeout=15_000)
    assert second.locator("canvas.picture:visible").count() == 0
    assert "Demo Child A" not in second.content()
    assert context.request.get(f"{server.url}{report}").status == 401


def test_a_deep_link_on_a_fresh_server_shows_nothing_but_the_form(server: Server, context: Any) -> None:
    tab = context.new_page()
    tab.goto(f"{server.url}/admin")
    tab.wait_for_selector("input[name=username]")
    assert "New account" not in tab.content()


def test_typed_text_survives_a_lock_and_a_reload(server: Server, context: Any, film: bytes) -> None:
    tab = context.new_page()
    _first_sign_in(tab, server)
    _upload(tab, film)
    _open_by_keyboard(tab)
    tab.get_by_role("textbox", name="Report", exact=True).click()
    tab.keyboard.type("Half a sentence")
    tab.wait_for_selector("text=Draft saved")
    tab.locator(".st-key-medai-frame button, .st-key-medai-account button").first.click()
    tab.get_by_role("button", name="Lock").click()
    tab.get_by_label(f"Password of {ADMINISTRATOR}").fill(NEW_PASSWORD)
    tab.get_by_role("button", name="Unlock").click()
    field = tab.get_by_role("textbox", name="Report", exact=True)
    field.wait_for()
    assert field.input_value() == "Half a sentence"
    tab.reload()
    field.wait_for()
    assert field.input_value() == "Half a sentence"


def test_a_typed_impression_survives_the_way_to_the_worklist(
    server: Server, context: Any, film: bytes
) -> None:
    tab = context.new_page()
    _first_sign_in(tab, server)
    _upload(tab, film)
    _open_by_keyboard(tab)
    tab.get_by_placeholder("What do you see?").click()
    tab.keyboard.type("Half a thought")
    tab.get_by_role("button", name="Worklist").click()
    _open_by_keyboard(tab)
    field = tab.get_by_placeholder("What do you see?")
    field.wait_for()
    assert field.input_value() == "Half a thought"
    assert tab.locator("text=operating point").count() == 0
