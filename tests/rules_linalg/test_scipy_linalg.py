"""Rows of scipy.linalg, from their samples."""
import numpy as np
import pytest

sl = pytest.importorskip("scipy.linalg")

from ad_compiler.rules.scipy_linalg import RULES  # noqa: E402
from tests.rules_linalg.check import check_row  # noqa: E402


def hermitian_part(direction):
    return 0.5 * (direction + np.swapaxes(direction, -1, -2).conj())


SYMMETRIC = {sl.cholesky, sl.cho_factor, sl.eigh, sl.eigvalsh}


@pytest.mark.parametrize("row", RULES, ids=lambda row: row.name)
def test_row(row):
    check_row(row, structure=hermitian_part if row.function in SYMMETRIC else None)
