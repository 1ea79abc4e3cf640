"""The interval of a share."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from medai_core.domain.shares import wilson


def test_wilson_agrees_with_a_printed_value() -> None:
    low, high = wilson(15 / 148, 148)  # Newcombe 1998, Statistics in Medicine 17:857, table I: 15/148
    assert low == pytest.approx(0.0624, abs=5e-5)
    assert high == pytest.approx(0.1605, abs=5e-5)


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_wilson_holds_the_share(share: float, n: int) -> None:
    low, high = wilson(share, n)
    assert 0 <= low <= share + 1e-9
    assert share - 1e-9 <= high <= 1
