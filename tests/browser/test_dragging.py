"""What if in a real browser: the answer moves while a slider is held, before it is let go."""

from typing import Any

import pytest

from medai_core.web.cookies import SESSION
from tests.browser.test_risk import MILLISECONDS, Prepared
from tests.browser.test_risk import prepared as prepared

pytestmark = pytest.mark.browser


def test_the_answer_moves_while_a_slider_is_held(prepared: Prepared, context: Any) -> None:
    tab = context.new_page()
    tab.set_default_timeout(MILLISECONDS)
    context.add_cookies([{"name": SESSION, "value": prepared.session, "url": prepared.server.url}])
    tab.goto(f"{prepared.server.url}/risk?patient={prepared.patient}")
    tab.get_by_role("button", name="Confirm and use 46").click()
    tab.get_by_role("button", name="Confirm \u201cno\u201d").click()
    tab.locator("[data-risk=prevent_cvd_10y]").first.wait_for()
    tab.get_by_text("What if", exact=True).click()
    caption = tab.get_by_test_id("stCaptionContainer").filter(has_text="with the changes").first
    before = caption.inner_text()
    thumb = tab.locator('[class*="move-systolic_bp"] input').first
    thumb.scroll_into_view_if_needed()
    box = thumb.bounding_box()
    tab.mouse.move(box["x"], box["y"])
    tab.mouse.down()
    for step in range(1, 12):
        tab.mouse.move(box["x"] + 6 * step, box["y"])
        tab.wait_for_timeout(50)
    tab.wait_for_function(
        "before => [...document.querySelectorAll('[data-testid=stCaptionContainer]')]"
        ".some(one => one.innerText.includes('with the changes') && one.innerText !== before)",
        arg=before,
    )
    held = caption.inner_text()
    tab.mouse.up()
    tab.wait_for_timeout(1_500)
    assert held.split("; the")[0] != before.split("; the")[0]
    assert caption.inner_text().split("; the")[0] != before.split("; the")[0]
