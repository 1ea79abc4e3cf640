"""A reading's answer at the prevalence here, for the document."""

from typing import Any, Final

from medai_core.charts import prevalence as said
from medai_core.domain.prevalence import Localised
from medai_core.reports import flow

_FEW: Final = 3
_COLUMNS: Final = {
    "Finding": 28, "Prevalence here": 19, "In training": 17, "From": 30, "Probability here": 24,
    "PPV": 30, "NPV": 30,
}  # fmt: skip


def section(local: Localised, names: dict[str, str]) -> list[Any]:
    """Which prevalence and where from, what the probabilities are here, and predictive values in counts."""
    from reportlab.platypus import KeepTogether, Spacer

    if not local.findings:
        return []
    rows = []
    for row in said.table(local, names):
        row["Probability here"] = f"{row['Probability here']} ({row['Interval']})"
        rows.append([flow.one(row["Finding"], bold=True), *(row[name] for name in list(_COLUMNS)[1:])])
    head = flow.paragraphs(said.where_from(local), bold=True)
    if local.source:
        head += flow.small(local.source)
    grid = flow.grid(list(_COLUMNS), rows, list(_COLUMNS.values()))
    start = [flow.heading("At the prevalence here"), *head, Spacer(1, 2)]
    story = [KeepTogether([*start, grid])] if len(rows) <= _FEW else [*start, grid]
    spoken = [one for one in local.findings if one.flagged or len(local.findings) <= _FEW]
    story.append(Spacer(1, 3))
    for one in spoken:
        story += flow.paragraphs(f"\u2022 {said.frequencies(one, names)}")
    places = sorted({one.measured_on for one in local.findings if one.measured_on})
    on = f" (held-out films: {'; '.join(places)})" if places else ""
    return story + flow.small(
        "The prior is shifted by Bayes' theorem (Saerens and others, Neural Computation 2002). Operating "
        "points and what is flagged stay as they are. PPV and NPV: from the card's sensitivity and "
        f"specificity{on} at the prevalence here. Intervals in brackets."
    )
