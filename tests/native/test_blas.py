"""Products of matrices in kernels."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.native import blas
from ad_compiler.native.machine import compile_kernel

R = np.random.default_rng(7)


@pytest.mark.parametrize("least", [0, 10**9])
@pytest.mark.parametrize(("row", "column"), [(False, False), (True, False), (False, True), (True, True)])
def test_gemm_in_machine_code(least: int, row: bool, column: bool) -> None:
    """By BLAS and by loops, of matrices in any order, and of parts of matrices."""
    text = ("from ad_compiler.native.blas import gemm\nfrom ad_compiler.native.flat import flat\n\n\n"
            "def product(a, b, c, blas):\n"
            "    gemm(blas, flat(a), 0, a.strides[0] // 8, a.strides[1] // 8, flat(b), 0, b.strides[0] // 8,\n"
            "         b.strides[1] // 8, flat(c), 0, a.shape[0], a.shape[1], b.shape[1])\n"
            "    return 0\n")
    kernel = compile_kernel(text, "product", ("const float64[:, :]", "const float64[:, :]", "float64[:, ::1]", "int64"))
    for n, k, m in ((13, 14, 15), (1, 40, 40), (40, 1, 40), (40, 40, 1), (0, 3, 3), (3, 0, 3)):
        a = R.normal(size=(k, n)).T if row else R.normal(size=(n, k + 2))[:, 1:-1]
        b = R.normal(size=(m, k + 1)).T[1:] if column else R.normal(size=(k, m))
        c = np.full((n, m), np.nan)
        assert kernel(a, b, c, blas.address() if least == 0 else 0) == 0
        np.testing.assert_allclose(c, a @ b, rtol=1e-12, atol=1e-12)


def test_numpys_blas_is_found_where_numpy_brings_one() -> None:
    name = np.show_config(mode="dicts")["Build Dependencies"]["blas"]["name"]  # pyright: ignore[reportOptionalSubscript]
    assert name != "scipy-openblas" or blas.address() > 0


def shapes(a: Any, x: Any, y: Any) -> Any:
    """Matrices by vectors from both sides, as they lie and transposed."""
    return np.sum(np.tanh(a @ x)) + np.sum((y @ a) ** 2) + np.dot(np.sin(a.T @ y), x) + np.sum(np.dot(x, a.T))


@pytest.mark.parametrize("n", [3, 9, 100])
def test_matrices_by_vectors(n: int) -> None:
    """By loops and, of many elements, by BLAS."""
    for a in (R.normal(size=(n, 90)), R.normal(size=(90, n)).T, R.normal(size=(n, 180))[:, ::2]):
        x, y = R.normal(size=90), R.normal(size=2 * n)[::2]
        native, plain = (ad.value_and_grad(shapes, argnums=(0, 1, 2), backend=b) for b in ("native", "numpy"))
        found, expected = native(a, x, y), plain(a, x, y)
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-12)
        for p, q in zip(found[1], expected[1], strict=True):
            np.testing.assert_allclose(p, q, rtol=1e-12, atol=1e-12 * np.max(np.abs(q)))
        assert native.report().backend == "native"
        assert "gemm(" in native.native_source
