"""Wrong use raises an error that says where, what, why and what to do, whatever `on_unsupported` is."""
from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError

X = np.array([1.0, 2.0, 3.0])


def square(x):
    return np.sum(x**2)


def random_steps(x):
    for _ in ad.checkpointed(range(3), snapshots=2):
        x = x * np.random.rand()
    return np.sum(x)


def printing_steps(x):
    for _ in ad.checkpointed(range(3), snapshots=2):
        print("step")
        x = x * 2.0
    return np.sum(x)


def read_once(x):
    for _ in ad.checkpointed((k for k in range(3)), snapshots=2):
        x = np.sin(x)
    return np.sum(x)


def noting_steps(x):
    seen = []
    for k in ad.checkpointed(range(3), snapshots=2):
        x = np.sin(x)
        seen.append(k)
    return np.sum(x) + seen[0]


class Fake:
    """Looks like a tensor of another library."""

    def detach(self):
        return self

    def numpy(self):
        return X


async def awaited(x):
    return x * x


def adding_other_sizes(x):
    return np.sum(x + np.ones(4))


WRONG: dict[str, tuple[Any, type[Exception], str]] = {
    "a checkpointed loop that draws": (
        lambda: ad.grad(random_steps)(X), CompileError,
        "AD177.*draws random numbers.*\n.*\n.*\n.*help: draw them before"),
    "a checkpointed loop that prints": (
        lambda: ad.grad(printing_steps)(X), CompileError,
        r"AD177.*an effect \(`print`\).*\n.*\n.*\n.*help: move it out"),
    "a checkpointed loop over what is read once": (
        lambda: ad.grad(read_once)(X), CompileError, "AD177.*read only once"),
    "a checkpointed loop that changes a list": (
        lambda: ad.grad(noting_steps)(X), CompileError, "AD178.*changes `seen`"),
    "a checkpointed call that draws": (
        lambda: ad.grad(lambda x: ad.checkpoint(lambda x: np.sum(x * np.random.rand()))(x))(X), CompileError,
        "AD177.*draws random numbers"),
    "an equation of another shape": (
        lambda: ad.grad(lambda a: ad.custom_root(lambda y: np.array([y, y]) - a, 1.0, lambda f, y: y))(2.0),
        CompileError, "AD175.*must return what it takes"),
    "a probe without a function": (
        lambda: ad.probe(X, 3), TypeError, "probe takes a value and a function of its cotangent, not 3"),
    "a probe that returns text": (
        lambda: ad.grad(lambda x: np.sum(ad.probe(x, lambda g: "a")))(X), CompileError,
        "AD170.*as the cotangent, not 'a'"),
    "a probe of another shape": (
        lambda: ad.grad(lambda x: np.sum(ad.probe(x, lambda g: g[:2])))(X), ValueError,
        r"shape \(3,\), not \(2,\)"),
    "an axis of the result that it does not have": (
        lambda: ad.vmap(lambda x: 2.0 * x, out_axes=5)(X), ValueError,
        "out_axes is 5 for a result that has 1 dimensions"),
    "a pair that is none": (
        lambda: ad.grad(lambda x: np.sum(x), has_aux=True)(X), TypeError, r"the lambda must return a pair"),
    "nothing to check": (
        lambda: ad.check(square, 3), TypeError, "the arguments of `square` hold no floating-point number"),
    "a tangent of another shape": (
        lambda: ad.jvp(square, (X,), (X[:2],)), ValueError,
        r"the tangent of `x` must have its shape \(3,\), not \(2,\)"),
    "a tangent of another structure": (
        lambda: ad.jvp(lambda p: p["a"], ({"a": 1.0},), ([1.0],)), TypeError,
        "the tangent of `p` must be a dict like it"),
    "a name that is nearly one": (
        lambda: ad.grad(square, argnums="X"), ValueError, r"argnums='X': `square` has no argument of this name"),
    "an option that is nearly one": (
        lambda: ad.grad(square, argnum=0), TypeError, r"unknown option 'argnum' \(did you mean 'argnums'\?\)"),
    "a text": (
        lambda: ad.grad(square)("abc"), TypeError, "it is a str; choose another argument with argnums"),
    "an array of objects": (
        lambda: ad.grad(square)(np.array([1.0, None], object)), TypeError,
        r"a ndarray of dtype object; give an array of floats, for instance `np.asarray\(x, float\)`"),
    "a tensor of another library": (
        lambda: ad.grad(square)(Fake()), TypeError, r"give an array, `x.detach\(\).numpy\(\)`"),
    "an async def": (
        lambda: ad.grad(awaited), TypeError, "'awaited' is an `async def`.*differentiate a plain function"),
    "a classmethod below": (
        lambda: ad.grad(classmethod(square)), TypeError, "put @classmethod above the transform"),
    "a pullback that is pickled": (
        lambda: pickle.dumps(ad.vjp(square, X)[1]), TypeError, "pullback of `square` cannot be pickled.*use vjp there"),
    "nothing returned": (
        lambda: ad.grad(lambda x: None)(X), TypeError, "the lambda returns None, and a gradient needs exactly"),
    "a report before a call": (
        lambda: ad.grad(lambda x: x * x).report(), RuntimeError,
        r"the lambda has not been compiled yet.*report\(\*args\)"),
    "sizes that do not meet in what the gradient does not need": (
        lambda: ad.grad(adding_other_sizes)(X), ValueError, "could not be broadcast"),
    "sizes that do not meet in a Hessian-vector product": (
        lambda: ad.hvp(adding_other_sizes, (X,), (X,)), ValueError, "could not be broadcast"),
    "sizes that do not meet as matrices": (
        lambda: ad.grad(lambda x: np.sum(np.ones((2, 4)) @ x))(X), ValueError, "mismatch in its core dimension"),
    "an integer": (
        lambda: ad.grad(square)(3), TypeError, "`x` is int, which has no derivative: convert to float"),
    "a result that is no scalar": (
        lambda: ad.grad(lambda x: x * 2.0)(X), TypeError,
        "a gradient needs exactly one number: use `vjp` or `jacobian`"),
}


@pytest.mark.parametrize("name", WRONG)
def test_it_says_what_is_wrong(name: str) -> None:
    call, error, message = WRONG[name]
    before = X.copy()
    with pytest.raises(error, match=message):
        call()
    np.testing.assert_array_equal(X, before)
    np.testing.assert_allclose(ad.grad(square)(X), 2 * X)  # and nothing is left behind
