"""All patients: find one, bring records in, open one."""

from medai_core.services.patients import search
from medai_core.ui import panels
from medai_core.ui.patient import listing
from medai_core.ui.records.panel import records_panel
from medai_core.ui.session import UserSession, require_user
from medai_core.ui.worklist.filling import more_to_come, wait_for_first_rows

user = require_user()


def main(user: UserSession) -> None:
    """Draw the import panel, the search and the rows, or what an empty store has to say."""
    panels.heading("Patients")
    records_panel(user)
    complete = wait_for_first_rows(user)
    if not search(user.store, user.caller, limit=1).total:
        panels.empty_state(
            "No patient yet",
            [
                "Patients will be listed here with their birth date, identifier and last activity.",
                "Clinicians bring them in with records here, or with image studies on the Worklist.",
            ],
        )
        return
    listing.rows(listing.search_box())
    if not complete:
        more_to_come()


main(user)
