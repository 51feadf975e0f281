"""Rules of the user's that are wrong: each mistake is named, and `check_custom` finds the quiet ones."""
from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError
from ad_compiler.testing import check_custom

from .test_custom import ALL, product

X = np.array([0.3, 0.4, 0.5])
Y = X + 1.0
E = {"on_unsupported": "error"}


class TestWrongRules:
    """Every mistake names the rule's function, and what it should have returned."""

    def refused(self, fwd: Any, bwd: Any, match: str, args: tuple[Any, ...] = (X, Y)) -> None:
        f = ad.custom_vjp(lambda x, y: (x["a"] if isinstance(x, dict) else x) * y)
        f.defvjp(fwd, bwd)
        with pytest.raises(CompileError, match=match) as caught:
            ad.grad(lambda x, y: np.sum(f(x, y)), argnums=(0, 1), **E)(*args)
        assert "derivative rule of" in str(caught.value)
        assert "test_custom_wrong.py" in str(caught.value)

    def test_fwd_returns_no_pair(self) -> None:
        self.refused(lambda x, y: x * y, lambda r, g: (g, g), r"must return a pair \(result, residuals\), not an array")

    def test_bwd_returns_too_few(self) -> None:
        self.refused(lambda x, y: (x * y, 0), lambda r, g: (g,),
                     "must return 2 cotangents, one for each of `x`, `y`, not 1")

    def test_bwd_returns_no_tuple(self) -> None:
        self.refused(lambda x, y: (x * y, 0), lambda r, g: g, "must return a tuple of 2 cotangents")

    def test_bwd_returns_another_rank(self) -> None:
        self.refused(lambda x, y: (x * y, 0), lambda r, g: (np.sum(g), g), "as the cotangent of `x`, not a float64")

    def test_bwd_returns_another_structure(self) -> None:
        self.refused(lambda x, y: (x["a"] * y, 0), lambda r, g: ((g,), g), "must be a dict with 'a', not a tuple of 1",
                     ({"a": X}, Y))

    def test_a_shape_that_is_known_at_run_time(self) -> None:
        f = ad.custom_vjp(lambda x: x * 1.0)
        f.defvjp(lambda x: (x * 1.0, x), lambda x, g: (g[x > 0.35],))
        with pytest.raises(ValueError, match=r"the cotangent of `x` must have the shape \(3,\), not \(2,\)"):
            ad.grad(lambda x: np.sum(f(x)), **E)(X)

    def test_jvp_returns_another_rank(self) -> None:
        f = ad.custom_jvp(lambda x: x * 1.0)
        f.defjvp(lambda p, t: (p[0], np.sum(t[0])))
        with pytest.raises(CompileError, match="as the tangent of the result"):
            ad.jvp(f, (X,), (Y,), **E)

    def test_what_is_captured_and_differentiated(self) -> None:
        def program(x, w):
            return np.sum(scaled_by_global(x, lambda t: t * w))

        scaled_by_global = ad.custom_vjp(lambda x, f: f(x), nondiff_argnums=(1,))
        scaled_by_global.defvjp(lambda x, f: (f(x), None), lambda f, r, g: (f(g),))
        np.testing.assert_allclose(ad.grad(program, **E)(X, 2.0), 2.0)
        with pytest.raises(CompileError, match="uses `w`, which is differentiated too"):
            ad.grad(program, argnums=1, **E)(X, 2.0)

    def test_a_rule_that_writes_into_what_it_was_given(self) -> None:
        def bwd(x, g):
            x *= 2.0
            return (x * g,)

        f = ad.custom_vjp(lambda x: x * x)
        f.defvjp(lambda x: (x * x, x), bwd)
        with pytest.raises(CompileError, match="writes into"):
            ad.grad(lambda x: np.sum(f(x)), **E)(X)

    def test_no_rule_yet(self) -> None:
        f = ad.custom_vjp(lambda x: x)
        assert f(2.0) == 2.0
        with pytest.raises(TypeError, match=r"no derivative rule yet: call .*\.defvjp\(fwd, bwd\)"):
            ad.grad(f, **E)(2.0)

    def test_on_the_tape(self) -> None:
        import runtime as torch

        f = ad.custom_vjp(lambda x, y: x * y)
        f.defvjp(lambda x, y: (x * y, None), lambda r, g: (g,))
        x = torch.tensor(X, requires_grad=True)
        with pytest.raises(TypeError, match="must return 2 cotangents"):
            f(x, x).sum().backward()
        f.defvjp(lambda x, y: (x * y, None), lambda r, g: (g[1:], g))
        with pytest.raises(ValueError, match="as the cotangent of `x`, not an array of shape"):
            f(x, x).sum().backward()


class TestCheckCustom:
    """The helper finds what is wrong with a rule."""

    def test_a_right_rule(self) -> None:
        f = ad.custom_vjp(product)
        f.defvjp(lambda x, y: (f(x, y), (x, y)), lambda r, g: (np.cos(r[0]) * r[1] * g, np.sin(r[0]) * g))
        check_custom(f, X, Y, order=2)

    @ALL
    def test_a_factor(self, f: Any) -> None:
        with pytest.raises(AssertionError, match="difference quotient"):
            check_custom(f, X, Y)

    def test_another_value(self) -> None:
        f = ad.custom_vjp(lambda x: x * x)
        f.defvjp(lambda x: (x * x + 1.0, x), lambda x, g: (2.0 * x * g,))
        with pytest.raises(AssertionError, match="the value that the rule returns"):
            check_custom(f, X)

    def test_not_linear(self) -> None:
        f = ad.custom_vjp(lambda x: x * x)
        f.defvjp(lambda x: (x * x, x), lambda x, g: (2.0 * x * np.abs(g),))
        with pytest.raises(AssertionError, match="not linear in the cotangent"):
            check_custom(f, X)

    def test_no_rule_of_its_own(self) -> None:
        with pytest.raises(TypeError, match="use check_grads"):
            check_custom(product, X, Y)
