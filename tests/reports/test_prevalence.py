"""The document says which prevalence a reading went by, where from, and what follows."""

from dataclasses import replace

from medai_core.domain.prevalence import Origin
from medai_core.services.reporting import ReportContent
from tests.reports.test_pdf import text
from tests.support.prevalence import WARD, local_answer
from tests.support.reports import PREDICTION, make_content, make_reading


def said(content: ReportContent) -> str:
    return text(content).replace("\u202f", " ")


def test_the_prevalence_and_where_it_comes_from_stand_in_the_document() -> None:
    drawn = said(make_content(local=local_answer(PREDICTION)))
    for expected in (
        "At the prevalence here",
        f"At the prevalence of {WARD}, the site's setting.",
        "Made up for the tests.",
        f"30 % 74.2 % set by this site for {WARD}",
        "Of 100 images flagged here for pneumonia, about 98 have it (94 to over 99); of 100 not flagged, "
        "about 2 have it (1 to 3).",
        "held-out films: all, as they are",
        "Operating points and what is flagged stay as they are.",
        "Pneumonia 87 % 79 to 93 % 37 % \u25b2 at or above",
    ):
        assert expected in drawn, expected


def test_a_reader_s_own_figure_is_named_as_such() -> None:
    local = local_answer(PREDICTION, setting_by_reader=True)
    local = replace(local, findings=(replace(local.findings[0], origin=Origin.READER), *local.findings[1:]))
    drawn = said(make_content(local=local))
    assert f"At the prevalence of {WARD}, chosen by the reader; changed by the reader" in drawn
    assert "30 % 74.2 % changed by the reader" in drawn


def test_an_addendum_has_its_own_prevalence() -> None:
    other = replace(PREDICTION, version="2.0.0")
    addendum = make_reading(
        id="rd_2",
        addendum_to="rd_1",
        prediction=other,
        prevalence=local_answer(other, setting="night"),
    )
    drawn = said(make_content(local=local_answer(PREDICTION), addenda=(addendum,)))
    assert drawn.index(f"At the prevalence of {WARD}") < drawn.index("At the prevalence of night,")


def test_a_reading_from_before_says_nothing_of_it() -> None:
    assert "At the prevalence here" not in said(make_content())


def test_fourteen_findings_fit_and_only_flagged_ones_are_spoken_of() -> None:
    findings = tuple(
        replace(PREDICTION.findings[0], label=f"finding_{number}", probability=0.9 if number == 3 else 0.1)
        for number in range(14)
    )
    local = local_answer(PREDICTION)
    whole = local.findings[0]
    shown = tuple(replace(whole, label=one.label, flagged=one.flagged) for one in findings)
    prediction = replace(PREDICTION, findings=findings)
    content = make_content(
        reading=make_reading(prediction=prediction), local=replace(local, findings=shown), key_image=None
    )
    drawn = said(content)
    assert drawn.count("set by this site") == 14
    assert drawn.count("Of 100 images flagged here") == 1
    assert "Of 100 images flagged here for finding 3" in drawn
