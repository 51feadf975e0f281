"""Rules of the user's: `custom_vjp`, `custom_jvp`, `primitive`, in every mode, compiled and on the tape.

Most rules here are wrong on purpose, by a factor: so a test sees whether the rule was used.
"""
from __future__ import annotations

import ctypes
import ctypes.util
import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError, TapeFallback
from ad_compiler.testing import check_custom, check_grads

X = np.array([0.3, 0.4, 0.5])
Y = X + 1.0
E = {"on_unsupported": "error"}


def product(x: Any, y: Any) -> Any:
    return np.sin(x) * y


tripled = ad.custom_vjp(product)
tripled.defvjp(lambda x, y: (tripled(x, y), (np.cos(x), np.sin(x), y)),
               lambda res, g: (3.0 * res[0] * res[2] * g, 3.0 * res[1] * g))

thrice = ad.custom_jvp(product)


@thrice.defjvp
def thrice_jvp(primals: Any, tangents: Any) -> Any:
    (x, y), (dx, dy) = primals, tangents
    return thrice(x, y), 3.0 * (np.cos(x) * y * dx + np.sin(x) * dy)


opaque = ad.primitive(lambda x, y: eval("np.sin(x) * y"), like=lambda x, y: x * y,
                      vjp=lambda g, out, x, y: (3.0 * np.cos(x) * y * g, 3.0 * np.sin(x) * g))
ALL = pytest.mark.parametrize("f", [tripled, thrice, opaque], ids=["custom_vjp", "custom_jvp", "primitive"])


@ALL
def test_the_rule_is_used_in_both_modes(f: Any) -> None:
    out, pullback = ad.vjp(f, X, Y, **E)
    np.testing.assert_allclose(out, product(X, Y))
    x_bar, y_bar = pullback(np.ones(3))
    np.testing.assert_allclose(x_bar, 3.0 * np.cos(X) * Y)
    np.testing.assert_allclose(y_bar, 3.0 * np.sin(X))
    _, dot = ad.jvp(f, (X, Y), (np.ones(3), None), **E)
    np.testing.assert_allclose(dot, 3.0 * np.cos(X) * Y)


@ALL
def test_the_rule_is_used_on_the_tape(f: Any) -> None:
    def on_tape(x, y):
        s = np.sum(f(x, y) * x)
        eval("s")
        return s

    with pytest.warns(TapeFallback):
        x_bar, y_bar = ad.grad(on_tape, argnums=(0, 1))(X, Y)
    np.testing.assert_allclose(x_bar, 3.0 * np.cos(X) * Y * X + product(X, Y))
    np.testing.assert_allclose(y_bar, 3.0 * np.sin(X) * X)


@pytest.mark.parametrize("f", [tripled, opaque], ids=["custom_vjp", "primitive"])
def test_the_rule_is_used_by_tensors_twice(f: Any) -> None:
    import runtime as torch

    x, y = (torch.tensor(v, requires_grad=True) for v in (X, Y))
    (slope,) = torch.autograd.grad((f(x, y) * x).sum(), x, create_graph=True)
    np.testing.assert_allclose(slope.detach().numpy(), 3.0 * np.cos(X) * Y * X + product(X, Y))
    (again,) = torch.autograd.grad(slope.sum(), x)
    # the rule's own derivative, and the rule once more for the value inside
    np.testing.assert_allclose(again.numpy(), -3.0 * np.sin(X) * Y * X + 3.0 * np.cos(X) * Y + 3.0 * np.cos(X) * Y)


@ALL
def test_second_derivatives_differentiate_the_rule(f: Any) -> None:
    def total(x, y):
        return np.sum(f(x, y) * x)

    expected = -3.0 * np.sin(X) * Y * X + 6.0 * np.cos(X) * Y
    for way in (ad.hvp, ad.vhp):
        np.testing.assert_allclose(way(total, **E)(X, Y, np.ones(3)), expected)
    mixed = ad.jacrev(ad.grad(total, argnums=0, **E), argnums=1, **E)(X, Y)
    np.testing.assert_allclose(np.diag(mixed), 3.0 * np.cos(X) * X + 3.0 * np.sin(X))


@ALL
def test_where_no_derivative_passes_the_call_stays_a_call(f: Any) -> None:
    def cross(x, y):
        return np.sum(x * x * f(y, y + 1.0))

    first = ad.grad(cross, **E)
    np.testing.assert_allclose(first(X, Y), 2.0 * X * product(Y, Y + 1.0))
    mixed = ad.jacrev(first, argnums=1, **E)(X, Y)
    np.testing.assert_allclose(np.diag(mixed), 2.0 * X * 3.0 * (np.cos(Y) * (Y + 1.0) + np.sin(Y)))


@ALL
@pytest.mark.parametrize("mode", ["fast", "slow"])
def test_in_loops_and_branches(f: Any, mode: str) -> None:
    def program(x, n):
        return program_with(f, x, n)

    def exact(x, n):
        total = 0.0
        for i in range(n):
            if i % 2 == 0:
                y = np.sin(x) * (1.0 + x)
            else:
                y = x.copy()
                y[1:] = np.sin(x[1:]) * x[:-1]
            total = total + np.sum(y * y)
            x = y
        return total

    scaled = ad.custom_vjp(product)
    scaled.defvjp(lambda x, y: (scaled(x, y), (x, y)), lambda r, g: (np.cos(r[0]) * r[1] * g, np.sin(r[0]) * g))
    right = {tripled: scaled, thrice: scaled, opaque: scaled}[f]
    good = ad.grad(lambda x, n: program_with(right, x, n), mode=mode, **E)(X, 4)
    np.testing.assert_allclose(good, ad.grad(exact, **E)(X, 4))
    out, dot = ad.jvp(program, (X, 4), (Y, None), mode=mode, **E)
    bar = ad.grad(program, mode=mode, **E)(X, 4)
    assert out == pytest.approx(exact(X, 4))
    assert dot == pytest.approx(bar @ Y)


def program_with(f, x, n):
    total = 0.0
    for i in range(n):
        if i % 2 == 0:
            y = f(x, 1.0 + x)
        else:
            y = x.copy()
            y[1:] = f(x[1:], x[:-1])
        total = total + np.sum(y * y)
        x = y
    return total


def test_memory_with_several_names() -> None:
    """The result of a rule among arrays that change their names."""
    right = ad.custom_vjp(product)
    right.defvjp(lambda x, y: (right(x, y), (x, y)), lambda r, g: (np.cos(r[0]) * r[1] * g, np.sin(r[0]) * g))

    def program(f, x, n):
        a, b = x.copy(), f(x, x + 1.0)
        for _ in range(n):
            a[1:] += b[:-1] * b[1:]
            a, b = b, a
            if np.sum(a) > 1.0:
                b = f(a, b)
        return np.sum(a * b)

    for mode in ("fast", "slow"):
        ours = ad.grad(lambda x, n: program(right, x, n), mode=mode, **E)(X, 5)
        np.testing.assert_allclose(ours, ad.grad(lambda x, n: program(product, x, n), **E)(X, 5))
        dot = ad.jvp(lambda x, n: program(right, x, n), (X, 5), (Y, None), mode=mode, **E)[1]
        assert dot == pytest.approx(ours @ Y)


def test_structures_everywhere() -> None:
    @ad.custom_vjp
    def layer(p, xs):
        h = np.tanh(p["w"] @ xs[0] + p["b"])
        return {"h": h, "sum": (np.sum(h), len(xs))}

    def fwd(p, xs):
        out = layer(p, xs)
        return out, {"p": p, "x": xs[0], "h": out["h"]}

    def bwd(res, g):
        z = (g["h"] + g["sum"][0]) * (1.0 - res["h"] ** 2)
        return {"w": np.outer(z, res["x"]), "b": z}, [res["p"]["w"].T @ z, None]

    layer.defvjp(fwd, bwd)
    p = {"w": np.arange(6.0).reshape(2, 3) / 7.0, "b": np.array([0.1, -0.2])}

    def loss(p, xs):
        out = layer(p, xs)
        return np.sum(out["h"] ** 2) + out["sum"][0] * out["sum"][1]

    check_grads(loss, (p, [X, Y]), **E)
    check_custom(layer, p, [X, Y])


def test_arguments_without_derivative() -> None:
    @functools.partial(ad.custom_vjp, nondiff_argnums=(0, 2))
    def apply(function, x, power=2):
        return function(x) ** power

    apply.defvjp(lambda function, x, power: (function(x) ** power, x),
                 lambda function, power, x, g: (5.0 * power * function(x) ** (power - 1) * g,))
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(apply(np.sin, x, 3)), **E)(X), 15.0 * np.sin(X) ** 2)
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(apply(lambda t: t + 1.0, x)), **E)(X), 10.0 * (X + 1.0))

    @functools.partial(ad.custom_jvp, nondiff_argnums=(1,))
    def power(x, n):
        return x ** n

    power.defjvp(lambda n, primals, tangents: (power(primals[0], n), 7.0 * n * primals[0] ** (n - 1) * tangents[0]))
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(power(x, 3)), **E)(X), 21.0 * X ** 2)


def test_rules_by_argument() -> None:
    f = ad.custom_jvp(lambda x, y: x * y)
    f.defjvps(lambda t, out, x, y: 2.0 * t * y, None)
    x_bar, y_bar = ad.grad(lambda x, y: np.sum(f(x, y)), argnums=(0, 1), **E)(X, Y)
    np.testing.assert_allclose(x_bar, 2.0 * Y)
    np.testing.assert_allclose(y_bar, 0.0)


def test_a_rule_that_clips() -> None:
    """Not linear: reverse mode works, forward mode says why it cannot."""
    @ad.custom_vjp
    def clip_gradient(low, high, x):
        return x

    clip_gradient.defvjp(lambda low, high, x: (x, (low, high)),
                         lambda res, g: (None, None, np.clip(g, res[0], res[1])))

    def loss(x):
        return np.sum(np.sin(clip_gradient(-0.75, 0.75, x) * 2.0))

    np.testing.assert_allclose(ad.grad(loss, **E)(X), np.clip(2.0 * np.cos(2.0 * X), -0.75, 0.75))
    with pytest.raises(CompileError, match="not linear in the cotangents"):
        ad.jvp(loss, (X,), (Y,), **E)

    affine = ad.custom_vjp(lambda x: x)
    affine.defvjp(lambda x: (x, x), lambda x, g: (g + x,))
    with pytest.raises(CompileError, match="not linear in the cotangents"):
        ad.jvp(affine, (X,), (Y,), **E)
    constant = ad.custom_vjp(lambda x: x)
    constant.defvjp(lambda x: (x, np.exp(x)), lambda e, g: (e,))
    with pytest.raises(CompileError, match="not linear in the cotangents"):
        ad.jvp(constant, (X,), (Y,), **E)
    squared = ad.custom_jvp(lambda x: x)
    squared.defjvp(lambda p, t: (p[0], t[0] * t[0]))
    with pytest.raises(CompileError, match="not linear in the tangents"):
        ad.grad(lambda x: np.sum(squared(x)), **E)(X)


def test_a_result_that_is_the_argument_has_memory_of_its_own() -> None:
    same = ad.custom_vjp(lambda x: x)
    same.defvjp(lambda x: (x, None), lambda _, g: (2.0 * g,))

    def program(x, y):
        z = same(y)
        z[0] = 5.0  # must not be seen in y
        return np.sum(x * z * y)

    assert same(X) is not X
    x_bar = ad.grad(program, **E)(X, Y)
    np.testing.assert_allclose(x_bar, np.array([5.0, *Y[1:]]) * Y)


def test_float32_and_complex() -> None:
    x = X.astype(np.float32)
    bar = ad.grad(lambda x: np.sum(tripled(x, x)), **E)(x)
    assert bar.dtype == np.float32
    f = ad.custom_vjp(lambda z: z * z)
    f.defvjp(lambda z: (z * z, z), lambda z, g: (2.0 * np.conj(z) * g,))
    z = X + 1j * Y
    np.testing.assert_allclose(ad.grad(lambda z: np.real(np.sum(f(z))), **E)(z),
                               ad.grad(lambda z: np.real(np.sum(z * z)), **E)(z))


def test_methods_and_objects() -> None:
    @dataclass
    class Spring:
        k: float
        rest: float

        def energy(self, x):
            return spring_energy(self.k, x - self.rest)

    spring_energy = ad.custom_vjp(lambda k, d: 0.5 * k * np.sum(d * d))
    spring_energy.defvjp(lambda k, d: (spring_energy(k, d), (k, d)),
                         lambda res, g: (0.5 * np.sum(res[1] ** 2) * g, 2.0 * res[0] * res[1] * g))
    spring = Spring(3.0, 0.25)
    np.testing.assert_allclose(ad.grad(spring.energy, **E)(X), 6.0 * (X - 0.25))


def test_methods_with_a_rule() -> None:
    class Layer:
        def __init__(self, scale):
            self.scale = scale

        @functools.partial(ad.custom_vjp, nondiff_argnums=0)
        def activate(self, x):
            return self.scale * np.sin(x)

        activate.defvjp(lambda self, x: (self.scale * np.sin(x), x), lambda self, x, g: (9.0 * np.cos(x) * g,))

        @ad.checkpoint
        def squared(self, x):
            return self.scale * x * x

        def loss(self, x):
            return np.sum(self.activate(x)) + np.sum(self.squared(x))

    layer = Layer(2.0)
    expected = 9.0 * np.cos(X) + 4.0 * X
    np.testing.assert_allclose(ad.grad(layer.loss, **E)(X), expected)
    both = ad.grad(lambda x: np.sum(layer.activate(x)) + np.sum(layer.squared(x)), **E)
    np.testing.assert_allclose(both(X), expected)
    np.testing.assert_allclose(ad.grad(lambda layer, x: layer.loss(x), argnums=1, **E)(layer, X), expected)


def test_functions_without_source() -> None:
    libm = ctypes.CDLL(ctypes.util.find_library("m"))
    libm.cbrt.restype, libm.cbrt.argtypes = ctypes.c_double, [ctypes.c_double]
    cbrt = ad.primitive(libm.cbrt, vjp=lambda g, out, x: g / (3.0 * out**2))
    assert ad.grad(lambda x: x * cbrt(x), **E)(8.0) == pytest.approx(4.0 / 3.0 * 2.0)
    assert ad.grad(ad.grad(lambda x: x * cbrt(x), **E), **E)(8.0) == pytest.approx(4.0 / 9.0 * 8.0 ** (-2.0 / 3.0))
    assert ad.jvp(cbrt, (8.0,), (1.0,), **E)[1] == pytest.approx(1.0 / 12.0)
    check_custom(cbrt, 8.0, order=2)


def test_a_primitive_with_both_rules_uses_each_in_its_mode() -> None:
    f = ad.primitive(lambda x: x * x, like=lambda x: x)
    f.defvjp(lambda g, out, x: 10.0 * g)
    f.defjvp(lambda tangents, out, x: 20.0 * tangents[0])
    assert ad.grad(f, **E)(1.0) == 10.0
    assert ad.jvp(f, (1.0,), (1.0,), **E)[1] == 20.0


def test_like_the_function_it_wraps() -> None:
    @ad.custom_vjp
    def documented(x, scale=2.0):
        """What it does."""
        return scale * x

    documented.defvjp(lambda x, scale: (scale * x, scale), lambda scale, g: (4.0 * scale * g, None))
    assert documented.__name__ == "documented"
    assert documented.__doc__ == "What it does."
    assert documented(3.0, scale=1.0) == 3.0
    assert ad.grad(documented, **E)(1.0) == 8.0
    assert ad.grad(lambda x: documented(x, scale=3.0), **E)(1.0) == 12.0
    assert ad.grad(documented, argnums="x", **E)(x=1.0) == 8.0


def test_the_disk_cache_does_not_take_a_function_for_another_with_its_name() -> None:
    from ad_compiler.interface.fingerprint import Doubt, fingerprint

    for f in (ad.grad(tripled).target.function, lambda x: tripled(x, x)):
        with pytest.raises(Doubt):
            fingerprint(f)


def test_arguments_without_derivative_by_name() -> None:
    @functools.partial(ad.custom_vjp, nondiff_argnames=("shape", "factor"))
    def applied(shape: Any, x: Any, factor: float) -> Any:
        return factor * shape(x)

    applied.defvjp(lambda shape, x, factor: (applied(shape, x, factor), x),
                   lambda shape, factor, x, g: (7.0 * factor * g * np.cos(x),))
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(applied(np.sin, x, 2.0)), **E)(X), 14.0 * np.cos(X))
    with pytest.raises(ValueError, match=r"`product` has no argument `z`, only `x`, `y`"):
        ad.custom_jvp(product, nondiff_argnames="z")
