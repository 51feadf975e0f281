"""Jacobians, Hessians and what else is made of the basic transforms."""
from __future__ import annotations

import inspect
import pickle
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad

from .importable import cubic

X = np.array([1.0, 2.0, 4.0])
A = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])


def affine(x, b=0.0):
    return A @ x + b


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


@pytest.mark.parametrize("how", [ad.jacrev, ad.jacfwd, ad.jacobian])
def test_jacobians(how: Any) -> None:
    np.testing.assert_allclose(how(affine)(X), A)
    np.testing.assert_allclose(how(affine, argnums="b")(X, np.ones(2)), np.eye(2))
    by_x, by_b = how(affine, argnums=(0, 1))(X, 1.0)
    np.testing.assert_allclose(by_x, A)
    np.testing.assert_allclose(by_b, np.ones(2))
    assert how(lambda x: x * x)(3.0) == 6.0


@pytest.mark.parametrize("how", [ad.jacrev, ad.jacfwd, ad.jacobian])
def test_jacobians_of_structures(how: Any) -> None:
    def f(p):
        return {"y": p["w"] * p["s"], "total": (np.sum(p["w"]),)}

    found = how(f)({"w": X, "s": 2.0, "name": "n"})
    np.testing.assert_allclose(found["y"]["w"], 2.0 * np.eye(3))
    np.testing.assert_allclose(found["y"]["s"], X)
    np.testing.assert_allclose(found["total"][0]["w"], np.ones(3))
    assert found["total"][0]["s"] == 0.0
    assert found["y"]["name"] is None


@pytest.mark.parametrize("how", [ad.jacrev, ad.jacfwd])
def test_jacobians_of_matrices(how: Any) -> None:
    found = how(lambda m: m.T * 2.0)(A)
    assert found.shape == (3, 2, 2, 3)
    np.testing.assert_allclose(np.einsum("ijkl,kl->ij", found, A), 2.0 * A.T)


def test_value_and_jacobian() -> None:
    value, jacobian = ad.value_and_jacobian(affine)(X)
    np.testing.assert_allclose(value, A @ X)
    np.testing.assert_allclose(jacobian, A)


def rosenbrock_hessian(x: np.ndarray) -> np.ndarray:
    n = len(x)
    out = np.zeros((n, n))
    for i in range(n - 1):
        out[i, i] += 1200.0 * x[i] ** 2 - 400.0 * x[i + 1] + 2.0
        out[i + 1, i + 1] += 200.0
        out[i, i + 1] = out[i + 1, i] = -400.0 * x[i]
    return out


def test_hessian_of_rosenbrock() -> None:
    x = np.linspace(-1.0, 1.5, 20)
    np.testing.assert_allclose(ad.hessian(rosenbrock)(x), rosenbrock_hessian(x), rtol=1e-12, atol=1e-10)


def test_hessian_of_several_arguments() -> None:
    found = ad.hessian(lambda x, y: np.sum(x**2) * y, argnums=(0, 1))(X, 3.0)
    np.testing.assert_allclose(found[0][0], 6.0 * np.eye(3))
    np.testing.assert_allclose(found[0][1], 2.0 * X)
    np.testing.assert_allclose(found[1][0], 2.0 * X)
    assert found[1][1] == 0.0


def test_hessian_vector_products() -> None:
    x, v = np.linspace(-1.0, 1.0, 6), np.arange(6.0)
    expected = rosenbrock_hessian(x) @ v
    np.testing.assert_allclose(ad.hvp(rosenbrock)(x, v), expected)
    np.testing.assert_allclose(ad.hvp(rosenbrock, (x,), (v,)), expected)
    np.testing.assert_allclose(ad.vhp(rosenbrock)(x, v), expected)
    x_part, y_part = ad.hvp(lambda x, y: np.sum(x**2) * y, argnums=(0, 1))(X, 3.0, (np.ones(3), 1.0))
    np.testing.assert_allclose(x_part, 6.0 + 2.0 * X)
    assert y_part == pytest.approx(14.0)
    with pytest.raises(TypeError, match="takes two tuples"):
        ad.hvp(rosenbrock, x, v)


def test_derivatives_of_any_order() -> None:
    for n, expected in enumerate([16.0, 32.0, 48.0, 48.0, 24.0, 0.0]):
        assert ad.derivative(lambda t: t**4, n=n)(2.0) == pytest.approx(expected)
    np.testing.assert_allclose(ad.derivative(lambda t: t * X)(2.0), X)
    with pytest.raises(ValueError, match="n must be 0, 1, 2"):
        ad.derivative(np.sin, n=-1)
    with pytest.raises(TypeError, match="by one floating-point number"):
        ad.derivative(np.sum)(X)


def test_elementwise() -> None:
    np.testing.assert_allclose(ad.elementwise_grad(np.tanh)(X), 1.0 - np.tanh(X) ** 2)
    np.testing.assert_allclose(ad.elementwise_grad(ad.elementwise_grad(np.square))(X), 2.0 * np.ones(3))


def test_linearize() -> None:
    x = X.copy()
    out, linear = ad.linearize(affine, x)
    x[:] = 0.0
    np.testing.assert_allclose(out, A @ X)
    np.testing.assert_allclose(linear(np.ones(3)), A.sum(axis=1))


def test_they_are_decorators_too() -> None:
    @ad.jacobian
    def f(x):
        """Doc."""
        return x * x

    @ad.hessian(argnums=1)
    def g(a, x):
        return a * np.sum(x**3)

    np.testing.assert_allclose(f(X), np.diag(2.0 * X))
    np.testing.assert_allclose(g(2.0, X), np.diag(12.0 * X))
    assert (f.__name__, f.__doc__, str(inspect.signature(f)), repr(f)[:12]) == ("f", "Doc.", "(x)", "<jacobian of")[:4]


def test_they_pickle() -> None:
    again = pickle.loads(pickle.dumps(ad.hessian(cubic)))
    np.testing.assert_allclose(again(X), np.diag(6.0 * X))


def test_keyword_arguments() -> None:
    np.testing.assert_allclose(ad.jacrev(affine)(X, b=1.0), A)


@pytest.mark.parametrize("how", [ad.jacrev, ad.jacfwd, ad.jacobian])
def test_integers_have_no_jacobian(how: Any) -> None:
    with pytest.raises(TypeError, match="convert to float"):
        how(lambda n: n * 2.0)(3)
    with pytest.raises(ValueError, match="no argument of this name"):
        how(affine, argnums="q")


# --- auxiliary results ------------------------------------------------------------------------------------------------
def cubes_and_more(x):
    return x**3, {"twice": 2.0 * x, "note": "hi"}


def cube_and_more(x):
    return np.sum(x**3), (2.0 * x, "hi")


AUX: list[tuple[Any, Any, tuple[Any, ...], np.ndarray]] = [
    (ad.jacrev, cubes_and_more, (X,), np.diag(3.0 * X**2)), (ad.jacfwd, cubes_and_more, (X,), np.diag(3.0 * X**2)),
    (ad.jacobian, cubes_and_more, (X,), np.diag(3.0 * X**2)), (ad.hessian, cube_and_more, (X,), np.diag(6.0 * X)),
    (ad.hvp, cube_and_more, (X, A[0]), 6.0 * X * A[0]), (ad.vhp, cube_and_more, (X, A[0]), 6.0 * X * A[0])]


@pytest.mark.parametrize(("how", "f", "args", "expected"), AUX, ids=lambda v: getattr(v, "__name__", ""))
def test_auxiliary_results(how: Any, f: Any, args: Any, expected: Any) -> None:
    found, more = how(f, has_aux=True)(*args)
    np.testing.assert_allclose(found, expected)
    assert more["note" if f is cubes_and_more else 1] == "hi"
    np.testing.assert_allclose(more["twice" if f is cubes_and_more else 0], 2.0 * X)

    def inside(x, *rest):
        inner, extra = how(f, has_aux=True)(x, *rest)
        return np.sum(inner * expected) + np.sum(extra["twice" if f is cubes_and_more else 0])

    def alone(x, *rest):
        return np.sum(how(lambda z: f(z)[0])(x, *rest) * expected) + np.sum(2.0 * x)

    np.testing.assert_allclose(ad.grad(inside, on_unsupported="error")(*args), ad.grad(alone)(*args))


def test_auxiliary_results_beside_values() -> None:
    (value, more), found = ad.value_and_jacobian(cubes_and_more, has_aux=True)(X)
    np.testing.assert_allclose(value, X**3)
    np.testing.assert_allclose(found, np.diag(3.0 * X**2))
    assert more["note"] == "hi"
    out, linear, more = ad.linearize(cubes_and_more, X, has_aux=True)
    np.testing.assert_allclose(linear(A[0]), 3.0 * X**2 * A[0])
    np.testing.assert_allclose(out, value)
    assert more["note"] == "hi"
    assert ad.derivative(lambda t: (t**3, "hi"), n=2, has_aux=True)(2.0) == (12.0, "hi")
    with pytest.raises(TypeError, match="must return a pair"):
        ad.jacrev(affine, has_aux=True)(X)
    with pytest.raises(TypeError, match="unknown option 'has_au'"):
        ad.jacrev(affine, has_au=True)


def test_a_tangent_for_an_integer_is_refused() -> None:
    assert ad.jvp(lambda x, n: x * n, (2.0, 3), (1.0, None))[1] == 3.0
    assert ad.jvp(lambda x, n: x * n, (2.0, 3), (1.0, 0))[1] == 3.0
    with pytest.raises(TypeError, match="`n` is int, which has no tangent: convert it to float"):
        ad.jvp(lambda x, n: x * n, (2.0, 3), (1.0, 1.0))
    with pytest.raises(TypeError, match=r"takes 2 tangents, one for each argument, not 1"):
        ad.linearize(lambda x, y: x * y, 2.0, 3.0)[1](1.0)


# --- signatures as in JAX ---------------------------------------------------------------------------------------------
def test_signatures_that_users_of_jax_know() -> None:
    assert ad.remat is ad.checkpoint
    layer = ad.remat(prevent_cse=False, static_argnums=(1,))(lambda x, n: np.sin(x) * n)
    np.testing.assert_allclose(ad.grad(lambda x: np.sum(layer(x, 2)))(X), 2.0 * np.cos(X))
    with pytest.raises(ValueError, match="has no policies"):
        ad.checkpoint(np.sin, policy=lambda *_: True)  # type: ignore[arg-type]
    power = ad.jit(lambda x, n: x**n, static_argnums=1, static_argnames="n")
    assert ad.grad(power)(2.0, 3) == 12.0
    np.testing.assert_allclose(ad.vmap(lambda x, y: x * y, (0, None), 0, axis_size=3)(X, 2.0), 2.0 * X)
    with pytest.raises(ValueError, match="axis_size=4, and there are 3 examples"):
        ad.vmap(np.sin, axis_size=4)(X)
    jacobian, more = ad.jacfwd(cubes_and_more, 0, True)(X)
    np.testing.assert_allclose(jacobian, np.diag(3.0 * X**2))
    assert more["note"] == "hi"


@pytest.mark.parametrize("option", ["holomorphic", "allow_int", "axis_name", "reduce_axes"])
def test_options_of_other_libraries_are_refused_with_what_to_do(option: str) -> None:
    for how in (ad.grad, ad.jacrev, ad.vmap):
        with pytest.raises(TypeError, match=f"there is no option '{option}': "):
            how(np.sin, **{option: True})


def test_holomorphic_derivatives_as_the_message_says() -> None:
    z = np.array([1.0 + 2.0j, 3.0])
    np.testing.assert_allclose(ad.jacfwd(lambda z: z**2)(z), np.diag(2.0 * z))
    assert ad.jvp(lambda z: z**2, (1.0 + 2.0j,), (1.0 + 0.0j,))[1] == 2.0 + 4.0j


def test_a_product_without_its_direction() -> None:
    with pytest.raises(TypeError, match=r"takes the arguments of .* and, behind them, a direction"):
        ad.hvp(rosenbrock)(X)


def with_parts(x, c=2.0):
    y = np.sin(x) * c
    return y, {"y": y}


def test_elementwise_grad_with_what_is_auxiliary():
    slopes, aux = ad.elementwise_grad(with_parts, has_aux=True)(X, 3.0)
    np.testing.assert_allclose(slopes, 3.0 * np.cos(X))
    np.testing.assert_allclose(aux["y"], 3.0 * np.sin(X))
    by_both, _ = ad.elementwise_grad(has_aux=True, argnums=(0, 1))(with_parts)(X, np.full_like(X, 3.0))
    np.testing.assert_allclose(by_both[1], np.sin(X))

    def inside(x):
        slopes, aux = ad.elementwise_grad(with_parts, has_aux=True)(x)
        return np.sum(slopes * aux["y"])

    np.testing.assert_allclose(ad.grad(inside, on_unsupported="error")(X), 4.0 * np.cos(2 * X))

    @ad.grad(on_unsupported="tape")
    def on_the_tape(x):
        globals()["seen"] = 1.0
        return inside(x)

    with pytest.warns(ad.errors.TapeFallback):
        np.testing.assert_allclose(on_the_tape(X), 4.0 * np.cos(2 * X))
