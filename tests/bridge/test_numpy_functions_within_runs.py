"""Transforms of NumPy's own functions, called by functions that run on the tape."""
import numpy as np
import pytest

import ad_compiler as ad

X = np.array([0.4, 0.9, -0.6])
V = np.array([0.3, -1.0, 0.6])

pytestmark = pytest.mark.filterwarnings("ignore::ad_compiler.errors.TapeFallback")


def pulled(x):
    (a,) = ad.vjp(np.sin, x)[1](x)
    return a * eval("2")


def pushed(x):
    return ad.jvp(np.sin, (x,), (x,))[1] * eval("2")


def batched(x):
    return ad.vmap(np.sin)(x) * eval("2")


def of_a_sum(x):
    return ad.grad(np.sum)(x) * x * eval("2")


def of_a_product(x):
    return ad.grad(np.dot, argnums=1)(x, x * x) * x * eval("2")


def linear(x):
    return ad.linearize(np.exp, x)[1](x) * eval("2")


def elementwise(x):
    return ad.elementwise_grad(np.tanh)(x) * eval("2")


def of_a_path(x):
    return ad.jacobian(np.cumsum)(x) @ np.sin(x) * eval("2")


@pytest.mark.parametrize("f", [pulled, pushed, batched, of_a_sum, of_a_product, linear, elementwise, of_a_path])
def test_transforms_of_numpy_functions_on_the_tape(f):
    step = 1e-5
    want = np.array([V @ (f(X + e) - f(X - e)) for e in step * np.eye(3)]) / (2 * step)
    np.testing.assert_allclose(ad.vjp(f, X)[1](V)[0], want, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(ad.jvp(f, (X,), (V,))[1] @ V, want @ V, rtol=1e-6, atol=1e-8)
