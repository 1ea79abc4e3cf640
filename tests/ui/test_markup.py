"""HTML of our own: whatever comes in is text."""

from medai_core.domain.people import PatientIdentity, PersonName
from medai_core.ui import banner, markup

BAD = "<img src=x onerror=alert(1)>"


def test_every_builder_escapes() -> None:
    built = [
        markup.paragraph(BAD),
        markup.prose(BAD),
        markup.facts([(BAD, BAD)]),
        markup.box("note", BAD, markup.paragraph(BAD)),
        markup.table([BAD], [[BAD]], caption=BAD),
    ]
    for html in built:
        assert "<img" not in html
        assert "&lt;img" in html


def test_numbers_are_set_right_and_heads_are_scoped() -> None:
    html = markup.table(["Name", "n"], [["a", "1"]], caption="Some", numbers=[1])
    assert '<td class="mx-number" dir="auto">1</td>' in html
    assert '<th scope="col">Name</th>' in html


def test_the_banner_says_what_is_missing() -> None:
    unknown = PatientIdentity("7", "HOSP", PersonName())
    assert banner.facts_of(unknown) == [
        ("Born", "not given"),
        ("Sex", "not given"),
        ("Patient id", "7 (HOSP)"),
    ]
