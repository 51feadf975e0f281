"""What an expert would not write is not in the adjoint: signs of whole arrays, stores that nobody reads, slow sums.

Each program is differentiated with the rewriting and in the slow mode, which has none of it; the gradients agree.
"""
from __future__ import annotations

import linecache
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler


def reverse_part(f: Callable[..., Any], *args: Any, argnums: Any = 0) -> str:
    """The text of the reverse sweep, after comparing its result with the slow mode's."""
    fast = ad_compiler.grad(f, argnums=argnums, on_unsupported="error")
    slow = ad_compiler.grad(f, argnums=argnums, on_unsupported="error", mode="slow")
    found, expected = fast(*args), slow(*args)
    one = isinstance(argnums, int)
    for a, b in zip([found] if one else found, [expected] if one else expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-13)
    return fast.source.partition("# --- reverse ---")[2]


def test_the_sign_of_a_matrix_moves_into_the_sums() -> None:
    def eliminated(a: Any) -> Any:
        b = a.copy()
        for k in range(b.shape[0] - 1):
            b[k + 1:, k] /= b[k, k]
            b[k + 1:, k + 1:] -= np.outer(b[k + 1:, k], b[k, k + 1:])
        return np.sum(b * b)

    text = reverse_part(eliminated, np.eye(5) * 3.0 + np.arange(25.0).reshape(5, 5) / 30.0)
    assert "= -" not in text
    assert text.count("-= ") >= 3


def test_a_sign_stays_where_the_memory_is_written_before_it_is_read() -> None:
    def mixed(a: Any, v: Any) -> Any:
        b = a.copy()
        for _ in range(2):
            t = b * 1.0
            b[:] = 0.5 * a - np.sin(t)
            b[1:] -= t[:-1] @ np.outer(v, v)
        return np.sum(b * b)

    reverse_part(mixed, np.arange(12.0).reshape(4, 3) / 10.0, np.array([0.3, -0.2, 0.9]), argnums=(0, 1))


def test_moved_elements_keep_their_sign_outside() -> None:
    def waves(h: Any, dt: float) -> Any:
        u = np.zeros_like(h)
        for _ in range(3):
            u = u - dt * (np.roll(h, -1) - h)
            h = h - dt * (u - np.roll(u, 1)) * h
        return np.sum(h * h)

    text = reverse_part(waves, np.arange(5.0) / 3.0, 0.1, argnums=(0, 1))
    assert "np.roll(-" not in text


def test_what_is_overwritten_is_cleared_only_for_readers() -> None:
    def filtered(x: Any, keep: Any) -> Any:
        y = np.zeros_like(x)
        y[0] = x[0]
        for t in range(1, x.shape[0]):
            y[t] = keep * y[t - 1] + x[t]
        return np.sum(y * y)

    args = np.arange(12.0).reshape(4, 3) / 7.0, np.array([0.5, 0.9, -0.3])
    assert "= 0.0" not in reverse_part(filtered, *args, argnums=(0, 1))

    def filtered_twice(x: Any, keep: Any) -> Any:
        y = np.zeros_like(x)
        for _ in range(2):  # the second sweep goes over what the first one left
            for t in range(1, x.shape[0]):
                y[t] = keep * y[t - 1] + x[t]
        return np.sum(y * y)

    assert "= 0.0" in reverse_part(filtered_twice, *args, argnums=(0, 1))


def test_a_store_that_is_returned_or_read_elsewhere_stays() -> None:
    def half(x: Any) -> Any:
        x = x.copy()
        x[2:] = np.sin(x[:-2])
        x[0] = 1.0
        return np.sum(x * np.arange(5.0))

    assert "= 0.0" in reverse_part(half, np.arange(5.0) / 4.0)


@pytest.mark.parametrize(("axis", "shape", "quick", "dtype"), [
    (0, (4, 3), "np.ones(", np.float64), (1, (4, 3), "@ np.ones(", np.float64),
    (0, (4, 3), "np.float32) @", np.float32),
    (2, (2, 3, 4), 'np.einsum("ijk->ij"', np.float64), ((0, 1), (2, 3, 4), 'np.einsum("ijk->k"', np.float32),
    (0, (2, 3, 4), ".sum(axis=0, keepdims=True)", np.float64),
    ((0, 2), (2, 3, 4, 2), 'np.einsum("ijkl->jl"', np.float64)])
def test_sums_along_axes(axis: Any, shape: tuple[int, ...], quick: str, dtype: type) -> None:
    axes = axis if isinstance(axis, tuple) else (axis,)
    whole = np.linspace(0.1, 1.5, int(np.prod(shape)), dtype=dtype).reshape(shape)
    part = np.ones([1 if k in axes else n for k, n in enumerate(shape)], dtype)

    def loss(part: Any, whole: Any) -> Any:
        return np.sum(np.exp(whole + part))

    gradient = ad_compiler.grad(loss, on_unsupported="error")
    found = gradient(part, whole)
    assert found.dtype == dtype
    assert found.shape == part.shape
    np.testing.assert_allclose(found, np.exp(whole + part).sum(axis=axis, keepdims=True), rtol=1e-5)
    assert quick in gradient.source.partition("# --- reverse ---")[2]


def einsum_of(subscripts: str) -> Callable[..., Any]:
    """A program with one `np.einsum`; each has code of its own."""
    source = f"def product(x, y):\n    return np.sum(np.sin(np.einsum('{subscripts}', x, y)))\n"
    name = f"<einsum {subscripts}>"
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    namespace: dict[str, Any] = {"np": np}
    exec(compile(source, name, "exec"), namespace)
    return namespace["product"]


@pytest.mark.parametrize(("subscripts", "quick"), [
    ("ij,jk->ik", "@ y.T"), ("ij,kj->ik", "@ y"), ("ji,jk->ki", "y @"), ("ij,j->i", "@ x"), ("i,ij->j", "@ y.T"),
    ("bij,bjk->bik", "y.swapaxes(1, 2)"), ("bij,bkj->bki", "swapaxes(1, 2) @ y"), ("bcij,bcjk->bcik", "swapaxes(2, 3)"),
    ("bfrs,fc->bcrs", 'np.einsum("bcrs,fc->bfrs"'), ("bij,bik->bjk", "@"), ("ij,ij->i", 'np.einsum("i,ij->ij"'),
    ("ibj,bjk->bik", "np.einsum(")])
def test_adjoints_of_einsum_are_products_of_matrices(subscripts: str, quick: str) -> None:
    sizes = dict(zip("bcfijklmrs", (2, 3, 4, 3, 4, 5, 2, 3, 2, 3), strict=True))
    rng = np.random.default_rng(1)
    args = [rng.normal(size=[sizes[c] for c in letters]) for letters in subscripts.split("->")[0].split(",")]
    assert quick in reverse_part(einsum_of(subscripts), *args, argnums=(0, 1))


@pytest.mark.parametrize("shapes", [((4, 3), (1, 5)), ((4, 1), (3, 5)), ((1, 3), (3, 1))])
def test_adjoints_of_einsum_where_axes_are_stretched(shapes: tuple[tuple[int, int], ...]) -> None:
    x, y = (np.linspace(0.0, 1.0, a * b).reshape(a, b) for a, b in shapes)
    reverse_part(einsum_of("ij,jk->ik"), x, y, argnums=(0, 1))
