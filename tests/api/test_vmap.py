"""`vmap`: against the function called for one example after the other."""
from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.interface.structure import floating_leaves, leaves

X = np.array([[0.5, 1.0, -0.7], [-0.3, 0.2, 2.0], [1.5, 2.0, 0.1], [1.0, 1.1, 1.2]])
W = np.arange(12.0).reshape(4, 3) / 7.0


def equal(found: Any, expected: list[Any]) -> None:
    """The batched result holds, in order, the results of the examples."""
    for (path, leaf), *one in zip(leaves(found), *(leaves(e) for e in expected), strict=True):
        wanted = np.stack([np.asarray(part) for _, part in one])
        assert np.shape(leaf) == wanted.shape, path
        np.testing.assert_allclose(leaf, wanted, rtol=1e-13, atol=1e-13)


def layer(x):
    return np.sum(np.tanh(W @ x) ** 2)


def recurrence(x):
    y = x.copy()
    for i in range(1, x.shape[0]):
        y[i] = y[i - 1] * x[i] + y[i]
    return y, y[1:] * 2


def swapped(x):
    y = x.copy()
    first = y[0]
    y[0] = y[2]
    y[2] = first
    return y


def matrices(x):
    m = np.outer(x, x) + np.eye(3)
    return (np.linalg.solve(m, x), np.linalg.solve(np.eye(3) * 2.0, x), np.linalg.det(m), np.linalg.inv(m) @ x,
            x @ m, m @ m, np.dot(W, x), np.einsum("ij,j->i", m, x), np.trace(m), np.linalg.norm(x), x @ x,
            np.tensordot(m, x, axes=1), np.diag(m), np.vdot(x, x), np.kron(x, x), m.T @ W.T)


def shapes(x):
    return (np.concatenate([x, x[:1]]), np.array([x[0], x[1] * 2.0]), x.reshape(1, 3).T, x[::-1], np.stack([x, x * x]),
            np.roll(x, 1), x[None, :] * x[:, None], np.pad(x, 1), np.repeat(x, 2), np.tile(x, 2), np.diff(x),
            np.cumsum(x), np.sort(x), x[[0, 2]], np.max(x), np.vstack([x, x]),
            np.hstack([x, 2.0]), np.broadcast_to(x, (2, 3)), np.expand_dims(x, 0), x.size * x, len(x) + x)


def reductions(x):
    return np.sum(x), np.mean(x), np.max(x), np.std(x), np.argmax(x), np.prod(x), np.any(x > 1.0), np.min(x)


def own_places(x):
    best = np.argmax(x)
    y = np.zeros(3)
    y[best] = x[best]
    z = np.outer(x, x)
    z[:, best] += 1.0
    return y, x[np.argsort(x)], np.arange(3.0)[best], z, z[best]


def masked(x):
    y = x * 2.0
    y[x > 0.5] = 0.0
    return y


def short_branch(x):
    if x[0] > 0.6:
        s = x[0] * 2.0
    else:
        s = x[1] - 1.0
    return s


def guarded_branch(x):
    """Neither arm can be computed for every example."""
    if x[0] > 0.0:
        return np.log(x[0])
    return np.sqrt(-x[0]) * x


def guarded(x):
    if x[0] > 0.0:
        s = np.log(x[0])
    else:
        s = np.sqrt(-x[0])
    return s


def writing_branch(x):
    out = np.zeros(3)
    for i in range(3):
        if x[i] > 0.0:
            out[i] = np.sqrt(x[i])
        else:
            out[i] = x[i] ** 2
    return out


def growing(x):
    s, n = x[0], 0
    while s < 10.0:
        s = s * 1.5 + 1.0
        n += 1
    return s * n


def lists(x):
    parts = []
    for i in range(x.shape[0]):
        parts.append(x[i] ** 2)
    return np.array(parts)


def no_rule(x):
    return np.convolve(x, np.array([1.0, 2.0]))


def structures(x):
    return {"a": x * 2.0, "b": (np.sum(x), 3.0)}


PROGRAMS = [layer, recurrence, swapped, matrices, shapes, reductions, own_places, masked, short_branch, guarded,
            writing_branch, growing, lists, no_rule, structures]


@pytest.mark.filterwarnings("error::ad_compiler.LoopFallback")
@pytest.mark.parametrize("f", PROGRAMS, ids=lambda f: f.__name__)
def test_programs(f: Callable[..., Any]) -> None:
    batched = ad.vmap(f, on_unsupported="error")
    for _ in range(2):
        equal(batched(X), [f(x) for x in X])
    equal(ad.vmap(f, in_axes=1)(np.ascontiguousarray(X.T)), [f(x) for x in X])


SCALARS = [layer, short_branch, guarded, growing, lambda x: np.sum(writing_branch(x) ** 2),
           lambda x: np.sum(recurrence(x)[0] ** 2), lambda x: np.sum(swapped(x) * np.array([1.0, 2.0, 3.0]))]


@pytest.mark.parametrize("f", SCALARS, ids=[f"{i}-{f.__name__}" for i, f in enumerate(SCALARS)])
def test_gradients_of_examples_and_of_the_batch(f: Callable[..., Any]) -> None:
    expected = [ad.grad(f)(x) for x in X]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ad.LoopFallback)
        equal(ad.vmap(ad.grad(f))(X), expected)
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(ad.vmap(f)(x)), on_unsupported="error")(X), np.stack(expected),
                               rtol=1e-12, atol=1e-13)
    _, dot = ad.jvp(ad.vmap(f), (X,), (np.cos(X),))
    np.testing.assert_allclose(dot, np.sum(np.stack(expected) * np.cos(X), axis=1), rtol=1e-12)


def test_axes_and_structures() -> None:
    def f(p, k, scale=2.0, *, shift=0.0):
        return {"y": p["w"] * k * scale + shift, "total": np.sum(p["w"] * p["v"])}

    p = {"w": X, "v": np.ascontiguousarray(X.T), "name": "n"}
    found = ad.vmap(f, in_axes=({"w": 0, "v": 1}, None), out_axes={"y": 1, "total": 0})(p, 3.0, shift=np.arange(4.0))
    expected = [f({"w": X[i], "v": X[i]}, 3.0, shift=float(i)) for i in range(4)]
    equal({"y": found["y"].T, "total": found["total"]}, expected)
    named = ad.vmap(lambda x, y: x * y, in_axes={"y": 0})(2.0, np.arange(3.0))
    np.testing.assert_allclose(named, 2.0 * np.arange(3.0))
    same, other = ad.vmap(lambda x, w: (w * 2.0, x), in_axes=(0, None), out_axes=(None, 0))(X, W)
    assert same.shape == W.shape
    assert other.shape == X.shape
    table = ad.vmap(ad.vmap(lambda x, y: np.sin(x) * y, in_axes=(0, None)), in_axes=(None, 0))(X[0], X[1])
    np.testing.assert_allclose(table, np.sin(X[0])[None] * X[1][:, None])


def test_the_text_is_the_program_with_a_batch_in_front() -> None:
    batched = ad.vmap(recurrence)
    batched(X)
    assert "y[:, i] = y[:, i - 1] * x[:, i] + y[:, i]" in batched.source
    assert ad.source(batched) == batched.source


def test_what_is_not_batched_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    batched = ad.vmap(no_rule)
    batched(X)
    assert "np.convolve` is called for one example after the other" in str(batched.report().fallbacks)
    capsys.readouterr()


def ragged(x):
    return np.sum(x[x > 0.5])


def test_what_cannot_be_batched_is_named() -> None:
    with pytest.raises(ad.errors.UnsupportedError, match=r"AD152: .*how many elements a mask picks differs"):
        ad.vmap(ragged, on_unsupported="error")(X)
    with pytest.warns(ad.LoopFallback, match=r"`ragged` is called for one example after the other: .*AD152"):
        equal(ad.vmap(ragged)(X), [ragged(x) for x in X])
    with pytest.raises(ad.errors.UnsupportedError, match=r"how many elements `np.flatnonzero` finds differs"):
        ad.vmap(lambda x: x[np.flatnonzero(x > 0.5)[0]], on_unsupported="error")(X)


def test_a_batch_of_one_and_of_none() -> None:
    equal(ad.vmap(layer)(X[:1]), [layer(X[0])])
    assert ad.vmap(recurrence)(X[:0])[0].shape == (0, 3)


@pytest.mark.parametrize(("call", "message"), [
    (lambda: ad.vmap(lambda x, y: x * y)(X, W[:2]), r"`x` has 4 \(axis 0\), `y` has 2 \(axis 0\)"),
    (lambda: ad.vmap(layer, in_axes=(0, 0))(X), "has 2 items, and 1 positional arguments are given"),
    (lambda: ad.vmap(layer, in_axes=None)(X), "leaves nothing to batch"),
    (lambda: ad.vmap(layer)(3.0), "`x` has 0 dimensions, and in_axes says that its axis 0 is the batch"),
    (lambda: ad.vmap(layer, in_axes={"z": 0})(X), "in_axes names `z`, which is no argument; there are `x`"),
    (lambda: ad.vmap(layer, out_axes=None)(X), "out_axes is None for a result that differs between examples"),
])
def test_wrong_use(call: Callable[[], Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_a_jacobian_is_one_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    from ad_compiler.interface.directions import Pullback

    sweeps = []
    original = Pullback.sweep
    monkeypatch.setattr(Pullback, "sweep", lambda self, given: sweeps.append(len(given[0])) or original(self, given))
    found = ad.jacrev(lambda x: np.sin(np.outer(x, x)).reshape(-1))(np.arange(1.0, 8.0))
    assert sweeps == [49]
    assert found.shape == (49, 7)
    assert sum(1 for _ in floating_leaves(found)) == 1


def test_a_loop_whose_length_differs_between_examples_is_named() -> None:
    def repeated(x, n):
        total = 0.0
        for _ in range(n):
            total = total + x
        return total

    with pytest.warns(ad.LoopFallback, match="how often this loop runs differs between examples"):
        found = ad.vmap(repeated)(np.ones(3), np.array([1, 2, 3]))
    np.testing.assert_allclose(found, [1.0, 2.0, 3.0])
    with pytest.raises(ad.errors.CompileError, match="AD152"):
        ad.vmap(repeated, on_unsupported="error")(np.ones(3), np.array([1, 2, 3]))
    twice = ad.vmap(repeated, in_axes=(0, None), on_unsupported="error")(np.ones(3), 2)
    np.testing.assert_allclose(twice, 2.0 * np.ones(3))
