"""The elementary functions of kernels: accuracy over the whole range, specials, and that they are vectorised.

References are NumPy's functions of long doubles, which carry eleven more bits.
"""
from __future__ import annotations

import re
from collections.abc import Callable
from types import FunctionType

import numpy as np
import pytest

from ad_compiler.native import elementary
from ad_compiler.native.machine import compile_kernel, load_text
from ad_compiler.native.machine_numba import with_helpers

NUMPY: dict[str, Callable] = {
    "exp": np.exp, "expm1": np.expm1, "log": np.log, "log1p": np.log1p, "tanh": np.tanh,
    "near_sin": np.sin, "near_cos": np.cos,
}
SPECIALS = np.array([
    0.0, -0.0, 1.0, -1.0, 2.0, -2.0, 0.5, -0.5, 3.0, -3.0, np.inf, -np.inf, np.nan, 1e300, -1e300, 2.0**52,
    2.0**53 - 1.0, 1.0 - 2.0**53, 2.0**53, 5e-324, -5e-324, 2.0**52 - 0.5, 1e-300, 1.0 - 2.0**-53, 1.0 + 2.0**-52,
    2.2250738585072014e-308, 709.782712893384, 709.7827128933841, -745.1332191019411, -745.1332191019412,
    -708.3964185322641, 1.7976931348623157e308, 1e8, -1e8,
])
ENOUGH = pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="long double is no longer than double here")


def apply_text(name: str, operands: str = "x[i]") -> str:
    parameters = "x, z, y" if "z" in operands else "x, y"
    return (f"from ad_compiler.native.elementary import {name}\n\n\ndef run({parameters}):\n"
            f"    for i in range(x.size):\n        y[i] = {name}({operands})\n    return 0\n")


def apply(name: str, *operands: np.ndarray, dtype: str = "float64") -> np.ndarray:
    """The function in machine code, on arrays."""
    types = (*(f"const {dtype}[::1]" for _ in operands), f"{dtype}[::1]")
    text = apply_text(name, "x[i], z[i]" if len(operands) == 2 else "x[i]")
    out = np.empty_like(operands[0])
    assert compile_kernel(text, "run", types, noalias=True)(*operands, out) == 0
    return out


def arguments(name: str, count: int = 40_000) -> np.ndarray:
    """Every magnitude, the neighbourhoods where something changes, and the specials."""
    rng = np.random.default_rng(3)
    any_bits = rng.integers(-2**63, 2**63 - 1, count).view(float)
    parts = [
        any_bits, rng.uniform(-2, 2, count), rng.uniform(-750, 720, count), 1 + rng.uniform(-1, 1, count) * 1e-8,
        rng.normal(size=count) * 10.0**rng.uniform(-320, 3, count), SPECIALS,
    ]
    if name.startswith("near"):
        multiples = np.round(rng.uniform(-6e7, 6e7, count)) * (np.pi / 2)
        parts = [*(part[~(np.abs(part) > 1e8)] for part in parts), rng.uniform(-1e8, 1e8, count), multiples]
    return np.concatenate(parts)


def units(got: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """The error in units of the last place of the rounded exact value; infinite for a wrong infinity or NaN."""
    with np.errstate(all="ignore"):
        rounded = exact.astype(got.dtype)
        step = np.spacing(np.where(np.isfinite(rounded), np.abs(rounded), 1)).astype(np.longdouble)
        error = np.abs(got.astype(np.longdouble) - exact) / step
    right = (got == rounded) | (np.isnan(got) & np.isnan(rounded))
    error[right & ~np.isfinite(error)] = 0.0
    return np.where(np.isnan(error), np.inf, error)


@ENOUGH
@pytest.mark.parametrize("name", NUMPY)
def test_at_most_two_units_over_the_whole_range(name: str) -> None:
    x = arguments(name)
    got = apply(name, x)
    with np.errstate(all="ignore"):
        exact = NUMPY[name](x.astype(np.longdouble))
    error = units(got, exact)
    worst = int(np.argmax(error))
    assert error[worst] <= 1.7, (x[worst], got[worst], exact[worst])
    signs = np.signbit(got) == np.signbit(exact)
    assert np.all(signs | np.isnan(got)), x[~signs & ~np.isnan(got)]


@ENOUGH
def test_powers_are_within_two_units() -> None:
    rng = np.random.default_rng(4)
    count = 40_000
    near = np.abs(1 + rng.normal(size=count) * 10.0**rng.uniform(-15, -1, count))
    base = np.exp(rng.normal(size=count) * 3)
    specials = [part.ravel() for part in np.meshgrid(SPECIALS, SPECIALS)]
    x = np.concatenate([
        rng.integers(-2**63, 2**63 - 1, count).view(float), base, near, rng.normal(size=count) * 5, specials[0]])
    y = np.concatenate([
        rng.integers(-2**63, 2**63 - 1, count).view(float), 700 / np.log(base) * rng.uniform(-1.07, 1.07, count),
        rng.normal(size=count) * 10.0**rng.uniform(0, 17, count), rng.integers(-60, 60, count).astype(float),
        specials[1]])
    got = apply("pow", x, y)
    with np.errstate(all="ignore"):
        exact = np.power(x.astype(np.longdouble), y.astype(np.longdouble))
        sign = np.signbit(np.power(x, y))
    error = units(got, exact)
    worst = int(np.argmax(error))
    assert error[worst] <= 1.7, (x[worst], y[worst], got[worst], exact[worst])
    assert np.all((np.signbit(got) == sign) | np.isnan(got))


@pytest.mark.parametrize("name", [*NUMPY, "pow"])
def test_in_single_precision_the_rounding_is_all(name: str) -> None:
    """Computed in float64 and rounded once: the float32 nearest to the exact value, but for rare near-ties."""
    with np.errstate(all="ignore"):
        x = arguments(name).astype(np.float32)
    x = x[~(np.abs(x) > 1e8)] if name.startswith("near") else x
    operands = (np.abs(x), np.roll(x, 1)) if name == "pow" else (x,)
    got = apply(name, *operands, dtype="float32")
    with np.errstate(all="ignore"):
        exact = (np.power if name == "pow" else NUMPY[name])(*(part.astype(float) for part in operands))
    assert units(got, exact.astype(np.longdouble)).max() <= 0.51


@pytest.mark.parametrize("name", [*NUMPY, "pow"])
def test_the_same_numbers_uncompiled(name: str) -> None:
    x = np.concatenate([arguments(name)[::1009], SPECIALS[:-2]])
    operands = (x, np.roll(x, 7)) if name == "pow" else (x,)
    with np.errstate(all="ignore"):
        plain = [getattr(elementary, name)(*(float(v) for v in values)) for values in zip(*operands, strict=True)]
    np.testing.assert_array_equal(apply(name, *operands), plain)
    assert np.signbit(apply(name, *operands)).tolist() == np.signbit(plain).tolist()


@pytest.mark.parametrize("name", [*NUMPY, "pow"])
def test_loops_are_vectorised(name: str) -> None:
    """The loop's arithmetic is on vectors and nothing is called, whatever the processor's width."""
    import numba

    function = load_text(apply_text(name, "x[i], z[i]" if name == "pow" else "x[i]"), "run")
    assert isinstance(function, FunctionType)
    array = numba.types.Array(numba.float64, 1, "C")
    compiled = numba.njit(error_model="numpy")(with_helpers(function, False))
    compiled.compile((array,) * (3 if name == "pow" else 2))
    [text] = compiled.inspect_llvm().values()
    assert len(re.findall(r"fmul <\d+ x double>", text)) > 10
    called = set(re.findall(r"call double @(?!llvm\.)([\w.]+)", text))
    assert not called
