"""Products of matrices in kernels."""
from __future__ import annotations

import numpy as np
import pytest

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
