"""Arrays in another order than C: which of `reshape` and its kin are views decides what a write changes.

Compiled in both modes, on the tape, batched and in machine code, all against differences.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

X = np.array([1.0, 2.0, 3.0, -1.0, 0.5, 2.0])
V = np.array([0.3, -0.2, 0.5, 1.0, -1.0, 0.7])


def written(t: Any, A: Any) -> Any:
    """Writes through `reshape` and `ravel`: into `t`, or into copies, by how it lies in memory."""
    y = t.reshape(-1)
    y[0] = A[1, 2] * 3.0
    z = t.ravel()
    z[1] *= A[0, 0]
    return np.sum(t * A**2) + np.sum(y * z)


def changed(t: Any, A: Any) -> Any:
    t[0] *= 2.0
    return np.sum(t * A**2) + written(t, A)


def zeros_in_columns(A: Any) -> Any:
    B = np.zeros((2, 3), order="F")
    B[:] = A
    return B


def zeros_like_in_columns(A: Any) -> Any:
    B = np.zeros_like(A, order="F")
    B[:] = A
    return B


def empty_like_a_transpose(A: Any) -> Any:
    B = np.empty_like(A.T)
    B[:] = A.T
    return B.T


WAYS: dict[str, Callable[[Any], Any]] = {
    "astype": lambda A: A.astype(float, order="F"), "array": lambda A: np.array(A, order="F"),
    "copy": lambda A: np.copy(A, order="F"), "copy method": lambda A: A.copy("F"),
    "asarray": lambda A: np.asarray(A, order="F"), "asarray copy": lambda A: np.asarray(A, copy=True),
    "copy of a transpose": lambda A: A.T.copy().T, "array of a transpose": lambda A: np.array(A.T).T,
    "astype of a transpose": lambda A: A.T.astype(float).T, "product": lambda A: (A.T * 1.0).T,
    "function": lambda A: np.sin(A.T).T, "stacked": lambda A: np.concatenate([A.T, A.T])[:3].T,
    "sums": lambda A: np.cumsum(A.T, axis=0).T, "einsum": lambda A: np.einsum("ij->ji", A).T * 1.0,
    "zeros": zeros_in_columns, "zeros_like": zeros_like_in_columns, "empty_like": empty_like_a_transpose,
    "asked for": lambda A: np.array(A, copy=None, order="F"), "left alone": lambda A: np.array(A, copy=None),
    "astype without a copy": lambda A: A.astype(float, copy=False),
    "astype by place": lambda A: A.astype(float, "K", "unsafe", True, False),
    "astype without a copy in columns": lambda A: A.astype(float, order="F", copy=False),
    "more axes": lambda A: np.array(A, ndmin=3)[0], "more axes, no copy": lambda A: np.array(A, ndmin=3, copy=None)[0],
}


def program(way: str, use: Callable[[Any, Any], Any], uncompilable: bool = False) -> Callable[[Any], Any]:
    make = WAYS[way]

    def f(x: Any) -> Any:
        A = x.reshape(2, 3) * 1.0
        return use(make(A), A)

    def on_the_tape(x: Any) -> Any:
        A = x.reshape(2, 3) * eval("1.0")
        return use(make(A), A)

    return on_the_tape if uncompilable else f


def slope(f: Callable[[Any], Any]) -> Any:
    return (f(X + 1e-6 * V) - f(X - 1e-6 * V)) / 2e-6


@pytest.mark.parametrize("use", [written, changed])
@pytest.mark.parametrize("way", WAYS)
def test_compiled(way: str, use: Any) -> None:
    f = program(way, use)
    value, gradient = ad.value_and_grad(f, on_unsupported="error")(X)
    np.testing.assert_allclose(value, f(X))
    np.testing.assert_allclose(gradient @ V, slope(f), rtol=1e-6)
    np.testing.assert_allclose(ad.jvp(f, (X,), (V,), on_unsupported="error")[1], gradient @ V)
    np.testing.assert_allclose(ad.jacfwd(f)(X), gradient)


@pytest.mark.filterwarnings("ignore::ad_compiler.errors.TapeFallback")
@pytest.mark.parametrize("use", [written, changed])
@pytest.mark.parametrize("way", WAYS)
def test_on_the_tape(way: str, use: Any) -> None:
    f = program(way, use, uncompilable=True)
    value, gradient = ad.value_and_grad(f)(X)
    np.testing.assert_allclose(value, f(X))
    np.testing.assert_allclose(gradient @ V, slope(f), rtol=1e-6)
    np.testing.assert_allclose(ad.jvp(f, (X,), (V,))[1], gradient @ V)


@pytest.mark.filterwarnings("ignore::ad_compiler.interface.batched.LoopFallback")
@pytest.mark.parametrize("way", WAYS)
def test_batched(way: str) -> None:
    f = program(way, changed)
    rows = np.stack([X, 0.5 * X, -X])
    np.testing.assert_allclose(ad.vmap(f)(rows), [f(row) for row in rows])
    np.testing.assert_allclose(ad.vmap(ad.grad(f))(rows), [ad.grad(f)(row) for row in rows])


def test_a_tangent_in_another_order_than_its_array() -> None:
    import runtime as torch
    from runtime.autograd import forward_ad

    with forward_ad.dual_level():
        base = torch.tensor(np.asfortranarray(np.arange(6.0).reshape(2, 3))).T.contiguous().T
        x = forward_ad.make_dual(base * 1.0, torch.tensor(np.ones((2, 3))))
        view = x.T.reshape(-1)
        view[0] = forward_ad.make_dual(torch.tensor(1.0), torch.tensor(5.0))
        tangent = forward_ad.unpack_dual(x).tangent
    np.testing.assert_allclose(tangent.numpy(), [[5.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
