"""Rows of linear algebra, from their samples."""
import numpy as np
import pytest

from ad_compiler.rules import linalg_decompose, linalg_solve
from tests.rules_linalg.check import check_row


def hermitian_part(direction):
    return 0.5 * (direction + np.swapaxes(direction, -1, -2).conj())


SYMMETRIC = {np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh}


@pytest.mark.parametrize("row", linalg_solve.ROWS, ids=lambda row: row.name)
def test_solving_row(row):
    check_row(row)


@pytest.mark.parametrize("row", linalg_decompose.ROWS, ids=lambda row: row.name)
def test_decomposing_row(row):
    check_row(row, structure=hermitian_part if row.function in SYMMETRIC else None)
