"""Rows of scipy.special, from their samples."""
import pytest

pytest.importorskip("scipy")

from ad_compiler.rules.scipy_special import RULES
from tests.rules_linalg.check import check_row


@pytest.mark.parametrize("row", [row for row in RULES if row.kind != "zero"], ids=lambda row: row.name)
def test_row(row):
    check_row(row)
