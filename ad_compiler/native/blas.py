"""Products of matrices in the language of kernels: NumPy's own BLAS where that is worth a call, loops elsewhere.

    gemm(blas, a, 0, k, 1, b, 0, m, 1, c, 0, n, k, m)      # c = a @ b, all in C order

BLAS is called by its address, which comes in with each call of a kernel (`address()`), so a kernel that was kept on
disk needs nothing linked. Where NumPy's library is not found the address is 0, and loops do the work.
"""
from __future__ import annotations

import os
import sys
from functools import cache
from typing import Any

import numpy as np

LEAST = 1500
"""Products of two numbers from which on the call is worth it."""

# Names of the function, and whether its integers have eight bytes.
_NAMES = (("scipy_cblas_dgemm64_", True), ("cblas_dgemm64_", True), ("scipy_cblas_dgemm", False),
          ("cblas_dgemm", False))
_kept: list[Any] = []


@cache
def address() -> int:
    """Where `cblas_dgemm` of the library that NumPy uses lies in memory; negative where its integers have four bytes,
    0 where it is not found."""
    import ctypes
    from glob import glob

    here, lib = os.path.dirname(np.__file__), os.path.join(sys.prefix, "lib")
    places = (os.path.join(here, os.pardir, "numpy.libs", "*openblas*"), os.path.join(here, ".dylibs", "*openblas*"),
              os.path.join(lib, "libcblas.so*"), os.path.join(lib, "libcblas.*dylib"))
    for path in (p for pattern in places for p in sorted(glob(pattern))):
        try:
            library = ctypes.CDLL(path)
        except OSError:
            continue
        for name, wide in _NAMES:
            if hasattr(library, name):
                _kept.append(library)
                found = ctypes.cast(getattr(library, name), ctypes.c_void_p).value or 0
                return found if wide else -found
    return 0


class _Function:
    """A call of the function at an address. It exists in machine code only."""

    def __init__(self, bits: int) -> None:
        self.bits = bits

    def __call__(self, where: int, by_a: int, by_b: int, n: int, m: int, k: int, a: Any, at: int, step_a: int, b: Any,
                 bt: int, step_b: int, c: Any, ct: int, step_c: int) -> int:
        raise RuntimeError("kernels that run as Python are given no address")


dgemm_wide, dgemm_narrow = _Function(64), _Function(32)


def gemm(blas: int, a: Any, at: int, s0: int, s1: int, b: Any, bt: int, t0: int, t1: int, c: Any, ct: int, n: int,
         k: int, m: int) -> None:
    """`c = a @ b` for n x k and k x m; `s0`, `s1`, `t0`, `t1` are strides, the rows of `c` follow one another."""
    rows_a, rows_b = s1 == 1 and s0 >= k, t1 == 1 and t0 >= m
    taken = (rows_a or (s0 == 1 and s1 >= n)) and (rows_b or (t0 == 1 and t1 >= k))
    if blas != 0 and taken and n * k * m >= LEAST:
        by_a, step_a = (111, s0) if rows_a else (112, s1)
        by_b, step_b = (111, t0) if rows_b else (112, t1)
        if blas > 0:
            dgemm_wide(blas, by_a, by_b, n, m, k, a, at, step_a, b, bt, step_b, c, ct, m)
        else:
            dgemm_narrow(-blas, by_a, by_b, n, m, k, a, at, step_a, b, bt, step_b, c, ct, m)
        return
    for i in range(n):
        for j in range(m):
            c[ct + i * m + j] = 0.0
        for q in range(k):
            x = a[at + i * s0 + q * s1]
            for j in range(m):
                c[ct + i * m + j] = c[ct + i * m + j] + x * b[bt + q * t0 + j * t1]


@cache
def tell_numba() -> None:
    """Tell numba how the two are called."""
    from llvmlite import ir
    from numba.core import types
    from numba.extending import lower_builtin, type_callable

    def register(function: _Function) -> None:
        @type_callable(function)
        def _type(context: Any) -> Any:
            def typer(where: Any, by_a: Any, by_b: Any, n: Any, m: Any, k: Any, a: Any, at: Any, step_a: Any, b: Any,
                      bt: Any, step_b: Any, c: Any, ct: Any, step_c: Any) -> Any:
                return types.int64
            return typer

        def call(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            number, word, real = ir.IntType(function.bits), ir.IntType(32), ir.DoubleType()
            wide = [context.cast(builder, value, kind, types.int64) if isinstance(kind, types.Integer) else value
                    for value, kind in zip(args, sig.args, strict=True)]
            where, by_a, by_b, n, m, k, a, at, lda, b, bt, ldb, c, ct, ldc = wide

            def count(value: Any) -> Any:
                return value if function.bits == 64 else builder.trunc(value, number)

            array = real.as_pointer()
            kinds = [word, word, word, number, number, number, real, array, number, array, number, real, array, number]
            pointer = builder.inttoptr(where, ir.FunctionType(ir.VoidType(), kinds).as_pointer())
            builder.call(pointer, [
                word(101), builder.trunc(by_a, word), builder.trunc(by_b, word), count(n), count(m), count(k),
                real(1.0), builder.gep(a, [at]), count(lda), builder.gep(b, [bt]), count(ldb), real(0.0),
                builder.gep(c, [ct]), count(ldc)])
            return ir.IntType(64)(0)

        lower_builtin(function, types.VarArg(types.Any))(call)

    register(dgemm_wide)
    register(dgemm_narrow)
