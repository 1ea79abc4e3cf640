"""What is kept of an image beside a model's answer, so that a change of inputs can be seen later."""

from medai_core.domain.imaging import Scan
from medai_core.domain.monitor import Inputs
from medai_core.domain.prediction import PictureAnswers
from medai_core.domain.refusal import Refusal
from medai_core.imaging.statistics import describe


def inputs_of(scan: Scan, answers: PictureAnswers | None = None) -> Inputs:
    """The statistics of a scan, and the age and view that its model's gate went by.

    Without statistics where the pixels cannot be decoded.
    """
    header = scan.header
    age, view = header.age_years, header.view_position
    if header.source == "picture" and answers is not None:
        age, view = answers.age_years, answers.view or ""
    try:
        statistics = describe(scan)
    except Refusal:
        statistics = None
    return Inputs(statistics, age, view.upper() or None)
