"""Charts of data quality: the weights of a pair, counts by threshold, what is missing, values with limits."""

from collections.abc import Sequence
from html import escape
from typing import Any, Final

import plotly.graph_objects as go

from medai_core.charts import colors
from medai_core.charts.template import ROW_HEIGHT, THEME_TEXT, layout, note

_FOR: Final = colors.NEUTRAL[0]
_AGAINST: Final = colors.NEUTRAL[1]


def waterfall(weights: dict[str, Any]) -> go.Figure:
    """From the odds before any comparison, field by field, to the score; in bits."""
    fields = [one for one in weights["fields"] if one["level"] != "not known of both"]
    names = ["before", *(one["field"] for one in fields), "score"]
    values = [weights["before"], *(one["bits"] for one in fields), weights["score"]]
    said = ["before any comparison", *(one["level"] for one in fields), "sum"]
    figure = go.Figure(layout=layout(height=ROW_HEIGHT + 20, x_title="Bits (log2 of the odds)"))
    figure.add_trace(
        go.Waterfall(
            orientation="h", y=names, x=values, measure=["relative"] * (len(names) - 1) + ["total"],
            text=[f"{value:+.1f}" for value in values], textposition="outside", cliponaxis=False,
            customdata=said, hovertemplate="%{y}: %{customdata}, %{text} bits<extra></extra>",
            increasing={"marker": {"color": _FOR}}, decreasing={"marker": {"color": _AGAINST}},
            totals={"marker": {"color": colors.CONTROL_BORDER}},
            connector={"line": {"color": colors.CONTROL_BORDER, "width": 1, "dash": "dot"}},
            textfont={"color": THEME_TEXT},
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True)
    figure.update_xaxes(fixedrange=True, showgrid=True, zeroline=True, zerolinecolor=colors.CONTROL_BORDER)
    figure.update_layout(margin={"r": 48})
    return figure


def waterfall_alt(weights: dict[str, Any]) -> str:
    """The waterfall in words."""
    said = [f"{one['field']} {one['level']}: {one['bits']:+.1f} bits" for one in weights["fields"]]
    before = f"Before any comparison {weights['before']:+.1f} bits"
    return f"{before}; {'; '.join(said)}; in all {weights['score']:+.1f} bits."


def pair_histogram(histogram: dict[str, list[float]], threshold: float) -> go.Figure:
    """Compared pairs by score; those at or above the threshold filled. Counts on a logarithmic axis."""
    figure = go.Figure(layout=layout(height=ROW_HEIGHT, x_title="Score (bits)", y_title="Pairs (log)"))
    seen = [place for place, count in enumerate(histogram["pairs"]) if count]
    begin = [histogram["from"][place] + 0.25 for place in seen]
    for name, above, color in (
        ("under the threshold", False, colors.CONTROL_BORDER),
        ("asked about", True, _FOR),
    ):
        kept = [place for place, x in zip(seen, begin, strict=True) if (x >= threshold) is above]
        figure.add_trace(
            go.Bar(
                x=[histogram["from"][place] + 0.25 for place in kept], name=name, width=0.46,
                y=[histogram["pairs"][place] for place in kept], marker={"color": color},
                hovertemplate="%{x:.1f} bits: %{y:.0f} pairs<extra>" + name + "</extra>",
            )
        )  # fmt: skip
    figure.update_yaxes(type="log", fixedrange=True, rangemode="nonnegative", dtick=1)
    figure.update_xaxes(fixedrange=True)
    figure.add_vline(x=threshold, line={"color": colors.CONTROL_BORDER, "width": 2, "dash": "dot"})
    return figure


def pair_histogram_alt(histogram: dict[str, list[float]], threshold: float) -> str:
    """The histogram in words."""
    above = sum(n for x, n in zip(histogram["from"], histogram["pairs"], strict=True) if x >= threshold)
    return (
        f"Compared pairs by score: {sum(histogram['pairs']):.0f} in all, {above:.0f} at or above "
        f"{threshold:g} bits."
    )


def missing_matrix(rows: Sequence[dict[str, Any]], fields: Sequence[str]) -> go.Figure:
    """The share that is missing, of each row (a source or a group of patients) and field.

    Cells where nothing was to be expected are empty.
    """
    shares = [[_share(row["cells"].get(field)) for field in fields] for row in rows]
    said = [[_said(row["cells"].get(field)) for field in fields] for row in rows]
    figure = go.Figure(layout=layout(height=120 + 30 * max(len(rows), 2)))
    figure.add_trace(
        go.Heatmap(
            z=[[None if share is None else 100 * share for share in line] for line in shares],
            x=list(fields), y=[escape(str(row["name"]), quote=False) for row in rows], customdata=said,
            zmin=0, zmax=100, xgap=2, ygap=2, colorscale=_RAMP, hoverongaps=False,
            text=[["" if share is None else _percent(share) for share in line] for line in shares],
            texttemplate="%{text}", hovertemplate="%{y}, %{x}: %{customdata}<extra></extra>",
            showscale=False, textfont={"color": THEME_TEXT},
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed", showgrid=False, fixedrange=True, type="category")
    figure.update_xaxes(side="top", fixedrange=True, type="category", tickangle=-50)
    figure.update_layout(margin={"t": 8, "l": 8})
    return figure


_RAMP: Final = [[0.0, "rgba(107,118,132,0.12)"], [1.0, "rgba(0,114,178,0.80)"]]
"""One hue from almost nothing to blue: legible on both backgrounds."""


def missing_alt(rows: Sequence[dict[str, Any]], fields: Sequence[str]) -> str:
    """The matrix in words: the emptiest cells first."""
    cells = [(_share(row["cells"].get(field)) or 0.0, row["name"], field) for row in rows for field in fields]
    worst = sorted(cells, key=lambda one: -one[0])[:6]
    said = [f"{name}, {field}: {_percent(share)}" for share, name, field in worst if share > 0]
    return f"What is missing, by source or group and field. {'; '.join(said) or 'Nothing is missing'}."


def _share(cell: Sequence[int] | None) -> float | None:
    return cell[0] / cell[1] if cell and cell[1] else None


def _said(cell: Sequence[int] | None) -> str:
    return f"{cell[0]:,} of {cell[1]:,} missing" if cell and cell[1] else "nothing expected"


def _percent(share: float) -> str:
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    return "<1%" if share < 0.01 else ">99%" if share > 0.99 else f"{share:.0%}"


def value_histogram(
    edges: Sequence[float], counts: Sequence[float], unit: str, low: float | None, high: float | None
) -> go.Figure:
    """Numbers of one analyte by bin; those outside the limits in orange, with the limits as lines."""
    figure = go.Figure(layout=layout(height=ROW_HEIGHT, x_title=unit or "no unit", y_title="Values (log)"))
    middle = [(begin + end) / 2 for begin, end in zip(edges[:-1], edges[1:], strict=True)]
    width = [0.92 * (end - begin) for begin, end in zip(edges[:-1], edges[1:], strict=True)]
    outside = [
        (low is not None and end <= low) or (high is not None and begin >= high)
        for begin, end in zip(edges[:-1], edges[1:], strict=True)
    ]
    for name, flag, color in (("within", False, _FOR), ("outside", True, _AGAINST)):
        kept = [place for place, out in enumerate(outside) if out is flag and counts[place]]
        figure.add_trace(
            go.Bar(
                x=[middle[place] for place in kept], y=[counts[place] for place in kept], name=name,
                width=[width[place] for place in kept], marker={"color": color},
                hovertemplate="%{x:.4g}: %{y:.0f} values<extra>" + name + "</extra>",
            )
        )  # fmt: skip
    top = max(counts, default=1.0) or 1.0
    for limit, words in ((low, "low limit"), (high, "high limit")):
        if limit is not None and edges[0] <= limit <= edges[-1]:
            figure.add_vline(x=limit, line={"color": colors.CONTROL_BORDER, "width": 2, "dash": "dot"})
            figure.add_annotation(note(words, x=limit, y=1, yref="paper", yanchor="bottom", xanchor="center"))
    figure.update_yaxes(type="log", fixedrange=True, dtick=1, range=[-0.3, len(f"{top:.0f}") + 0.1])
    figure.update_xaxes(fixedrange=True)
    figure.update_layout(margin={"t": 24})
    return figure


def value_alt(counts: Sequence[float], unit: str, low: float | None, high: float | None, outside: int) -> str:
    """The histogram in words."""
    ends = ", ".join(
        f"{word} {limit:g}" for word, limit in (("low", low), ("high", high)) if limit is not None
    )
    return (
        f"{sum(counts):.0f} values in {unit or 'no unit'}; {outside} outside the limits ({ends or 'none'})."
    )


def source_bars(rows: Sequence[tuple[str, float]]) -> go.Figure:
    """Scores of sources, 0 to 100."""
    figure = go.Figure(layout=layout(height=70 + 34 * max(len(rows), 1), x_title="Score (0 to 100)"))
    figure.add_trace(
        go.Bar(
            orientation="h", y=[escape(name, quote=False) for name, _ in rows],
            x=[score for _, score in rows],
            text=[f"{score:.0f}" for _, score in rows], textposition="outside", cliponaxis=False,
            marker={"color": _FOR}, textfont={"color": THEME_TEXT},
            hovertemplate="%{y}: %{x:.1f}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(range=[0, 104], fixedrange=True, showgrid=True)
    figure.update_yaxes(autorange="reversed", fixedrange=True, showgrid=False, type="category")
    return figure
