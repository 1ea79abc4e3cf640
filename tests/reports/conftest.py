"""A complete signed report."""

import pytest

from medai_core.services.reporting import ReportContent
from tests.support.reports import make_content


@pytest.fixture
def content() -> ReportContent:
    """A signed report with everything in it."""
    return make_content()
