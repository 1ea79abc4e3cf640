"""Many patients at once: criteria, who is left, and what can be said of them without showing anybody."""

from medai_core.domain.people import Role
from medai_core.ui import panels
from medai_core.ui.cohort import page
from medai_core.ui.session import require_user

user = require_user(Role.CLINICIAN)


def main() -> None:
    """Draw the page."""
    panels.heading("Cohort", "Stored patients by criteria. The address holds the question, and no patient.")
    with panels.refusals_shown():
        page.draw(user)


main()
