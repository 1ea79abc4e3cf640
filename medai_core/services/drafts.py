"""Two windows on one draft: how both texts are kept."""

from typing import Final

from medai_core.domain.reading import Reading
from medai_core.store.rows import DraftChanges

MARK: Final = "--- also written in another window: ---"
"""Stands between two texts of which neither holds the other."""


def merged(stored: Reading, given: DraftChanges) -> DraftChanges:
    """The stored draft and a save that did not know of it, so that no word of either is lost.

    A choice that differs goes into the comment in words; the stored one stays.
    """
    comment = both(stored.comment, given.comment)
    if given.verdict and stored.verdict and given.verdict is not stored.verdict:
        comment = both(comment, f"Chosen in another window: {given.verdict.value}.")
    return DraftChanges(
        report=both(stored.report, given.report),
        comment=comment,
        verdict=stored.verdict or given.verdict,
        image_id=stored.image_id or given.image_id,
        prediction_id=stored.prediction_id or given.prediction_id,
        saw_model_first=stored.saw_model_first or given.saw_model_first,
    )


def both(stored: str, given: str) -> str:
    """One text where it holds the other, else both with a line between."""
    if given.strip() in stored:
        return stored
    if stored.strip() in given:
        return given
    return f"{stored.rstrip()}\n\n{MARK}\n{given.lstrip()}"
