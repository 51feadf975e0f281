"""Rows of scipy.stats, from their samples."""
import numpy as np
import pytest

st = pytest.importorskip("scipy.stats")

from ad_compiler.rules.scipy_stats import RULES  # noqa: E402
from tests.rules_linalg.check import check_row  # noqa: E402


def symmetric_if_matrix(direction):
    return 0.5 * (direction + direction.T) if direction.shape == (3, 3) else direction


def label(row):
    return f"{type(row.function.__self__).__name__}.{row.name}"


@pytest.mark.parametrize("row", RULES, ids=label)
def test_row(row):
    check_row(row, structure=symmetric_if_matrix if row.function == st.multivariate_normal.logpdf else None)


def test_rows_are_found_by_a_fresh_method_object():
    table = {row.function: row for row in RULES}
    assert st.norm.logpdf is not st.norm.logpdf
    assert table[st.norm.logpdf].name == "logpdf"
    assert table[st.norm.logpdf] is not table[st.expon.logpdf]


def test_outside_the_support_the_derivative_is_zero():
    row = next(row for row in RULES if row.function == st.expon.logpdf)
    x = np.array([-1.0, 1.0])
    slope = row.partials["x"](x, 0.0, 1.0, st.expon.logpdf(x))
    np.testing.assert_array_equal(slope, [0.0, -1.0])
