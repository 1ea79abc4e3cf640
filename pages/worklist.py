"""All studies: find one, bring new ones in, open one to read."""

from medai_core.services.worklist import worklist
from medai_core.store.rows import StudyFilter
from medai_core.ui import forms, panels
from medai_core.ui.session import UserSession, require_user
from medai_core.ui.uploads.panel import upload_panel
from medai_core.ui.worklist import filters, rows
from medai_core.ui.worklist.filling import more_to_come, wait_for_first_rows
from medai_core.web.auth import may_open_demo

user = require_user()


def main(user: UserSession) -> None:
    """Draw the filters, the rows and the upload panel, or what an empty store has to say."""
    panels.heading("Worklist")
    complete = wait_for_first_rows(user)
    everything = worklist(user.store, user.caller, StudyFilter(), limit=1)
    if everything.total == 0:
        upload_panel(user, open_at_start=True)
        panels.empty_state(
            "No study yet",
            [
                "Studies will be listed here with their patient, urgency, waiting time and state.",
                "Clinicians add them with “Add images”: DICOM files, pictures, a ZIP or a whole folder.",
            ],
            _demo,
        )
        return
    upload_panel(user, open_at_start=False)
    chosen = filters.filter_bar(everything.modalities)
    filters.remember_address()
    filters.remember_filter(chosen)
    rows.rows(chosen)
    if not complete:
        more_to_come()


def _demo() -> None:
    if user.caller.store_name == "main" and may_open_demo():
        forms.demo_form()


main(user)
