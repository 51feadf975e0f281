"""Rows of products, from their samples."""
import pytest

from ad_compiler.rules.products import RULES
from tests.rules_linalg.check import check_row


@pytest.mark.parametrize("row", RULES, ids=lambda row: f"{row.function.__module__}.{row.name}")
def test_row(row):
    check_row(row)
