"""What is taken for granted about sizes in one call is tested in every other: by the general way, by the fast way, and
in another process."""
from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.oracle import reference_gradient

from .keeping import Processes, gradient


def head(x, y):
    return np.sum(x[:3] * y) + np.sum(x[:3] ** 2)


def tail(x, y):
    return np.sum(np.sin(x[-3:]) * y)


def shorter(x, y):
    return np.sum(x[2:] * y * y)


def by_number(x, y, k=2):
    return np.sum(np.exp(x[:k]) * y[0]) * np.sum(x[k:])


def middle(x, y):
    return np.sum((x[1:4] * y) ** 2)


def windows(x, y):
    total = np.zeros(len(x) - len(y) + 1, x.dtype)
    for i in range(len(y)):
        total += x[i:i + len(total)] * y[i]
    return np.sum(total * total)


def overhanging(x, y):
    total = 0.0
    for i in range(len(x)):
        total = total + np.sum(x[i:i + 3]) * np.sum(x[i:i + 3] * y[0])
    return total


def gates(x, y):
    width = len(y)
    z = np.outer(y, x)
    a = np.tanh(z[:, :width])
    b = np.tanh(z[:, width:2 * width])
    return np.sum(a * b)


def triangle(x, y):
    total = 0.0
    for i in range(len(x)):
        total = total + np.dot(x[:i], x[:i]) + np.sum(x[:i] * y[0])
    return total


PROGRAMS = (head, tail, shorter, by_number, middle, windows, overhanging, gates, triangle)


def sizes_of(program: Callable[..., Any]) -> list[tuple[int, int]]:
    """The sizes of two vectors that a program can run with."""
    found = []
    for sizes in itertools.product((1, 2, 3, 4, 5, 6, 8, 12), (1, 2, 3, 4, 6)):
        try:
            program(*vectors(*sizes))
        except (ValueError, IndexError):
            continue
        found.append(sizes)
    return found


def vectors(n: int, m: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(10 * n + m)
    return rng.uniform(0.5, 1.0, n), rng.uniform(0.5, 1.0, m)


def check(program: Callable[..., Any], args: tuple[Any, ...], found: Any) -> None:
    reference = reference_gradient(program, args, (0, 1), analytic=True)
    assert reference.error(tuple(found)) <= 1e-10 * max(1.0, reference.scale), (program, list(map(np.shape, args)))


@pytest.mark.filterwarnings("ignore:.*has been compiled for:RuntimeWarning")
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
@pytest.mark.parametrize("order", [1, -1], ids=["upwards", "downwards"])
def test_every_size_after_every_other(program: Callable[..., Any], order: int) -> None:
    derivative = ad.grad(program, argnums=(0, 1))
    all_sizes = sizes_of(program)[::order]
    assert len(all_sizes) > 5
    for n, m in all_sizes:
        args = vectors(n, m)
        for _ in range(3):  # the third goes the fast way
            check(program, args, derivative(*args))
        check(program, args, ad.vjp(program, *args)[1](1.0))
    for sizes in itertools.product(all_sizes[::3], repeat=2):
        for n, m in sizes:
            check(program, vectors(n, m), derivative(*vectors(n, m)))


def test_nothing_is_summed_where_the_shapes_of_the_call_say_so() -> None:
    derivative = ad.grad(gates, argnums=(0, 1))
    derivative(*vectors(12, 4))
    assert "sum_to_shape" not in derivative.source
    plain = ad.grad(gates, argnums=(0, 1), assume=False)
    plain(*vectors(12, 4))
    assert "sum_to_shape" in plain.source


def test_sizes_that_compare_alike_are_compiled_once() -> None:
    derivative = ad.grad(windows)
    for n in (5, 8, 20, 9):
        derivative(*vectors(n, 3))
    assert len(derivative.used) == 1


def test_a_saved_module_takes_nothing_for_granted(tmp_path: Path) -> None:
    derivative = ad.grad(shorter, argnums=(0, 1))
    derivative(*vectors(8, 6))
    path = tmp_path / "saved.py"
    derivative.save(path)
    scope: dict[str, Any] = {}
    exec(path.read_text(), scope)
    args = vectors(3, 6)  # what is left of x has one element, and is stretched
    check(shorter, args, scope["shorter_grad"](*args))


def test_second_derivatives_of_every_size() -> None:
    derivative, hessian = ad.grad(shorter), ad.hessian(shorter, argnums=1)
    for sizes in ((8, 6), (3, 6), (4, 2), (3, 1), (8, 6)):
        x, y = vectors(*sizes)
        np.testing.assert_allclose(hessian(x, y), 2.0 * np.diag(x[2:] * np.ones_like(y)), atol=1e-12)
        np.testing.assert_allclose(derivative(x, y)[2:], y * y if len(x) > 3 else [np.sum(y * y)], rtol=1e-12)


PROGRAM = '''
import numpy as np

def loss(x, y):
    return np.sum(x[2:] * y * y)
'''


def test_what_an_earlier_process_took_for_granted_is_tested(processes: Processes) -> None:
    for n, hit in ((6, False), (6, True), (3, False), (3, True), (6, True)):
        x, y = vectors(n, 4)
        (_, found), was_hit = gradient(processes.program(PROGRAM).loss, x, y)
        np.testing.assert_allclose(found[2:], y * y if n == 6 else [np.sum(y * y)], rtol=1e-12)
        assert was_hit is hit, (n, hit)


def test_an_entry_in_use_is_left_where_its_sizes_do_not_fit(processes: Processes) -> None:
    loss = processes.program(PROGRAM).loss
    ad.grad(loss)(*vectors(6, 4))
    again = ad.grad(processes.program(PROGRAM).loss)
    for n in (6, 3, 6, 3):
        x, y = vectors(n, 4)
        np.testing.assert_allclose(again(x, y)[2:], y * y if n == 6 else [np.sum(y * y)], rtol=1e-12)
    assert again.kept_used


# --- sizes that must be equal -----------------------------------------------------------------------------------------
def reprojected(points, camera):
    shown = points * np.array([0.3, -1.2, 0.5])
    shown = shown + camera * points
    flat = shown[:, :2] / (2.0 + shown[:, 2:])
    return np.sum(flat * flat)


def transported(faces, cells, rate):
    flux = rate * faces
    change = (flux[1:] - flux[:-1]) * cells
    return np.sum(change * change / (1.0 + cells * cells))


def test_sizes_that_meet_are_one_size() -> None:
    derivative = ad.grad(reprojected, argnums=(0, 1))
    for n in (4, 7):
        rng = np.random.default_rng(n)
        args = (rng.normal(size=(n, 3)), rng.normal(size=3))
        check(reprojected, args, derivative(*args))
    assert "sum_to_shape" not in derivative.source and len(derivative.used) == 1


def test_one_size_is_written_by_another() -> None:
    derivative = ad.grad(transported, argnums=(0, 1))
    for n in (5, 9):
        args = (np.linspace(0.5, 2.0, n + 1), np.linspace(1.0, 2.0, n), 0.7)
        check(transported, args, derivative(*args))
    assert "sum_to_shape" not in derivative.source and len(derivative.used) == 1


def test_sizes_that_do_not_meet_raise_what_numpy_raises() -> None:
    derivative = ad.grad(transported)
    derivative(np.ones(6), np.ones(5), 0.7)
    with pytest.raises(ValueError, match="broadcast"):
        derivative(np.ones(6), np.ones(4), 0.7)
    stretched = (np.linspace(0.5, 2.0, 6), np.array([1.5]), 0.7)  # one cell for all: another form
    check(transported, stretched, ad.grad(transported, argnums=(0, 1))(*stretched))


def test_a_number_that_is_a_size_is_compared_too() -> None:
    def spread(x, n):
        return np.sum(np.linspace(0.0, 1.0, n) * x * x) * n

    derivative = ad.grad(spread)
    for n in (4, 6, 4):
        x = np.linspace(1.0, 2.0, n)
        np.testing.assert_allclose(derivative(x, n), 2.0 * n * np.linspace(0.0, 1.0, n) * x)
    with pytest.raises(ValueError, match="broadcast"):
        derivative(np.ones(4), 5)
