"""Boxes that all pages draw in the same way: refusals, cautions, notes, empty states."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import streamlit as st

from medai_core.domain.refusal import Refusal
from medai_core.ui import markup


def refusal_box(refusal: Refusal) -> None:
    """What was expected, what was found, what to do next, and the code to quote."""
    pairs = [
        ("Expected", refusal.expected),
        ("Found", refusal.found),
        ("What to do", refusal.what_to_do),
        ("Code", refusal.code),
    ]
    markup.draw(markup.box("refusal", "This cannot be done", markup.facts(pairs), alert=True))


@contextmanager
def refusals_shown() -> Iterator[None]:
    """Draw a refusal of the block as a box instead of letting it end the page."""
    try:
        yield
    except Refusal as refusal:
        refusal_box(refusal)


def caution_box(sentences: Sequence[str], *, heading: str = "Caution") -> None:
    """Sentences that limit what was said; nothing at all where there are none."""
    if sentences:
        inner = "".join(markup.paragraph(sentence) for sentence in sentences)
        markup.draw(markup.box("caution", heading, inner))


def note_box(heading: str, sentence: str) -> None:
    """A quiet remark."""
    markup.draw(markup.box("note", heading, markup.paragraph(sentence)))


def not_assessed_box(reason: str) -> None:
    """Why the model gives no answer; in the place where the answer would stand."""
    inner = markup.paragraph(reason) + markup.paragraph("The image can still be viewed and read.", muted=True)
    markup.draw(markup.box("refusal", "Not assessed by the model", inner))


def empty_state(heading: str, sentences: Sequence[str], button: Callable[[], None] | None = None) -> None:
    """What will stand here, and one way on."""
    inner = f"<h3>{markup.text(heading)}</h3>" + "".join(markup.paragraph(line) for line in sentences)
    markup.draw(f'<div class="mx-empty">{inner}</div>')
    if button is not None:
        button()


def heading(title: str, caption: str = "") -> None:
    """The title of a page, with one line under it."""
    markup.page_style()
    st.title(title, anchor=False)
    if caption:
        st.caption(caption)
