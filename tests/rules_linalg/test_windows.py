"""Rows of the window functions, from their samples."""
import pytest

from ad_compiler.rules.windows import RULES
from tests.rules_linalg.check import check_row


@pytest.mark.parametrize("row", [row for row in RULES if row.kind != "zero"], ids=lambda row: row.name)
def test_row(row):
    check_row(row)
