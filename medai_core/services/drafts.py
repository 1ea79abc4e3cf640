"""Two windows on one draft: how both texts are kept."""

from typing import Final

from medai_core.domain.reading import Reading
from medai_core.store.rows import DraftChanges

MARK: Final = "--- also written in another window: ---"
"""Stands between two texts of which neither holds the other."""


def merged(stored: Reading, given: DraftChanges) -> DraftChanges:
    """The stored draft and a save that did not know of it, so that no word of either is lost.

    A choice that differs goes into the comment in words; the stored one stays, with the answer that it
    was given on.
    """
    comment = both(stored.comment, given.comment)
    if given.verdict and stored.verdict and given.verdict is not stored.verdict:
        comment = both(comment, f"Chosen in another window: {given.verdict.value}.")
    judged = given.verdict is not None and stored.verdict is None
    images, answers = (stored.image_id, given.image_id), (stored.prediction_id, given.prediction_id)
    if judged:
        images, answers = images[::-1], answers[::-1]
    return DraftChanges(
        report=both(stored.report, given.report),
        comment=comment,
        verdict=stored.verdict or given.verdict,
        image_id=images[0] or images[1],
        prediction_id=answers[0] or answers[1],
        saw_model_first=stored.saw_model_first or given.saw_model_first,
    )


def both(stored: str, given: str) -> str:
    """One text where it holds the other, else both with a line between."""
    if given.strip() in stored:
        return stored
    if stored.strip() in given:
        return given
    return f"{stored.rstrip()}\n\n{MARK}\n{given.lstrip()}"
