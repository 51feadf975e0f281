"""Second derivatives of every row here: its vjp run on dual numbers, against differences of its vjp."""
import numpy as np
import pytest

from ad_compiler.rules import fft, linalg, polynomials, products, windows
from tests.rules_linalg.second import check_second_order
from tests.rules_linalg.test_linalg import SYMMETRIC, hermitian_part

ROWS = [row for family in (products, linalg, fft, polynomials, windows) for row in family.RULES
        if row.kind != "zero"]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.function.__module__}.{row.name}")
def test_second_order(row):
    structure = hermitian_part if row.function in SYMMETRIC else None
    assert sum(check_second_order(row, sample, structure) for sample in row.samples.calls()) > 0


def test_a_wrong_second_derivative_is_caught(monkeypatch):
    from ad_compiler.rules import apply
    row = next(row for row in ROWS if row.function is np.linalg.inv)
    sample = row.samples.calls()[0]
    slot = apply.plan(row).slots["a"]
    monkeypatch.setattr(slot, "vjp", lambda g, out: -(out.T @ g @ (out if isinstance(out, np.ndarray) else
                                                                   type(out)(out.value, 0 * out.tangent)).T))
    with pytest.raises(AssertionError, match="second order"):
        check_second_order(row, sample)
