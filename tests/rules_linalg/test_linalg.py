"""Rows of linear algebra, from their samples."""
import numpy as np
import pytest

from ad_compiler.rules.linalg import RULES
from tests.rules_linalg.check import check_row


def hermitian_part(direction):
    return 0.5 * (direction + np.swapaxes(direction, -1, -2).conj())


SYMMETRIC = {np.linalg.cholesky, np.linalg.eigh, np.linalg.eigvalsh}


@pytest.mark.parametrize("row", [row for row in RULES if row.kind != "zero"], ids=lambda row: row.name)
def test_row(row):
    check_row(row, structure=hermitian_part if row.function in SYMMETRIC else None)
