"""Data quality: what is missing, impossible, told twice or in doubt, and repairs that a person decides."""

from medai_core.domain.people import Role
from medai_core.ui import panels
from medai_core.ui.quality import page
from medai_core.ui.session import require_user

user = require_user(Role.CLINICIAN)


def main() -> None:
    """Draw the page."""
    panels.heading(
        "Quality", "Nothing is changed without a person's decision, and every decision can be taken back."
    )
    with panels.refusals_shown():
        page.draw(user)


main()
