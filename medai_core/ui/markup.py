"""HTML of our own classes for what two pages share. Every text that comes in is escaped here.

Text of a patient never goes into Streamlit's Markdown: a name could carry an image link there.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

import streamlit as st

from medai_core.charts import colors

_LIGHT, _DARK = colors.LIGHT, colors.DARK

STYLE: Final = f"""<style>
.stMainBlockContainer {{ padding: 3.75rem 1.25rem 2rem; }}
.mx {{ --mx-muted: color-mix(in srgb, currentColor 72%, transparent);
  --mx-panel: color-mix(in srgb, currentColor 5%, transparent);
  --mx-line: color-mix(in srgb, {colors.CONTROL_BORDER} 45%, transparent); font-variant-numeric: tabular-nums;
  line-height: 1.4; overflow-wrap: anywhere; }}
.mx-muted {{ color: var(--mx-muted); }}
.mx-small {{ font-size: 0.87rem; }}
.mx-box {{ border: 1px solid var(--mx-line); border-left: 4px solid {colors.CONTROL_BORDER};
  background: var(--mx-panel); border-radius: 4px; padding: 12px;
  font-size: 0.93rem; }}
.mx h4 {{ margin: 0 0 4px; padding: 0; font-size: 1rem; font-weight: 600; }}
.mx-box p {{ margin: 0 0 4px; }}
.mx-box dl {{ margin: 4px 0 0; }}
.mx-refusal {{ border-left-color: {colors.RISK.high}; }}
.mx-caution {{ border-left-color: {colors.RISK.moderate}; }}
.mx-note {{ border-left-color: {colors.RISK.low}; }}
.mx .mx-facts {{ display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 16px;
  margin: 0; padding: 0; }}
.mx .mx-facts dt {{ color: var(--mx-muted); font-weight: 400; margin: 0; }}
.mx .mx-facts dd {{ margin: 0; }}
.mx-scroll {{ overflow-x: auto; }}
.mx-table {{ border-collapse: collapse; width: 100%; }}
.mx-table caption {{ text-align: left; color: var(--mx-muted); padding-bottom: 4px; }}
.mx-table th, .mx-table td {{ text-align: left; vertical-align: top; padding: 6px 12px 6px 0;
  border-bottom: 1px solid var(--mx-line); overflow-wrap: break-word; }}
.mx-table th {{ font-weight: 600; color: var(--mx-muted); font-size: 0.87rem; }}
.mx-table a {{ color: inherit; text-decoration: underline; text-decoration-thickness: 1px;
  text-underline-offset: 3px; }}
.mx-table td.mx-keep {{ white-space: nowrap; }}
.mx-table td.mx-number, .mx-table th.mx-number {{ text-align: right; }}
.mx-banner {{ display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 20px; padding: 8px 12px;
  background: var(--mx-panel); border: 1px solid var(--mx-line); border-radius: 4px; }}
.mx-banner strong {{ font-size: 1.1rem; font-weight: 600; }}
.mx-banner .mx-research {{ margin-left: auto; color: var(--mx-muted); font-size: 0.87rem; }}
div:has(> .st-key-medai-banner) {{ position: sticky; top: 3.75rem; z-index: 40;
  background: light-dark({_LIGHT.background}, {_DARK.background}); }}
.mx-banner a {{ color: inherit; text-decoration: underline; text-decoration-thickness: 1px;
  text-underline-offset: 3px; }}
.mx-warns {{ font-weight: 600; }}
.mx-warns .mx-muted {{ font-weight: 400; }}
.mx-curve {{ font-weight: 600; }}
.mx-latest {{ font-size: 1.15rem; font-weight: 600; }}
.mx h3.mx-plain {{ margin: 0 0 8px; padding: 0; font-size: 1.1rem; font-weight: 600; }}
.mx-empty {{ border: 1px dashed {colors.CONTROL_BORDER}; border-radius: 4px; padding: 32px 24px; }}
.mx-empty h3 {{ margin: 0 0 8px; padding: 0; font-size: 1.1rem; font-weight: 600; }}
.mx-empty p {{ margin: 0 0 4px; max-width: 44rem; }}
.mx-code {{ font-family: "Source Code Pro", monospace; font-size: 0.87rem; }}
.mx-pre {{ white-space: pre-wrap; }}
.mx-diff {{ font-weight: 600; text-decoration: underline; text-underline-offset: 3px; }}
</style>"""


def page_style() -> None:
    """The classes of this module, once a page, before anything that uses them."""
    st.html(STYLE)


def draw(inner: str) -> None:
    """Draw HTML made by this module's functions."""
    st.html(f'<div class="mx">{inner}</div>')


def text(value: object) -> str:
    """Any text, safe inside HTML."""
    return escape(str(value))


def paragraph(value: str, *, muted: bool = False) -> str:
    """One paragraph of plain text."""
    look = ' class="mx-muted"' if muted else ""
    return f"<p{look}>{text(value)}</p>"


def prose(value: str) -> str:
    """Text of several lines as it was typed."""
    return f'<div class="mx-pre" dir="auto">{text(value)}</div>'


def bullets(values: Iterable[str]) -> str:
    """A list of sentences."""
    return f"<ul>{''.join(f'<li>{text(value)}</li>' for value in values)}</ul>"


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Names and values, one pair a line."""
    items = "".join(f'<dt>{text(name)}</dt><dd dir="auto">{text(value)}</dd>' for name, value in pairs)
    return f'<dl class="mx-facts">{items}</dl>'


def box(kind: str, heading: str, inner: str, *, alert: bool = False) -> str:
    """A bordered box; `kind` is ``refusal``, ``caution`` or ``note``; `inner` is HTML of this module."""
    role = ' role="alert"' if alert else ""
    title = f"<h4>{text(heading)}</h4>" if heading else ""
    return f'<div class="mx-box mx-{text(kind)}"{role}>{title}{inner}</div>'


def table(
    headers: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    caption: str,
    numbers: Iterable[int] = (),
    unbroken: Iterable[int] = (),
) -> str:
    """A plain table; `numbers` are the columns set flush right, `unbroken` those kept on one line."""
    right, kept = set(numbers), set(unbroken)

    def cell(tag: str, index: int, value: str) -> str:
        names = ["mx-number"] * (index in right) + ["mx-keep"] * (index in kept)
        look = f' class="{" ".join(names)}"' if names else ""
        scope = ' scope="col"' if tag == "th" else ' dir="auto"'
        return f"<{tag}{look}{scope}>{text(value)}</{tag}>"

    head = "".join(cell("th", index, name) for index, name in enumerate(headers))
    body = "".join(
        "<tr>" + "".join(cell("td", index, value) for index, value in enumerate(row)) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="mx-scroll"><table class="mx-table"><caption>{text(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )
