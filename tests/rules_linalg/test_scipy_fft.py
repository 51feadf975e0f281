"""Rows of scipy.fft, from their samples."""
import pytest

pytest.importorskip("scipy")

from ad_compiler.rules.scipy_fft import RULES
from tests.rules_linalg.check import check_row


@pytest.mark.parametrize("row", RULES, ids=lambda row: row.name)
def test_row(row):
    check_row(row)
