"""Every row on degenerate input, made from its samples: empty arrays, axes of no and of one element, single numbers,
arrays of equal elements, of zeros, and with a NaN.

Where the function has a value there, both formulas must give results of the right shape; where value and derivatives
are finite, the two modes must agree. Where derivatives are not finite although the value is, the row says so.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.rules import apply
from ad_compiler.rules.row import Row
from ad_compiler.rules.samples import Call
from tests.rules import harness
from tests.rules.test_rows import label, rows

# What has a value by accident: a buffer read beyond its end, polynomials without coefficients, subscripts for sizes
# that differ, quantiles whose shape NumPy gets wrong, a list, and a chain of numbers.
EXEMPT = {"numpy.lib.stride_tricks.as_strided", "numpy.polymul", "numpy.polydiv", "numpy.einsum", "numpy.nanquantile",
          "numpy.nanpercentile", "ndarray.tolist", "numpy.linalg.multi_dot",
          "ad_compiler.support.sampling.gradient_transposed", "ad_compiler.support.sampling.trapezoid_weights"}

# Rows whose derivative is infinite, or none, where the function has a value: poles and branch points, a matrix that is
# singular, nodes that coincide.
POLES = {"numpy.sqrt", "numpy.cbrt", "numpy.arcsin", "numpy.arccos", "numpy.arccosh", "numpy.interp", "multiply.at",
         "ad_compiler.support.segments.multiplied_at", "ad_compiler.support.sampling.interp_transposed",
         "ad_compiler.support.sampling.interp_slope_transposed", "numpy.power", "numpy.float_power", "_operator.pow",
         "builtins.pow", "ad_compiler.support.ordering.quantile_transposed",
         "ad_compiler.support.ordering.quantile_slope_transposed"}

# Rounding decides about equal singular values, and about columns that depend on each other.
ROUNDING = {"numpy.linalg.svd", "numpy.linalg.qr", "numpy.interp", "ad_compiler.support.sampling.interp_transposed"}


def arrays(call: Call) -> list[np.ndarray]:
    """The floating and complex arrays of a call."""
    return [leaf for value in (*call.args, *call.kwargs.values()) for leaf in harness.leaves(value)
            if isinstance(leaf, np.ndarray) and leaf.dtype.kind in "fc"]


def recast(call: Call, change: Callable[[np.ndarray], Any]) -> Call:
    """The call with `change` applied to each of these arrays, whose shapes it may change."""
    def over(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(over(item) for item in value)
        return change(value) if isinstance(value, np.ndarray) and value.dtype.kind in "fc" else value
    return Call(tuple(over(arg) for arg in call.args), {name: over(value) for name, value in call.kwargs.items()})


def axes_of(size: int, to: int) -> Callable[[np.ndarray], np.ndarray]:
    """Every axis of this size cut to another, so that what must fit together still does."""
    return lambda x: np.array(x[tuple(slice(0, to) if n == size else slice(None) for n in x.shape)])


def axis_emptied(axis: int) -> Callable[[np.ndarray], np.ndarray]:
    return lambda x: np.array(x[(slice(None),) * axis + (slice(0, 0),)]) if x.ndim > axis else x


def with_nan(x: np.ndarray) -> np.ndarray:
    x = x.copy()
    x.reshape(-1)[x.size // 2:x.size // 2 + 1] = np.nan
    return x


def variants(call: Call) -> Iterator[tuple[str, Call]]:
    found = arrays(call)
    for size in sorted({n for x in found for n in x.shape if n}):
        yield f"axes of {size} emptied", recast(call, axes_of(size, 0))
        yield f"axes of {size} cut to one", recast(call, axes_of(size, 1))
    for axis in range(max((x.ndim for x in found), default=0)):
        yield f"axis {axis} emptied", recast(call, axis_emptied(axis))
    yield "numbers", recast(call, lambda x: np.array(x.flat[0]) if x.size else np.array(0.5, x.dtype))
    yield "ties", recast(call, np.ones_like)
    yield "zeros", recast(call, np.zeros_like)
    yield "a NaN", recast(call, with_nan)


def finite(value: Any) -> bool:
    return all(np.isfinite(leaf).all() for leaf in harness.leaves(value) if np.asarray(leaf).dtype.kind in "fc")


def check(row: Row, what: str, call: Call) -> int:
    """The number of operands checked; none where the function itself raises."""
    bound = row.bind(call.args, call.kwargs)
    try:
        out = harness.evaluate(row, bound)
    except Exception:  # NumPy's own error, whichever
        return 0
    w = harness.cotangent(out)
    rng = np.random.default_rng(8)
    active = harness.active_operands(row, bound)
    for name in active:
        u = harness.tree(lambda leaf: harness.direction(leaf, rng), bound[name])
        u = u if what == "numbers" else harness.admissible(row, u)
        try:
            bar = harness.pullback(row, bound, name, w)
            tangent = apply.jvp(row, {name: u}, {**bound, "out": out})
        except np.linalg.LinAlgError:  # singular: documented
            continue
        where = f"{row.name} by {name}, {what}: {call}"
        assert list(map(np.shape, harness.leaves(bar))) == list(map(np.shape, harness.leaves(bound[name]))), where
        assert list(map(np.shape, harness.leaves(tangent))) == list(map(np.shape, harness.leaves(out))), where
        if not finite(out) or what == "a NaN":
            continue
        if label(row) not in POLES:
            assert finite(bar) and finite(tangent), f"not finite: {where}\n{bar}\n{tangent}"
        if label(row) not in ROUNDING and finite(bar) and finite(tangent):
            assert np.isclose(harness.inner(w, tangent), harness.inner(bar, u), rtol=1e-6, atol=1e-6), where
    return len(active)


CASES = [row for row in rows() if not row.random and label(row) not in EXEMPT]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("row", CASES, ids=label)
def test_degenerate_inputs(row: Row) -> None:
    seen: set[str] = set()
    for sample in row.samples.calls():
        for what, call in variants(sample):
            shapes = [(x.shape, x.dtype) for x in arrays(call)]
            key = f"{what} {shapes} {[a for a in call.args if not isinstance(a, np.ndarray)]} {call.kwargs}"
            if key not in seen:
                seen.add(key)
                with np.errstate(all="ignore"):
                    check(row, what, call)


def test_most_rows_have_values_there() -> None:
    """The walk is not empty: functions that refuse all of it are few."""
    silent = []
    for row in CASES:
        with np.errstate(all="ignore"):
            if not any(check(row, what, call) for sample in row.samples.calls()[:3] for what, call in variants(sample)):
                silent.append(label(row))
    assert len(silent) < 12, silent


def mean_of_nothing(x: Any) -> Any:
    return np.mean(x)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("f", [mean_of_nothing])
def test_reverse_mode_of_nothing_raises(f: Callable[..., Any]) -> None:
    empty = np.zeros(0)
    with pytest.raises(ZeroDivisionError):
        ad.grad(f)(empty)
    np.testing.assert_equal(float(ad.jvp(f, (empty,), (empty,))[1]), float(f(empty)))


def test_differences_of_nothing() -> None:
    for shape in ((0,), (0, 3), (3, 0)):
        for axis in range(len(shape)):
            bar = ad.grad(lambda x, axis=axis: np.sum(np.diff(x, axis=axis)))(np.zeros(shape))
            assert bar.shape == shape
