"""What an import would do, or has done: counts, reasons with their places, codes, patients."""

from typing import Final

from medai_core.charts import words as said
from medai_core.domain.record import RecordLine
from medai_core.services.record_state import history
from medai_core.services.records import ImportPlan
from medai_core.ui import clock, markup, panels, places
from medai_core.ui.records.job import COUNTS
from medai_core.ui.session import UserSession

import streamlit as st  # isort: skip

SHOWN_LINES: Final = 200
SHOWN_PROBLEMS: Final = 200
SHOWN_CODES: Final = 100
_HEADS: Final = ("Read", "New", "Changed", "As it was", "Refused")


def counts_sentence(plan: ImportPlan, *, is_done: bool) -> str:
    """The sums in words: ``"12 read: 10 new, 0 changed, 1 as it was, 1 refused."``."""
    numbers = {name: f"{plan.total(name):,}".replace(",", "\u202f") for name in COUNTS}
    was = "" if is_done else "would be "
    return (
        f"{numbers['read']} read: {numbers['added']} {was}new, {numbers['changed']} {was}changed, "
        f"{numbers['unchanged']} as stored, {numbers['refused']} refused."
    )


def patients_sentence(plan: ImportPlan, *, is_done: bool) -> str:
    """Whom it is about."""
    people = "patient" if plan.affected == 1 else "patients"
    parts = [
        f"About {plan.affected} {people}",
        f"{plan.new_patients} {'added' if is_done else 'to be added'}",
    ]
    if plan.in_doubt:
        parts.append(f"{plan.in_doubt} known with another name, birth date or sex, so kept apart for review")
    if plan.merges:
        parts.append(f"{plan.merges} merge{'s' if plan.merges != 1 else ''} for the review queue")
    return "; ".join(parts) + "."


def plan_tables(plan: ImportPlan) -> None:
    """Counts by file and resource, then what a person should know, all of it behind one line each."""
    lines = sorted(plan.lines, key=lambda line: (line.refused == 0, line.file))
    rows = [_row(line) for line in lines[:SHOWN_LINES]]
    with st.container(height=420 if len(rows) > 9 else "content", border=False):
        markup.draw(
            markup.table(["File", "What", *_HEADS], rows, caption="By file and resource", numbers=range(2, 7))
        )
    if len(lines) > SHOWN_LINES:
        st.caption(f"The first {SHOWN_LINES} of {len(lines)} are shown; the CSV holds all.")
    _reasons(plan)
    panels.caution_box(
        [
            f"{sentence} ({count} times)" if count > 1 else sentence
            for sentence, count in plan.cautions.items()
        ],
        heading="Worth knowing",
    )
    _codes(plan)


def _row(line: RecordLine) -> list[str]:
    return [line.file, line.resource, *(str(getattr(line, name)) for name in COUNTS)]


def _reasons(plan: ImportPlan) -> None:
    """Why things were refused or left as they were, and where they stand."""
    counted: dict[str, int] = {}
    for line in plan.lines:
        for sentence, count in line.reasons.items():
            counted[sentence] = counted.get(sentence, 0) + count
    if not counted:
        return
    refused = plan.total("refused")
    title = f"Why {refused} {'was' if refused == 1 else 'were'} refused" if refused else "Why some were left"
    with st.expander(title, expanded=bool(refused), icon=":material/info:"):
        ordered = sorted(counted.items(), key=lambda pair: -pair[1])
        rows = [[sentence, str(count)] for sentence, count in ordered]
        markup.draw(markup.table(["Reason", "How often"], rows, caption="All reasons", numbers=(1,)))
        if plan.problems:
            shown = plan.problems[:SHOWN_PROBLEMS]
            where = [[each.file, each.where or "whole file", each.sentence] for each in shown]
            caption = "Where" if len(shown) == len(plan.problems) else f"Where: the first {len(shown)}"
            with st.container(height=320 if len(where) > 7 else "content", border=False):
                markup.draw(markup.table(["File", "Place", "Reason"], where, caption=caption))


def _codes(plan: ImportPlan) -> None:
    if not plan.unmapped:
        return
    with st.expander(
        f"Codes that no table of ours knows ({plan.unmapped_codes})", icon=":material/label_off:"
    ):
        shown = min(SHOWN_CODES, len(plan.unmapped))
        more = f" The {shown} most frequent are shown." if plan.unmapped_codes > shown else ""
        st.caption(
            f"They are stored as they are, with what they name; nothing is dropped.{more} All that "
            "are stored stand on the Quality page, under Unsettled."
        )
        rows = [
            [
                each.code.code or "\u2013",
                each.code.display or "\u2013",
                each.code.system or "\u2013",
                str(each.count),
            ]
            for each in plan.unmapped[:SHOWN_CODES]
        ]
        markup.draw(
            markup.table(["Code", "Words", "System", "How often"], rows, caption="The most frequent first",
                         numbers=(3,))
        )  # fmt: skip


def past_imports(user: UserSession) -> None:
    """What the person's own last imports did, behind one line."""
    found = history(user.store, user.caller)
    if not found:
        return
    with st.expander("Your last imports", icon=":material/history:"):
        rows = []
        for one in found:
            sums = [f"{sum(getattr(line, name) for line in one.lines):,}" for name in COUNTS]
            sources = ", ".join(dict.fromkeys(line.source for line in one.lines))
            files = len({line.file for line in one.lines})
            rows.append([clock.moment(one.finished_at), sources, str(files), *sums])
        heads = ["When", "Source", "Files", *_HEADS]
        markup.draw(markup.table(heads, rows, caption="Newest first", numbers=range(2, 8)))


def patient_links(user: UserSession, plan: ImportPlan) -> None:
    """Ways to the patients of the import; those who are not open to the user are left out."""
    links = []
    for patient_id in plan.some_patients:
        patient = user.store.patients.get(patient_id)
        if patient is None or not user.store.patients.may_see(patient_id, user.caller.user_id):
            continue
        name = f"{said.person(patient.identity.name)}, {patient.identity.identifier}"
        address = markup.text(places.patient_address(patient_id))
        links.append(f'<li><a href="{address}" target="_self">{markup.text(name)}</a></li>')
    if links:
        more = plan.affected - len(links)
        rest = f'<p class="mx-muted">and {more} more: search for them below.</p>' if more > 0 else ""
        markup.draw(f"<h4>Patients</h4><ul>{''.join(links)}</ul>{rest}")
