"""Every transform inside a function that runs on the tape, of functions that cannot be compiled either: global ones,
and closures over what is recorded."""
from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.5, 1.2, -0.7])
V = np.array([1.0, -2.0, 0.3])
ONE = "1.0"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        yield


def vector(x):
    return np.array([x[0] * x[1], np.sin(x[2]) * x[0]])


def scalar(x):
    return np.sum(np.sin(x) * x**2) * x[0]


def tree(x):
    return x[0] * x[1], {"k": np.sin(x) * x[0]}


def with_aux(x):
    return np.sin(x) * x[0], x * 2.0


def scalar_with_aux(x):
    return np.sum(np.sin(x) * x[0]), x * 2.0


def of_a_number(t):
    return t**3 * np.sin(t)


def vector_on_tape(x):
    return eval(ONE) * vector(x)


def scalar_on_tape(x):
    return eval(ONE) * scalar(x)


def tree_on_tape(x):
    return eval(ONE) * x[0] * x[1], tree(x)[1]


def with_aux_on_tape(x):
    return eval(ONE) * np.sin(x) * x[0], x * 2.0


def scalar_with_aux_on_tape(x):
    return eval(ONE) * np.sum(np.sin(x) * x[0]), x * 2.0


def of_a_number_on_tape(t):
    return eval(ONE) * of_a_number(t)


def squares(*parts):
    return sum(np.sum(part**2) for part in parts)


def pulled_twice(x, f):
    out, pullback = ad.vjp(f, x)
    return squares(*pullback(out)) + np.sum(pullback(x[:2])[0])


def pulled_tree(x, f):
    _, pullback = ad.vjp(f, x)
    return squares(*pullback((x[0], {"k": x**2})))


def pulled_with_aux(x, f):
    out, pullback, aux = ad.vjp(f, x, has_aux=True)
    return squares(*pullback(out)) * np.sum(aux)


def pushed_with_aux(x, f):
    _, dot, aux = ad.jvp(f, (x,), (x**2,), has_aux=True)
    return squares(dot) * np.sum(aux)


def linear(x, f):
    out, along = ad.linearize(f, x)
    return squares(along(x**2)) + np.sum(along(V) * out)


def value_and_jacobian(x, f):
    out, jacobian = ad.value_and_jacobian(f)(x)
    return squares(jacobian) + np.sum(out)


def jacobian_with_aux(x, f):
    jacobian, aux = ad.jacobian(f, has_aux=True)(x)
    return squares(jacobian) * np.sum(aux)


def hessian_with_aux(x, f):
    hessian, aux = ad.hessian(f, has_aux=True)(x)
    return squares(hessian) * np.sum(aux)


def value_and_gradient(x, f):
    (value, aux), slope = ad.value_and_grad(f, has_aux=True)(x)
    return value * np.sum(aux) * squares(slope)


VECTOR, SCALAR, NUMBER = (vector, vector_on_tape), (scalar, scalar_on_tape), (of_a_number, of_a_number_on_tape)
TREE, AUX, SCALAR_AUX = (tree, tree_on_tape), (with_aux, with_aux_on_tape), (scalar_with_aux, scalar_with_aux_on_tape)
USES: dict[str, tuple[Callable[..., Any], tuple[Any, Any]]] = {
    "pullback twice": (pulled_twice, VECTOR), "pullback of a tree": (pulled_tree, TREE),
    "pullback beside aux": (pulled_with_aux, AUX), "tangent beside aux": (pushed_with_aux, AUX),
    "linearize": (linear, VECTOR), "value_and_jacobian": (value_and_jacobian, VECTOR),
    "jacobian beside aux": (jacobian_with_aux, AUX), "hessian beside aux": (hessian_with_aux, SCALAR_AUX),
    "value_and_grad beside aux": (value_and_gradient, SCALAR_AUX),
    "jacobian": (lambda x, f: squares(ad.jacobian(f)(x)), VECTOR),
    "jacrev of a tuple": (lambda x, f: squares(*ad.jacrev(f, argnums=(0,))(x)), VECTOR),
    "jacfwd": (lambda x, f: squares(ad.jacfwd(f)(x)), VECTOR),
    "jacobian of a tree": (lambda x, f: squares(ad.jacobian(f)(x)[1]["k"]), TREE),
    "hessian": (lambda x, f: squares(ad.hessian(f)(x)), SCALAR),
    "hvp": (lambda x, f: squares(ad.hvp(f)(x, x**2)), SCALAR),
    "vhp": (lambda x, f: squares(ad.vhp(f)(x, V)), SCALAR),
    "jacobian of grad": (lambda x, f: squares(ad.jacobian(ad.grad(f))(x)), SCALAR),
    "grad of jacobian": (lambda x, f: squares(ad.grad(lambda y: squares(ad.jacobian(f)(y)))(x)), VECTOR),
    "jvp": (lambda x, f: squares(ad.jvp(f, (x,), (x**2,))[1]), VECTOR),
    "elementwise_grad": (lambda x, f: squares(ad.elementwise_grad(f)(x)), NUMBER),
    "derivative": (lambda x, f: ad.derivative(f)(x[0]) * x[1], NUMBER),
    "second derivative": (lambda x, f: ad.derivative(f, n=2)(x[0]) * x[1], NUMBER),
    "vmap": (lambda x, f: squares(ad.vmap(f)(np.stack([x, x**2]))), VECTOR),
    "vmap of grad": (lambda x, f: squares(ad.vmap(ad.grad(f))(np.stack([x, x**2]))), SCALAR),
}


@pytest.mark.parametrize("name", USES)
def test_of_a_global_function(name: str) -> None:
    use, (plain, on_tape) = USES[name]
    slope = ad.grad(lambda x: eval(ONE) * use(x, on_tape))(X)
    np.testing.assert_allclose(slope, central_differences(lambda x: use(x, plain), X), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", USES)
def test_of_a_closure_over_what_is_recorded(name: str) -> None:
    use, (plain, on_tape) = USES[name]

    def around(x, f):
        k = np.sum(x)

        def scaled(y):
            out = f(y)
            return (out[0] * k, out[1]) if isinstance(out, tuple) else out * k
        return use(x, scaled)

    slope = ad.grad(lambda x: eval(ONE) * around(x, on_tape))(X)
    np.testing.assert_allclose(slope, central_differences(lambda x: around(x, plain), X), rtol=1e-5, atol=1e-7)


def test_a_cotangent_of_another_shape_is_refused() -> None:
    def wrong(x):
        return np.sum(ad.vjp(vector_on_tape, x)[1](x)[0]) * eval(ONE)

    with pytest.raises(Exception, match="must have its shape"):
        ad.grad(wrong)(X)


def test_a_function_given_as_an_argument_is_recorded() -> None:
    def called(x, f=vector):
        return np.sum(f(x)) * eval(ONE)

    np.testing.assert_allclose(ad.grad(called)(X), central_differences(called, X), rtol=1e-6)
