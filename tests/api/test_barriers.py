"""`stop_gradient` and `probe`, in every mode, compiled and on the tape."""
from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError, TapeFallback

X = np.array([0.3, 0.4, 0.5])
E = {"on_unsupported": "error"}
Point = namedtuple("Point", "x y")


def half_stopped(x):
    return np.sum(ad.stop_gradient(x) * x)


class TestStopGradient:
    def test_what_is_stopped_is_constant_in_every_mode_and_order(self) -> None:
        np.testing.assert_allclose(ad.grad(half_stopped, **E)(X), X)
        assert ad.jvp(half_stopped, (X,), (np.ones(3),), **E)[1] == pytest.approx(np.sum(X))
        np.testing.assert_array_equal(ad.hessian(half_stopped, **E)(X), np.zeros((3, 3)))
        np.testing.assert_array_equal(ad.vhp(half_stopped, **E)(X, X), np.zeros(3))

    def test_outside_it_is_the_value_itself(self) -> None:
        assert ad.stop_gradient(X) is X
        nested = {"a": [X, 2.0], "b": None}
        assert ad.stop_gradient(nested) is nested

    def test_structures(self) -> None:
        def f(p):
            q = ad.stop_gradient(p)
            return np.sum(q.x * p.y) + q.y * np.sum(p.x["a"]) if isinstance(q.x, np.ndarray) else (
                np.sum(q.x["a"]) * p.y + q.y * np.sum(p.x["a"] ** 2) + q.x["n"])

        found = ad.grad(f, **E)(Point({"a": X, "n": 2}, 3.0))
        np.testing.assert_allclose(found.x["a"], 6.0 * X)
        assert found.y == pytest.approx(np.sum(X))

    def test_in_a_loop_that_writes(self) -> None:
        def f(x, n):
            u = x.copy()
            for _ in range(n):
                u[1:] += 0.5 * ad.stop_gradient(u[:-1]) * u[1:]
            return np.sum(u)

        def exact(x, n):
            u, scale = x.copy(), np.ones(3)
            for _ in range(n):
                factor = 1.0 + 0.5 * u[:-1].copy()
                u[1:] *= factor
                scale[1:] *= factor
            return scale

        np.testing.assert_allclose(ad.grad(f, **E)(X, 3), exact(X, 3))
        np.testing.assert_allclose(ad.grad(f, mode="slow", **E)(X, 3), exact(X, 3))
        assert ad.jvp(f, (X, 3), (X, None), **E)[1] == pytest.approx(exact(X, 3) @ X)

    def test_on_the_tape(self) -> None:
        def f(x):
            s = np.sum(ad.stop_gradient(x) * x)
            eval("s")
            return s

        with pytest.warns(TapeFallback):
            np.testing.assert_allclose(ad.grad(f)(X), X)

    def test_tensors(self) -> None:
        import runtime as torch

        t = torch.tensor(X, requires_grad=True)
        (ad.stop_gradient({"t": t})["t"] * t).sum().backward()
        np.testing.assert_allclose(t.grad.numpy(), X)


class TestProbe:
    def test_it_sees_the_cotangent_and_changes_nothing(self) -> None:
        seen: list[Any] = []

        def f(x):
            y = ad.probe(x * x, seen.append)
            return np.sum(np.sin(y))

        np.testing.assert_allclose(ad.grad(f, **E)(X), 2.0 * X * np.cos(X * X))
        np.testing.assert_allclose(seen, [np.cos(X * X)])
        np.testing.assert_allclose(ad.jvp(f, (X,), (X,), **E)[1], np.sum(2.0 * X * np.cos(X * X) * X))
        assert len(seen) == 1  # forward mode has no cotangents
        assert ad.probe(X, seen.append) is X

    def test_each_new_list_is_appended_to(self) -> None:
        def slopes(x):
            seen: list[Any] = []
            ad.grad(lambda x: np.sum(ad.probe(x, lambda g: seen.append(g)) ** 2), **E)(x)
            return seen

        np.testing.assert_allclose(slopes(X), [2.0 * X])
        np.testing.assert_allclose(slopes(3.0 * X), [6.0 * X])

    @pytest.mark.parametrize("mode", ["fast", "slow"])
    def test_in_loops_and_branches_last_iteration_first(self, mode: str) -> None:
        seen: list[Any] = []

        def f(x, n):
            y = x.copy()
            for i in range(n):
                if i != 1:
                    y = ad.probe(y, lambda g: seen.append(g)) * 2.0
                y[0] = y[0] * 3.0
            return np.sum(y)

        np.testing.assert_allclose(ad.grad(f, mode=mode, **E)(X, 3), [108.0, 4.0, 4.0])
        np.testing.assert_allclose(seen, [[6.0, 2.0, 2.0], [108.0, 4.0, 4.0]])

    def test_what_it_saw_does_not_change_later(self) -> None:
        seen: list[Any] = []

        def f(x):
            y = ad.probe(x, lambda g: seen.append(g))
            return np.sum(y * y) + 5.0 * x[0]

        bar = ad.grad(f, **E)(X)
        np.testing.assert_allclose(seen[0], 2.0 * X)
        bar[:] = 0.0
        np.testing.assert_allclose(seen[0], 2.0 * X)

    def test_it_replaces_the_cotangent(self) -> None:
        def f(x):
            return np.sum(ad.probe(x, lambda g: np.clip(g, -1.0, 0.7)) ** 2)

        np.testing.assert_allclose(ad.grad(f, **E)(X), np.clip(2.0 * X, -1.0, 0.7))

        def g(p):
            p = ad.probe(p, lambda bars: {"a": 10.0 * bars["a"], "b": None})
            return np.sum(p["a"] ** 2) + p["b"] ** 3

        found = ad.grad(g, **E)({"a": X, "b": 2.0})
        np.testing.assert_allclose(found["a"], 20.0 * X)
        assert found["b"] == 0.0

    def test_it_prints(self, capsys: pytest.CaptureFixture[str]) -> None:
        ad.grad(lambda x: 3.0 * ad.probe(x, lambda g: print("slope", g)), **E)(2.0)
        assert capsys.readouterr().out == "slope 3.0\n"
        ad.grad(lambda x: 3.0 * ad.probe(x, print), **E)(2.0)
        assert capsys.readouterr().out == "3.0\n"

    def test_second_derivatives_differentiate_the_replacement(self) -> None:
        def f(x):
            return np.sum(ad.probe(x, lambda g: g * g) ** 3)

        np.testing.assert_allclose(ad.hvp(f, **E)(X, np.ones(3)), 36.0 * X**3)

    def test_another_shape_is_refused(self) -> None:
        with pytest.raises(CompileError, match=r"given to `probe` must return an array of shape \(x.0,\)"):
            ad.grad(lambda x: np.sum(ad.probe(x, lambda g: g[1:])), **E)(X)
        with pytest.raises(CompileError, match="returns a wrong structure: the cotangent must be a dict with 'a'"):
            ad.grad(lambda p: np.sum(ad.probe(p, lambda g: (g["a"],))["a"]), **E)({"a": X})

    def test_on_the_tape(self) -> None:
        seen: list[Any] = []

        def f(x):
            y = ad.probe(x * x, lambda g: seen.append(g))
            z = ad.probe(y, lambda g: 2.0 * g)
            s = np.sum(z * x)
            eval("s")
            return s

        with pytest.warns(TapeFallback):
            np.testing.assert_allclose(ad.grad(f)(X), X * X + 4.0 * X * X)
        np.testing.assert_allclose(seen, [2.0 * X])

    def test_tensors(self) -> None:
        import runtime as torch

        seen: list[Any] = []
        t = torch.tensor(X, requires_grad=True)
        (ad.probe(t, seen.append) * t).sum().backward()
        np.testing.assert_allclose(seen, [X])
        np.testing.assert_allclose(t.grad.numpy(), 2.0 * X)


def test_a_pullback_appends_to_the_list_from_outside_at_each_call() -> None:
    """The record holds the list itself, not a copy: what the probe appended was lost."""
    seen: list[Any] = []

    def watched(x):
        for _ in range(2):
            x = ad.probe(np.sin(x), seen.append)
        return np.sum(x)

    _, pullback = ad.vjp(watched, X, **E)
    pullback(1.0)
    assert len(seen) == 2
    np.testing.assert_allclose(seen[0], np.ones(3))
    pullback(2.0)
    np.testing.assert_allclose(seen[2], 2.0 * np.ones(3))
    ad.jacrev(watched)(X)
    assert len(seen) > 4
