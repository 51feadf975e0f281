"""Second derivatives of the rows of SciPy, as for NumPy's."""
import pytest

pytest.importorskip("scipy")

from ad_compiler.rules import scipy_fft, scipy_linalg, scipy_signal, scipy_special, scipy_stats
from tests.rules_linalg.second import check_second_order
from tests.rules_linalg.test_scipy_linalg import SYMMETRIC, hermitian_part

FAMILIES = (scipy_linalg, scipy_special, scipy_signal, scipy_fft, scipy_stats)
ROWS = [row for family in FAMILIES for row in family.RULES if row.kind != "zero"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_second_order(row, monkeypatch):
    structure = hermitian_part if row.function in SYMMETRIC else None
    assert sum(check_second_order(row, sample, structure) for sample in row.samples.calls()) > 0
