"""Second derivatives of the rows of SciPy, as for NumPy's."""
import pytest

pytest.importorskip("scipy")

from ad_compiler import rules
from ad_compiler.rules import (
    scipy_fft,
    scipy_integrate,
    scipy_interpolate,
    scipy_linalg,
    scipy_signal,
    scipy_sparse,
    scipy_special,
    scipy_stats,
)
from tests.rules_linalg.second import check_second_order
from tests.rules_linalg.test_scipy_linalg import SYMMETRIC, hermitian_part
from tests.rules_linalg.test_scipy_stats import symmetric_if_matrix

FAMILIES = (scipy_linalg, scipy_special, scipy_signal, scipy_fft, scipy_stats, scipy_integrate, scipy_interpolate,
            scipy_sparse)
ROWS = [row for family in FAMILIES for row in family.RULES if row.kind != "zero"]
TABLE = {row.function: row for family in FAMILIES for row in family.RULES}


def structure(row):
    if row.function in SYMMETRIC:
        return hermitian_part
    return symmetric_if_matrix if getattr(row.function, "__name__", "") == "logpdf" else None


@pytest.fixture(autouse=True)
def these_rows(monkeypatch):
    """The rows under test, whether or not the table has joined them yet."""
    find = rules.find
    monkeypatch.setattr(rules, "find", lambda function: TABLE.get(function) or find(function))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_second_order(row):
    assert sum(check_second_order(row, sample, structure(row)) for sample in row.samples.calls()) > 0
