"""What an import could not settle: codes that no table knows, and statements that wait for their patient."""

from medai_core.services.record_state import Unsettled, unsettled
from medai_core.ui import clock, markup, panels
from medai_core.ui.session import UserSession


def draw(user: UserSession) -> None:
    """Both lists as they stand now, without a count."""
    found = unsettled(user.store, user.caller)
    _codes(found)
    _waiting(found)


def _codes(found: Unsettled) -> None:
    if not found.codes:
        panels.note_box("No unknown code", "Every stored code belongs to a system that is known here.")
        return
    rows = [
        [
            each.code.code or "\u2013",
            each.code.display or "\u2013",
            each.code.system or "\u2013",
            each.resource_type,
            each.source,
            f"{each.count:,}",
        ]
        for each in found.codes
    ]
    caption = f"Codes that no table of ours knows: {found.all_codes:,}"
    if found.all_codes > len(rows):
        caption += f"; the {len(rows)} most frequent are shown"
    heads = ["Code", "Words", "System", "Resource", "Source", "Entries"]
    markup.draw(markup.table(heads, rows, caption=caption, numbers=(5,)))
    markup.draw(markup.paragraph("They are stored as they came, and nothing of them is dropped.", muted=True))


def _waiting(found: Unsettled) -> None:
    if not found.waiting:
        panels.note_box("Nothing waits", "Every statement about a patient has found its patient.")
        return
    rows = [
        [each.source, each.resource_type, f"{each.entries:,}", f"{each.patients:,}", clock.moment(each.since)]
        for each in found.waiting
    ]
    caption = "Stored, and waiting for a patient who has not come yet"
    heads = ["Source", "Resource", "Entries", "Patients", "Since"]
    markup.draw(markup.table(heads, rows, caption=caption, numbers=(2, 3)))
    markup.draw(
        markup.paragraph(
            "They join their patient as soon as the same source sends the Patient that they name; until "
            "then they stand on nobody\u2019s page.",
            muted=True,
        )
    )
