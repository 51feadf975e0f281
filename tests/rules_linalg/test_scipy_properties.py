"""The rows of SciPy pass what every row must pass: precision, layout, memory, signatures, mutation."""
import numpy as np
import pytest

sl = pytest.importorskip("scipy.linalg")
st = pytest.importorskip("scipy.stats")

from ad_compiler.rules.linalg_scipy_complex import complex_logm  # noqa: E402
from tests.rules import test_rows as every  # noqa: E402
from tests.rules_linalg.test_second_order_scipy import ROWS  # noqa: E402

TUPLES = {sl.cho_factor, sl.cho_solve,
          sl.lu_solve}  # of an array and a flag or pivots, which the harness cannot move
SYMMETRIC = {sl.cholesky, sl.eigh, sl.eigvalsh}
WARNS = {sl.logm, complex_logm}  # of its own precision, in float32
#: most derivatives are zero (all but one of `uniform`), or that by the scale: a factor changes nothing
FLAT = {d for f in (st.uniform, st.loguniform, st.reciprocal) for d in (f.logpdf, f.pdf)}

over = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.function.__module__}.{row.name}"
                               if hasattr(row.function, "__module__") else row.name)


@over
def test_a_wrong_formula_is_caught(row, monkeypatch):
    if row.function not in TUPLES | SYMMETRIC | FLAT | {st.multivariate_normal.logpdf}:
        every.test_a_wrong_formula_is_caught(row, monkeypatch)


@over
def test_every_operand_is_sampled(row):
    if row.function not in TUPLES:
        every.test_every_operand_is_sampled(row)


@over
def test_single_precision_is_kept(row):
    if row.function not in WARNS:
        every.test_single_precision_is_kept(row)


@over
def test_layout_in_memory_does_not_matter(row):
    every.test_layout_in_memory_does_not_matter(row)


@over
def test_view_is_stated_truthfully(row):
    every.test_view_is_stated_truthfully(row)


@over
def test_signature_is_the_functions_own(row):
    if not isinstance(getattr(row.function, "__self__", None), st.rv_continuous | st.rv_discrete):
        every.test_signature_is_the_functions_own(row)


def test_functions_of_distributions_take_shapes_by_position_and_by_name():
    for row in ROWS:
        if isinstance(getattr(row.function, "__self__", None), st.rv_continuous):
            call = row.samples.calls()[0]
            names = [parameter.name for parameter in row.parameters]
            by_name = row.function(call.args[0], **dict(zip(names[1:], call.args[1:], strict=True)))
            np.testing.assert_array_equal(by_name, row.function(*call.args))
