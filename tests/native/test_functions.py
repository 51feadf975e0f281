"""Functions of NumPy that kernels know: no statement is left to NumPy, and value and gradient are the same."""
from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.native.programs import difference

X = np.array([0.7, 1.3, 0.4, 1.1, 0.9, 1.6])

# Of `x`, six numbers, and `A`, the same as two rows of three.
EXPRESSIONS = (
    "np.clip(x, 0.5, 1.2)", "np.clip(x, None, x[0])", "np.select([x > 1.0, x > 0.5], [x ** 2, x], 3.0)",
    "np.logaddexp(x, 1.0)", "np.logaddexp2(x, x[0])", "np.fmod(x, 0.3)", "np.sinc(x)", "np.angle(x + 1j * x ** 2)",
    "np.nan_to_num(x / x)", "np.round(x, 1) * x", "np.divmod(x, 0.3)[1]", "divmod(x[0], 0.3)[1]", "np.modf(x)[0]",
    "np.append(x, x[:2] ** 2)", "np.tile(A, (2, 2))", "np.block([[A, A[:, :1]], [A[:1] ** 2, x[:1]]])",
    "np.dstack([x, x ** 2])", "np.atleast_2d(x) * np.atleast_3d(A)[0]", "np.rot90(A, 3)",
    "np.rollaxis(A, 1)", "np.meshgrid(x[:2], x[2:])[1]", "np.meshgrid(x[:2], x[2:], indexing='ij', sparse=True)[0]",
    "np.cross(x[:3], x[3:])", "np.cross(A, x[:3])",
    "np.convolve(x, x[:3])", "np.convolve(x[:3], x, 'valid')", "np.convolve(x, x[1:3], 'same')",
    "np.correlate(x, x[:3], 'full')", "np.correlate(x, x[:4], 'same')", "A.flatten('F') * x",
    "np.take(x, [0, -1, 2, 2])", "np.take(A, (0, 2), 1)", "np.take(A, 1, axis=0)", "x[np.flatnonzero(x > 0.8)]",
    "A[np.nonzero(A > 1.0)]", "x[np.where(x > 1.0)[0]]", "A[np.tril_indices(2)]", "A[np.triu_indices(2, 0, 3)]",
    "np.bincount([0, 2, 2, 1, 0, 2], x)", "np.bincount([0, 2, 2], minlength=5) * x[0]", "np.diagflat(A)",
    "np.diagonal(A, 1)", "np.trace(A, 1) * x", "np.trace(np.outer(x, x).reshape(2, 3, 2, 3)[0])",
    "np.sort(x)", "np.sort(A, axis=0)", "x[np.argsort(x)]", "np.argsort(A, axis=0) * A",
    "x[np.lexsort((x, np.round(x)))]", "np.take_along_axis(A, np.argsort(A, axis=1), 1)",
    "np.einsum('ij,kj', A, A)", "np.einsum('...j,j->...', A, x[:3])", "np.einsum('ii->i', np.outer(x, x))",
    "np.inner(A, A)", "np.tensordot(A, A, ([0, 1], [0, 1])) * x", "np.tensordot(A, x[:3], 1)", "np.vecdot(A, x[:3])",
    "np.kron(A, x[:2])", "np.outer(A, x[:2])", "np.dot(np.outer(x, x).reshape(2, 3, 6), np.outer(x, x))",
    "np.matmul(np.outer(x, x).reshape(4, 3, 3), x[:3])",
    "np.interp(x, [0.0, 1.0, 2.0], x[:3])", "np.interp(0.8, x[:3].cumsum(), x[3:])",
    "np.trapezoid(A, x[:2], axis=0)", "np.trapezoid(A, dx=0.5)", "np.polyval(x[:3], x)",
    "np.polyval([1.0, 2.0], x[0])",
    "np.vander(x, 3)", "np.vander(x, 3, True)", "np.polyder(x)", "np.cumprod(A)", "np.cumsum(A, axis=0)",
    "np.diff(x, 2)", "np.diff(x, prepend=0.0, append=x[:1])", "np.diff(A, axis=0)", "np.roll(x, int(x.size) - 4)",
    "np.roll(A, 1)", "np.roll(A, (1, 2), (0, 1))", "np.repeat(A, 2)", "np.tril(np.outer(x, x).reshape(4, 3, 3))",
    "np.linalg.norm(x, 1) * x", "np.linalg.norm(x, np.inf) * x", "np.linalg.norm(A, 3, axis=1)",
    "np.nansum(A, axis=0)",
    "np.count_nonzero(x > 1.0) * x",
    "np.arange(0.0, 1.2, 0.2) * x", "np.arange(6, 0, -1) * x",
    "x.astype(float, copy=False)",
    "np.mean(x, dtype=np.float64) * x", "np.reshape(x, (2, 3), order='F')",
    "np.linspace(x[0], x[1], 6, endpoint=False)", "np.add.outer(x, A) * x[0]", "np.subtract.outer(A[:, 1], x)",
    "np.maximum.outer(A, x[:2])", "np.isclose(x, x[::-1], rtol=0.5) * x", "np.allclose(x, x + 1e-9) * x",
    "np.isclose(x[0], x[1], 0.0, 0.7) * x",
)


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_function(expression: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    path = tmp_path / "native_function.py"
    path.write_text(f"""import numpy as np


def program(x):
    x = x * 1.0
    A = x.reshape(2, 3)
    y = {expression}
    return np.sum(np.sin(y) * (np.arange(np.size(y)) + 1.0).reshape(np.shape(y)))
""")
    program = runpy.run_path(str(path))["program"]
    native = ad.value_and_grad(program, backend="native", on_unsupported="error")
    for _ in range(2):
        assert difference(ad.value_and_grad(program)(X), native(X)) == ""
    (special,) = native.used
    assert [r for r in special.main.native.reasons if "nothing to compute" not in r] == []
    assert sum(kernel.given_up for kernel in special.main.native.kernels) == 0


def tables(x: Any) -> Any:
    """Lists that are searched, ranges as lists, groups that are compared, numbers that are rounded."""
    keys = [round(v * 2.0) for v in x]
    numbers = list(range(len(x) - 1, -1, -1))
    total = 0.0
    for k in range(4):
        if k in keys:
            total += x[keys.index(k)] ** 2 * keys.count(k)
        if k not in numbers:
            total += 100.0
    best = 0
    for i in range(1, len(x)):
        if (keys[i], x[i]) > (keys[best], x[best]):
            best = i
    return total + x[best] * x[numbers[0]]


def test_lists_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    native = ad.value_and_grad(tables, backend="native", on_unsupported="error")
    assert difference(ad.value_and_grad(tables)(X), native(X)) == ""
    (special,) = native.used
    assert special.main.backend == "native"


def test_what_is_not_there_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")

    def position(x: Any) -> Any:
        keys = [int(v) for v in x]
        total = 0.0
        for k in range(2):
            total += x[keys.index(k)]
        return total

    with pytest.raises(ValueError, match="not in list"):
        ad.grad(position, backend="native")(np.array([1.5, 2.5]))
