"""Rows of scipy.integrate, scipy.interpolate and scipy.sparse.linalg, from their samples."""
import pytest

pytest.importorskip("scipy")

from ad_compiler.rules import scipy_integrate, scipy_interpolate, scipy_sparse
from tests.rules_linalg.check import check_row


@pytest.mark.parametrize("row", scipy_integrate.RULES, ids=lambda row: row.name)
def test_integration_row(row):
    check_row(row)


@pytest.mark.parametrize("row", scipy_interpolate.RULES, ids=lambda row: row.function.__qualname__)
def test_spline_row(row):
    check_row(row)


@pytest.mark.parametrize("row", [row for row in scipy_sparse.RULES if row.partials], ids=lambda row: row.name)
def test_sparse_row(row):
    check_row(row)
