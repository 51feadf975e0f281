"""Arrays in Fortran order: whether `reshape` gives a view of them or a copy decides what a write changes."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.3, 0.7, 1.2, 0.5])
DIRECTION = np.array([1.0, -2.0, 0.5, 3.0])
W = np.arange(16.0).reshape(4, 4)


def outer_in_fortran_order(x):
    return np.asfortranarray(np.outer(x, x))


def written_through_reshape(b, x):
    """Writes through what `reshape` gives, and looks at both."""
    q = b.reshape(-1)
    q[3:6] *= x[0]
    q[7] = x[1]
    return np.sum(b[..., :3, :3] * W[:3, :3]) + np.sum(q * np.arange(q.size))


MADE: dict[str, Callable[[Any], Any]] = {
    "zeros": lambda x: np.zeros((4, 4), order="F") + np.outer(x, x),
    "filled": lambda x: np.ones((4, 4), float, "F") * x,
    "eye": lambda x: np.eye(4, order="F") * x[1],
    "concatenate": lambda x: np.concatenate([outer_in_fortran_order(x), outer_in_fortran_order(x)]),
    "stack": lambda x: np.stack([outer_in_fortran_order(x), outer_in_fortran_order(x)]),
    "einsum": lambda x: np.einsum("ij,ij->ij", outer_in_fortran_order(x), outer_in_fortran_order(x)),
    "cumsum": lambda x: np.cumsum(outer_in_fortran_order(x), axis=0),
    "diff": lambda x: np.diff(outer_in_fortran_order(x), axis=1),
    "copy": lambda x: np.outer(x, x).T.copy(),
    "copy in its order": lambda x: np.outer(x, x).T.copy(order="K"),
    "copy by function": lambda x: np.copy(np.outer(x, x).T),
    "array": lambda x: np.array(np.outer(x, x).T),
    "array in fortran order": lambda x: np.array(np.outer(x, x), order="F"),
    "sum": lambda x: np.outer(x, x).T + 0.0,
    "choice": lambda x: np.where(np.outer(x, x).T > 0.3, np.outer(x, x).T, 0.0),
    "full like": lambda x: np.full_like(np.outer(x, x).T, 2.0) * x,
    "roll": lambda x: np.roll(np.outer(x, x).T, 1, axis=0),
    "reversed": lambda x: +np.outer(x, x).T[:, ::-1],
}


@pytest.mark.parametrize("made", MADE)
def test_new_arrays_in_other_orders(made: str) -> None:
    make = MADE[made]

    def program(x):
        return written_through_reshape(make(x), x)

    check(program)


def column_by_column(x):
    a = outer_in_fortran_order(x)
    q = a.ravel("F")
    q[2] = 9.0
    r = a.reshape((2, 8), order="F")
    r[1, 2] = 7.0 * x[3]
    return np.sum(a * W)


def view_of_a_transpose(x):
    a = np.array(np.outer(x, x), order="F")
    q = a.T.reshape(2, 8)
    q[1, 2] = 9.0
    return np.sum(a * W) + np.sum(q)


def filled_and_scaled(x):
    a = np.zeros((4, 4), order="F")
    a[:] = np.outer(x, x)
    q = a.reshape(-1, order="F")
    q[3:6] *= x[0]
    return np.sum(a * W) + np.sum(q)


def steps(x):
    a = outer_in_fortran_order(x)
    for k in range(3):
        b = a * 1.1
        q = b.reshape(-1)
        q[k] += x[k]
        a = b + a[::-1]
    return np.sum(a * W)


def diagonal_view(x):
    a = x.reshape(2, 2).copy()
    d = np.einsum("ii->i", a)
    d[:] = d * 2 + 1
    t = np.einsum("ij->ji", a)
    a[0, 1] = 3.0 * x[0]
    return np.sum(a * a) + t[1, 0] * x[2]


def parts_of_flat(x):
    a = np.outer(x, x)
    b = a.T
    it = b.flat
    b[0] = x
    c = it[2:5]
    b[0] = 3.0
    a.flat[3] = x[1]
    return np.sum(c * x[:3]) + it[1] * x[0] + np.sum(it[np.array([1, 2])]) * x[1] + np.sum(a * W)


@pytest.mark.parametrize("program", [column_by_column, view_of_a_transpose, filled_and_scaled, steps, diagonal_view,
                                     parts_of_flat], ids=lambda f: f.__name__)
def test_views_in_other_orders(program: Callable[[Any], Any]) -> None:
    check(program)


def check(program: Callable[[Any], Any]) -> None:
    """Compiled, forward and on the tape."""
    expected = central_differences(program, X)
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(X)
    np.testing.assert_allclose(value, program(X), rtol=1e-14)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(ad.jvp(program, (X,), (DIRECTION,))[1], gradient @ DIRECTION, rtol=1e-12)
    value, gradient = on_the_tape(program)
    np.testing.assert_allclose(value, program(X), rtol=1e-14)
    np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-7)


def on_the_tape(program: Any) -> Any:
    unread = eval("lambda x: program(x)", {"program": program})
    with pytest.warns(ad.errors.TapeFallback):
        return ad.value_and_grad(unread)(X)


@pytest.mark.parametrize("order", ["A", "K"])
def test_orders_of_the_memory_at_hand(order: str) -> None:
    """Refused by the compiler; the tape has the array."""
    def program(x):
        a = outer_in_fortran_order(x)
        q = a.ravel(order=order)
        q[2] = 9.0
        return np.sum(a * W) + np.sum(np.outer(x, x).T.flatten(order) * np.arange(16))

    with pytest.raises(ad.errors.CompileError, match="depends on the layout"):
        ad.grad(program, on_unsupported="error")(X)
    value, gradient = on_the_tape(program)
    assert value == program(X)
    np.testing.assert_allclose(gradient, central_differences(program, X), rtol=1e-6)
