"""Rows of the polynomial functions, from their samples."""
import pytest

from ad_compiler.rules.polynomials import RULES
from tests.rules_linalg.check import check_row


@pytest.mark.parametrize("row", RULES, ids=lambda row: row.name)
def test_row(row):
    check_row(row)
