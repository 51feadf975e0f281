"""Second derivatives: every vjp formula, run on dual numbers through the table, against differences of it."""
from __future__ import annotations

import pytest

from ad_compiler import support
from ad_compiler.rules.row import Row
from tests.rules.test_rows import label
from tests.rules.test_rows import rows as all_rows
from tests.rules_linalg.second import check_second_order
from tests.rules_linalg.test_second_order import ROWS as TESTED_THERE

# Its body consists of functions with rows: what is derived from it needs no row of its own.
DERIVED_FROM_ITS_BODY = (support.product_of_others,)


def rows() -> list[Row]:
    elsewhere = {row.function for row in TESTED_THERE}
    return [row for row in all_rows()
            if not row.writes and not row.random and row.function not in elsewhere
            and row.function not in DERIVED_FROM_ITS_BODY]


@pytest.mark.parametrize("row", rows(), ids=label)
def test_derivative_of_the_derivative(row: Row) -> None:
    assert sum(check_second_order(row, call) for call in row.samples.calls()) > 0
