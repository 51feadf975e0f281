"""Functions that are replaced after a derivative was compiled: in classes, modules, or their code."""
from __future__ import annotations

import types
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences

X = np.array([0.3, 0.7, 1.2, 0.5])


def make_class() -> type:
    class Model:
        def __init__(self, k=1.0):
            self.k = k

        def value(self, x):
            return np.sum(x ** 2) * self.k

        def __call__(self, x):
            return np.sum(x ** 2) * self.k

        @property
        def factor(self):
            return 2.0

        @staticmethod
        def doubled(x):
            return x * 2.0

        @classmethod
        def tripled(cls, x):
            return x * 3.0

        def __add__(self, other):
            return np.sum(other * 2.0)

    return Model


CASES: list[tuple[str, Any, list[Any]]] = [
    ("value", lambda m, x: m.value(x), [lambda self, x: np.sum(x ** 3), lambda self, x: np.sum(np.sin(x))]),
    ("__call__", lambda m, x: m(x), [lambda self, x: np.sum(x ** 3), lambda self, x: np.sum(np.sin(x))]),
    ("factor", lambda m, x: np.sum(x) * m.factor, [property(lambda self: 5.0), property(lambda self: 7.0)]),
    ("doubled", lambda m, x: np.sum(m.doubled(x)), [staticmethod(lambda x: x * 5.0), staticmethod(lambda x: x * 7.0)]),
    ("tripled", lambda m, x: np.sum(type(m).tripled(x)), [classmethod(lambda cls, x: x * 5.0),
                                                         classmethod(lambda cls, x: x * 7.0)]),
    ("__add__", lambda m, x: m + x, [lambda self, x: np.sum(x ** 3), lambda self, x: np.sum(np.sin(x))]),
]


@pytest.mark.parametrize("name, use, others", CASES, ids=[name for name, _, _ in CASES])
def test_members_of_a_class(name: str, use: Any, others: list[Any]) -> None:
    cls = make_class()
    model = cls()

    def loss(x):
        return use(model, x)

    g = ad.grad(loss, on_unsupported="error")
    for _ in range(2):  # the second call is the fast one
        np.testing.assert_allclose(g(X), central_differences(loss, X), rtol=1e-6)
    for other in others:
        setattr(cls, name, other)
        for _ in range(2):
            np.testing.assert_allclose(g(X), central_differences(loss, X), rtol=1e-6)


def test_a_member_that_a_subclass_or_an_object_gets() -> None:
    class Heir(make_class()):
        pass

    model = Heir()

    def loss(x):
        return model.value(x)

    g = ad.grad(loss, on_unsupported="error")
    g(X), g(X)
    Heir.value = lambda self, x: np.sum(x * 11.0)
    np.testing.assert_allclose(g(X), np.full(4, 11.0))
    model.value = lambda x: np.sum(x * 13.0)
    np.testing.assert_allclose(g(X), np.full(4, 13.0))


def test_how_objects_are_made() -> None:
    cls = make_class()

    def loss(x):
        return cls(x[0]).value(x)

    g = ad.grad(loss, on_unsupported="error")
    g(X), g(X)

    def other(self, k):
        self.k = 2.0 * k

    cls.__init__ = other
    np.testing.assert_allclose(g(X), central_differences(loss, X), rtol=1e-6)


def test_functions_of_modules() -> None:
    module = types.ModuleType("tools")
    module.scaled = lambda x: x * 2.0

    def loss(x):
        return np.sum(module.scaled(x))

    g = ad.grad(loss, on_unsupported="error")
    g(X), g(X)
    module.scaled = lambda x: x ** 2
    np.testing.assert_allclose(g(X), 2 * X)


def helper(x, k=2.0):
    return x * k


def test_code_and_defaults_of_helpers() -> None:
    """What tools do that reload modules."""
    code, defaults = helper.__code__, helper.__defaults__

    def loss(x):
        return np.sum(helper(x))

    g = ad.grad(loss, on_unsupported="error")
    try:
        np.testing.assert_allclose(g(X), np.full(4, 2.0))
        helper.__defaults__ = (3.0,)
        np.testing.assert_allclose(g(X), np.full(4, 3.0))
        helper.__code__ = (lambda x, k=2.0: x ** 2 * k).__code__
        np.testing.assert_allclose(g(X), 6 * X)
    finally:
        helper.__code__, helper.__defaults__ = code, defaults


def test_what_is_as_it_was_is_not_compiled_again() -> None:
    class Heir(make_class()):
        def value(self, x):
            return super().value(x) + x[0]

        @classmethod
        def tripled(cls, x):
            return super().tripled(x) * 2.0

        @property
        def factor(self):
            return super().factor * 3.0

    model = Heir(2.0)

    def loss(x):
        return model.value(x) + np.sum(Heir.tripled(x)) * model.factor

    g = ad.grad(loss, on_unsupported="error")
    for _ in range(4):
        np.testing.assert_allclose(g(X), central_differences(loss, X), rtol=1e-6)
    assert len(g.used) == 1
