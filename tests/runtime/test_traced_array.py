"""NumPy code on `TracedArray`: the values NumPy gives, the gradients differences give."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import runtime  # noqa: F401 - joins the fronts
from runtime.numpy_calls import call
from runtime.traced_array import TracedArray, traced
from runtime.traced_sweeps import gradients
from tests.differences import central_differences


def recurrence(x: Any) -> Any:
    y = x.copy()
    for i in range(1, len(x)):
        y[i] = np.sin(y[i - 1]) * x[i] + y[i]
    return y.sum()


def stencil(x: Any) -> Any:
    u = x.copy()
    for _ in range(3):
        u[1:-1] += 0.1 * (u[2:] - 2 * u[1:-1] + u[:-2])
    return 0.5 * np.dot(u, u)


def writes_through_a_view(x: Any) -> Any:
    y = x * x
    v = y[1:]
    v *= x[1:]
    y[0] = 0.0
    return y.sum()


def out_and_where(x: Any) -> Any:
    y = np.zeros_like(x)
    np.multiply(x, x, out=y)
    np.add(y, x, out=y, where=np.array([True, False, True, False]))
    return y.sum()


def saved_then_overwritten(x: Any) -> Any:
    y = x * 1.0
    z = y * y
    y[...] = 0.0
    e = np.exp(z)
    z[1] = 5.0
    return (e * z).sum()


def overlapping(x: Any) -> Any:
    y = x.copy()
    y[1:] += y[:-1] * x[1:]
    y[::2], y[1::2] = y[1::2].copy(), y[::2] * 2
    return (y * np.arange(4.0)).sum()


def methods(x: Any) -> Any:
    a = x.reshape(2, 2)
    b = a.T.copy()
    b[0, :] = a.mean(axis=0)
    b[[0, 1], [1, 0]] *= 2
    return ((b @ a).std() + np.linalg.norm(b) + np.sort(x)[1] * x.max() + a.sum(axis=1).prod()
            + np.where(x > 0.5, x, 0).sum() + np.concatenate([x, x[::-1]]).dot(np.arange(8.0))
            + x.clip(0.2, 0.9).var() + np.cumsum(x)[2] + x.ravel()[3] + np.einsum("ij,jk->", a, a))


def loops_and_branches(x: Any) -> Any:
    total = 0.0
    for value in x:
        total = total * value + np.cos(value) if value > 0.5 else total - value**2
    return total


PROGRAMS: list[Callable[[Any], Any]] = [
    recurrence, stencil, writes_through_a_view, out_and_where, saved_then_overwritten, overlapping, methods,
    loops_and_branches]
POINT = np.array([0.3, 0.7, 1.1, 0.45])


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_values_and_gradients(program: Callable[[Any], Any]) -> None:
    x = traced(POINT.copy(), requires_grad=True)
    y = program(x)
    np.testing.assert_allclose(y.value, program(POINT.copy()), rtol=1e-12)
    (g,) = gradients([y], [x], [1.0])
    np.testing.assert_allclose(g, central_differences(program, POINT), rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(x.value, POINT)


def test_a_record_can_be_run_again() -> None:
    x = traced(POINT.copy(), requires_grad=True)
    y = stencil(x)
    first = gradients([y], [x], [1.0], keep=True)[0]
    np.testing.assert_array_equal(gradients([y], [x], [2.0], keep=True)[0], 2 * first)


def test_numpy_meanings_not_torch_ones() -> None:
    x = traced(np.arange(4.0), requires_grad=True)
    assert x.std().value == np.arange(4.0).std()  # torch's std divides by n - 1
    assert x.size == 4
    assert (x * np.float32(2)).dtype == np.float64
    assert x[::-1].value.tolist() == [3.0, 2.0, 1.0, 0.0]
    assert isinstance(x.repeat(2), TracedArray) and x.repeat(2).shape == (8,)


def test_no_gradient_leaves_through_plain_arrays() -> None:
    x = traced(POINT.copy(), requires_grad=True)
    target = np.zeros(4)
    with pytest.raises(TypeError, match="plain NumPy array"):
        np.multiply(x, x, out=target)
    with pytest.raises(RuntimeError, match="plain one"):
        np.asarray(x)
    with pytest.raises(TypeError, match="no derivative"):
        np.piecewise(x, [x.value > 1], [0.0, 1.0])


def test_unused_inputs_give_zeros() -> None:
    x, z = traced(POINT.copy(), True), traced(POINT.copy(), True)
    assert gradients([x.sum()], [x, z], [1.0])[1].tolist() == [0.0] * 4


def several_results(x: Any) -> Any:
    A = np.outer(x, x) + np.diag(np.arange(1.0, 5.0))
    w, v = np.linalg.eigh(A)
    _, s, _ = np.linalg.svd(A)
    q, r = np.linalg.qr(A)
    parts = np.gradient(A)
    first = np.sum(w**2)
    w[0] = 0.0  # written after the node saved it
    return first + np.sum(w) + np.log(s).sum() + np.abs(r[0, 0]) + q[1, 2] ** 2 + v[0, 0] ** 2 + np.sum(parts[1] ** 2)


def repeated_places(x: Any) -> Any:
    y = np.zeros_like(x) * x
    y[[0, 0, 1]] = x[:3]
    y[[2, 2]] *= x[3]
    np.multiply.at(y, [1, 1], x[0])
    return np.sum(y**2)


def blocks_of_lists(x: Any) -> Any:
    linalg = pytest.importorskip("scipy.linalg")
    blocks = [[x[0], x[1]]], [[x[1]], [x[2] * x[3]]]  # (SciPy asks no array: the recording of a program calls this)
    M = call(linalg.block_diag, blocks, {}, TracedArray) if isinstance(x, TracedArray) else linalg.block_diag(*blocks)
    return np.sum(M**3 * np.arange(1.0, 10.0).reshape(3, 3))


@pytest.mark.parametrize("program", [several_results, repeated_places, blocks_of_lists], ids=lambda f: f.__name__)
def test_several_results_and_repeated_places(program: Callable[[Any], Any]) -> None:
    x = traced(POINT.copy(), requires_grad=True)
    y = program(x)
    np.testing.assert_allclose(y.value, program(POINT.copy()), rtol=1e-12)
    np.testing.assert_allclose(gradients([y], [x], [1.0])[0], central_differences(program, POINT), rtol=1e-5, atol=1e-7)


def test_an_active_parameter_without_a_derivative_is_refused() -> None:
    x = traced(POINT.copy(), requires_grad=True)
    with pytest.raises(TypeError, match="no derivative with respect to"):
        np.var(x, ddof=x[0])
