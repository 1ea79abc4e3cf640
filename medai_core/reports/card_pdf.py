"""A model's card as a document: what the Models page shows, on A4, the same card giving the same bytes."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from medai_core.charts import card_results, cards, colors, table_card, words
from medai_core.charts.card_results import Mean, Rate, Row
from medai_core.charts.cards import Path
from medai_core.reports import drawings, flow, typeface
from medai_core.reports.furniture import Furniture
from medai_core.reports.setting import FOOTER, SETTING, set_document
from medai_core.serving.registry import ModelCard

_METRICS: Final = ("sensitivity", "specificity", "ppv")


def card_pdf(card: ModelCard) -> bytes:
    """The card as a PDF with embedded fonts; every number in it is the card's."""
    typeface.register()
    furniture = Furniture(
        strip=(
            (card.title, True),
            (f"Model card: {card.name}, version {card.version}", False),
            (f"Weights SHA-256 {card.weights_digest}", False),
        ),
        unsigned="",
        footer_left=FOOTER,
        footer_middle=f"{card.name} {card.version}",
    )
    with SETTING:
        return set_document(
            _story(card),
            furniture,
            title=f"Model card: {card.title}, version {card.version}",
            author="MedAI",
        )


def _story(card: ModelCard) -> list[Any]:
    names = cards.label_names(card.data)
    story: list[Any] = flow.paragraphs(card.title, size=17, bold=True)
    story += flow.paragraphs(card.task, color=colors.LIGHT.muted)
    story += _texts("Intended use", [card.intended_use])
    story += _texts("Not for", card_results.sentences(card.data, "not_for"))
    story += _inputs(card)
    story += _data(card)
    story += _results(card, names)
    story += _curves(card, names)
    story += _groups(card, names)
    story += _calibration(card)
    story += _pointing(card, names)
    story += _rates(card, "refusals", "refused", "Refused images")
    story += _rates(card, "passes", "passed", "Chest films that pass")
    story += _reliable(card, names)
    story += _texts("Known limits", card.limits, listed=True)
    story += _single_limits(card, names)
    story += _compared(card)
    story += _texts(
        "What was tried and did not help", card_results.sentences(card.data, "tried"), listed=True
    )
    return story + _files(card)


def _texts(heading: str, texts: Sequence[str], *, listed: bool = False) -> list[Any]:
    if not texts:
        return []
    mark = "\u2022 " if listed else ""
    return [flow.heading(heading), *(part for text in texts for part in flow.paragraphs(f"{mark}{text}"))]


def _inputs(card: ModelCard) -> list[Any]:
    inputs = card.inputs
    pairs = (
        [("Reads" if inputs.columns else "Text", inputs.text)]
        if inputs.text
        else [
            ("Ages", inputs.ages),
            ("Views", ", ".join(inputs.views)),
            ("Modalities", ", ".join(inputs.modalities)),
            ("Picture", f"{inputs.size} \u00d7 {inputs.size} grey values"),
        ]
    )
    story = [flow.heading("Where it answers"), flow.facts(pairs)]
    prepared = card.data["inputs"].get("preprocessing")
    if inputs.columns:
        story.append(_cells(table_card.inputs_table(card.data, inputs.columns), (24, 46, 42, 42, 20)))
        story += _texts("Who is refused", table_card.refusals(card.data), listed=True)
    return story + (flow.small(f"Prepared: {prepared}") if isinstance(prepared, str) else [])


def _data(card: ModelCard) -> list[Any]:
    part = card.data.get("training_data")
    if not isinstance(part, Mapping):
        return []
    rows = [
        (words.label(str(name)), value) for name, value in part.items() if isinstance(value, str) and value
    ]
    licence = card.data.get("licence")
    if isinstance(licence, str):
        rows.append(("Licence of the model", licence))
    table = [flow.heading("Data and licence"), flow.grid(("", ""), rows, (34, 140))] if rows else []
    return table + _prevalence(card)


def _prevalence(card: ModelCard) -> list[Any]:
    """What each finding means and how frequent it was in training."""
    names = cards.label_names(card.data)
    meanings, shares = card.data.get("label_meaning"), card.data.get("training_prevalence")
    rows = []
    for label in card.labels:
        meaning = meanings.get(label) if isinstance(meanings, Mapping) else None
        share = cards.number(shares.get(label)) if isinstance(shares, Mapping) else None
        if meaning or share is not None:
            frequent = words.NOT_GIVEN if share is None else words.share(share)
            rows.append((words.label(label, names), meaning or words.NOT_GIVEN, frequent))
    head = (table_card.asked(card.data), "What the label means", "In training")
    return [flow.grid(head, rows, (34, 118, 22))] if rows else []


def _results(card: ModelCard, names: Mapping[str, str]) -> list[Any]:
    story: list[Any] = []
    for place, on in enumerate(card_results.measurements(card.data)):
        rows = card_results.rows(card.data, on)
        if place == 0:
            story.append(flow.heading("Held-out results"))
        of = ", ".join(on) or f"held-out {table_card.counted(card.data).lower()}"
        story += flow.small(f"On {of}; value with its 95\u202f% interval")
        story.append(_results_table(card, rows, names))
        story += [part for mean in card_results.means(card.data) for part in _mean(card, mean, on)]
        story += _within(card, on)
    if story:
        measures = {name for row in card_results.rows(card.data) for name in row.figures} | {"interval"}
        explained = table_card.explained(card.data)
        told = [said for name, said in explained.items() if name in measures]
        story += flow.small("\n".join(told))
    return story


def _mean(card: ModelCard, mean: Mean, on: Path) -> list[Any]:
    """The mean over the findings on one measurement, beside the reference's."""
    if not on or mean.part != on[0]:
        return []
    said = f"Mean AUROC of {mean.count} findings: {card_results.spoken(mean.own)}"
    if mean.reference is not None:
        name = card_results.reference_name(card.data) or "reference"
        said += f"; {name}: {card_results.spoken(mean.reference)}"
    return flow.paragraphs(f"{said}.")


def _within(card: ModelCard, on: Path) -> list[Any]:
    """The means of this model and the reference within each group of one measurement's images."""
    rows = card_results.means_table(card.data, on[0]) if on else []
    if not rows:
        return []
    cells = [[flow.one(cell, size=8) for cell in row.values()] for row in rows]
    return [flow.grid(list(rows[0]), cells, (40, 18, 40, 40, 40))]


def _results_table(card: ModelCard, rows: Sequence[Row], names: Mapping[str, str]) -> Any:
    beside = any(row.reference for row in rows)
    metrics = [name for name in _METRICS if any(name in row.figures for row in rows)]
    head = [table_card.asked(card.data), "AUROC 0.5 to 1", "AUROC"]
    head += [card_results.reference_name(card.data) or "Reference"] if beside else []
    head += [cards.METRICS[name] for name in metrics] + [table_card.counted(card.data)]
    shown = [
        [
            words.label(row.label, names) + ("" if row.reliable else f" ({words.NOT_RELIABLE})"),
            drawings.dot(row.auroc, row.reference),
            flow.one(card_results.spoken(row.auroc), size=8),
            *([flow.one(card_results.spoken(row.reference), size=8)] if beside else []),
            *(flow.one(card_results.spoken(row.figures.get(name)), size=8) for name in metrics),
            flow.one(_count(row), size=8),
        ]
        for row in rows
    ]
    rest = 178 - 31 - 27 - 15
    count = len(head) - 3
    return flow.grid(head, shown, (31, 27, *[rest / count] * count, 15))


def _count(row: Row) -> str:
    return next((str(figure.n) for figure in row.figures.values() if figure.n), words.NOT_GIVEN)


def _curves(card: ModelCard, names: Mapping[str, str]) -> list[Any]:
    """Small drawings of each finding: operating characteristic, precision and recall, reliability."""
    sets = (
        ("ROC", {one.label: one for one in cards.operating_curves(card.data)}, True),
        (
            "Precision over recall",
            {one.label: one for one in cards.precision_recall_curves(card.data)},
            False,
        ),
        ("Reliability", {one.label: one for one in cards.reliability_curves(card.data)}, True),
    )
    there = [one for one in sets if one[1]]
    points = {point.label: point for point in cards.operating_points(card.data)}
    rows = []
    for label in card.labels:
        if not any(label in curves for _, curves, _ in there):
            continue
        at = points.get(label)
        mark = (1 - at.specificity, at.sensitivity) if at else None
        said = words.label(label, names)
        if at:
            said += f"\nOperating point {words.probability(at.threshold)}"
        error = card_results.calibration_error(card.data, label)
        if error:
            said += f"\nECE {card_results.spoken(error)}"
        cells = [
            drawings.curve(
                curves.get(label), diagonal=diagonal, dots=name == "Reliability",
                mark=mark if name == "ROC" else None,
            )
            for name, curves, diagonal in there
        ]  # fmt: skip
        rows.append([flow.paragraphs(said, size=8.5), *cells])
    if not rows:
        return []
    head = [table_card.asked(card.data), *(name for name, _, _ in there)]
    width = 132 / len(there)
    told = "Axes from 0 to 100 %; the diamond is the operating point, the dotted line chance or exactness."
    table = flow.grid(head, rows, (46, *[width] * len(there)))
    return [flow.heading("Curves"), *flow.small(told), table, *flow.small(words.EXPLAINED["ece"])]


def _groups(card: ModelCard, names: Mapping[str, str]) -> list[Any]:
    found = cards.subgroup_figures(card.data)
    if not found:
        return []
    rows = [
        [
            words.label(one.of, names),
            cards.METRICS.get(one.metric, words.label(one.metric)),
            card_results.spoken(one),
            words.NOT_GIVEN if one.n is None else str(one.n),
        ]
        for one in found
    ]
    head = ("Group", "Figure", "Value", table_card.counted(card.data))
    return [flow.heading("By group"), flow.grid(head, rows, (76, 42, 42, 18))]


def _calibration(card: ModelCard) -> list[Any]:
    """Slope and ratio of all, and whether each group is calibrated."""
    overall, within = table_card.overall(card.data), table_card.within(card.data)
    story = [_cells(overall, (58, 60, 60))] if overall else []
    if within:
        story += flow.small("A group is called calibrated where both intervals hold 1.")
        story.append(_cells(within, (46, 16, 18, 18, 32, 32, 16)))
    return [flow.heading("Calibration"), *story] if story else []


def _compared(card: ModelCard) -> list[Any]:
    rows = table_card.compared(card.data)
    if not rows:
        return []
    width = 88 / max(1, len(rows[0]) - 1)
    return [flow.heading("Methods compared"), _cells(rows, (90, *[width] * (len(rows[0]) - 1)))]


def _cells(rows: table_card.Cells, widths: Sequence[float]) -> Any:
    heads = list(rows[0])
    return flow.grid(heads, [[flow.one(row.get(head, ""), size=8) for head in heads] for row in rows], widths)


def _pointing(card: ModelCard, names: Mapping[str, str]) -> list[Any]:
    rows = [
        (
            words.label(one.label, names),
            f"{one.hits} of {one.n} ({words.share(one.share)})",
            words.NOT_GIVEN if one.chance is None else words.share(one.chance),
        )
        for one in card_results.pointing(card.data)
    ]
    if not rows:
        return []
    table = flow.grid(("Finding", "Hits", "By chance"), rows, (60, 60, 40))
    return [
        flow.heading("Heat maps against boxes drawn by readers"),
        *flow.small(" ".join(one for one in (words.EXPLAINED["pointing"], card.no_heat_map) if one)),
        table,
    ]


def _rates(card: ModelCard, section: str, share: str, title: str) -> list[Any]:
    rows = card_results.rates(card.data, section, share)
    if not rows:
        return []
    shown = [
        (words.label(one.name), drawings.share_bar(one), words.share(one.share), _ends(one), str(one.n))
        for one in rows
    ]
    head = ("Images of", "0 to 100 %", words.label(share), "95\u202f% interval", "Images")
    return [flow.heading(title), flow.grid(head, shown, (66, 38, 22, 34, 18))]


def _ends(rate: Rate) -> str:
    if rate.low is None or rate.high is None:
        return "no interval given"
    return f"{words.share(rate.low)} to {words.share(rate.high)}"


def _reliable(card: ModelCard, names: Mapping[str, str]) -> list[Any]:
    rule = card_results.sentences(card.data, "reliability_rule")
    if not card.not_reliable and not rule:
        return []
    weak = ", ".join(words.label(label, names) for label in card.not_reliable) or "none"
    good = ", ".join(words.label(one, names) for one in card.labels if one not in card.not_reliable)
    texts = [f"Shown: {good or 'none'}", f"Not reliable enough: {weak}", *rule]
    return _texts("Which findings are reliable enough to be shown", texts)


def _single_limits(card: ModelCard, names: Mapping[str, str]) -> list[Any]:
    rows = [
        (words.label(label, names), " ".join(said))
        for label in card.labels
        if (said := card_results.limits_of(card.data, label))
    ]
    return [flow.grid(("Finding", "Limits"), rows, (40, 138))] if rows else []


def _files(card: ModelCard) -> list[Any]:
    rows = [(entry["name"], flow.one(entry["sha256"], size=8)) for entry in card.data["files"].values()]
    return [flow.heading("Files"), flow.grid(("File", "SHA-256"), rows, (44, 134))]
