"""Structures of arguments and results: a gradient looks like what it is the gradient by."""
from __future__ import annotations

import dataclasses
import io
from collections import OrderedDict, defaultdict
from typing import Any, NamedTuple

import numpy as np
import pytest

import ad_compiler as ad


class Pair(NamedTuple):
    weight: Any
    bias: Any


@dataclasses.dataclass
class Layer:
    weight: Any
    bias: Any
    name: str = "layer"


@dataclasses.dataclass(frozen=True)
class Frozen:
    weight: Any
    steps: int


class Plain:
    def __init__(self, weight: Any, label: str) -> None:
        self.weight = weight
        self.label = label


W = np.array([1.0, -2.0, 0.5])


def calls(gradient: Any, *args: Any) -> list[Any]:
    """The results of three calls: the first compiles, the third goes the fast way."""
    return [gradient(*args) for _ in range(3)]


def test_dicts_keep_their_keys_and_order() -> None:
    def f(p):
        return np.sum(p["w"] ** 2) * p["b"] + p["deep"]["c"][0]

    p = {"w": W, "b": 2.0, "activation": "tanh", "count": 3, "flag": True, "nothing": None,
         "deep": {"c": [1.5, np.ones(2)]}}
    for found in calls(ad.grad(f), p):
        assert list(found) == list(p)
        np.testing.assert_allclose(found["w"], 4.0 * W)
        assert found["b"] == pytest.approx(np.sum(W**2))
        assert [found[k] for k in ("activation", "count", "flag", "nothing")] == [None] * 4
        assert found["deep"]["c"][0] == 1.0
        np.testing.assert_array_equal(found["deep"]["c"][1], np.zeros(2))


@pytest.mark.parametrize("make", [
    lambda: OrderedDict(w=W, b=2.0), lambda: defaultdict(list, w=W, b=2.0),
])
def test_kinds_of_dicts(make: Any) -> None:
    for found in calls(ad.grad(lambda p: np.sum(p["w"]) * p["b"]), make()):
        assert type(found) is type(make())
        np.testing.assert_array_equal(found["w"], np.full(3, 2.0))
    assert getattr(found, "default_factory", list) is list


def test_lists_and_tuples() -> None:
    def f(layers):
        x = layers[0][1]
        for w, b in layers:
            x = np.tanh(w * x + b)
        return np.sum(x)

    layers = [(W, 0.5), (W + 1.0, 0.25)]
    for found in calls(ad.grad(f), layers):
        assert isinstance(found, list)
        assert all(type(layer) is tuple and type(layer[1]) is float for layer in found)
        ad.testing.check_vjp(f, (layers,))


def test_named_tuples_dataclasses_and_objects() -> None:
    def f(p):
        return np.sum(p.weight * p.weight) * 0.5

    for p in (Pair(W, 1.0), Layer(W, 1.0), Frozen(W, 3), Plain(W, "a")):
        for found in calls(ad.grad(f), p):
            assert type(found) is type(p)
            np.testing.assert_allclose(found.weight, W)
    assert found.label is None
    assert ad.grad(f)(Pair(W, 1.0)).bias == 0.0
    assert ad.grad(f)(Layer(W, 1.0)).name is None


@pytest.mark.filterwarnings("ignore:`f` has been compiled for")
@pytest.mark.parametrize("x", [
    2.0, np.float64(2.0), np.float32(2.0), np.array(2.0), np.array(2.0, np.float32), np.array([2.0]),
    np.array([[2.0]], np.float32), 2.0 + 1.0j, np.complex64(2.0 + 1.0j), np.array(2.0 + 1.0j),
])
def test_the_kind_of_number_stays(x: Any) -> None:
    def f(x):
        return np.sum(np.real(x * np.conj(x)))

    for found in calls(ad.grad(f), x):
        assert type(found) is type(x)
        assert np.shape(found) == np.shape(x)
        assert np.asarray(found).dtype == np.asarray(x).dtype
        np.testing.assert_allclose(found, 2.0 * x, rtol=1e-6)


def test_objects_made_by_c_code_are_no_structures() -> None:
    log = io.StringIO()

    assert ad.value_and_grad(lambda x, log: x * x)(3.0, log) == (9.0, 6.0)


def test_results_of_every_structure() -> None:
    def f(x):
        return {"a": (x * 2.0, "text"), "b": [np.sum(x), 3, 1.5], "c": Pair(x[0], None)}

    out, pullback = ad.vjp(f, W)
    assert isinstance(out["c"], Pair)
    bar = {"a": (np.ones(3), None), "b": [2.0, None, 7.0], "c": Pair(1.0, None)}
    np.testing.assert_allclose(pullback(bar)[0], [5.0, 4.0, 4.0])
    _, dot = ad.jvp(f, (W,), (np.ones(3),))
    assert dot["a"][1] is None
    assert dot["b"] == [3.0, None, 0.0]
    assert isinstance(dot["c"], Pair)
    np.testing.assert_allclose(dot["a"][0], np.full(3, 2.0))


def test_one_variable_twice_in_the_result() -> None:
    def f(x):
        y = x * x
        return y, y

    _, pullback = ad.vjp(f, 3.0)
    assert pullback((1.0, 0.0)) == (6.0,)
    assert pullback((1.0, 10.0)) == (66.0,)


def test_arguments_as_results() -> None:
    out, pullback = ad.vjp(lambda x, y: (y, x), 3.0, W)
    assert out[1] == 3.0
    x_bar, y_bar = pullback((W, 5.0))
    assert x_bar == 5.0
    np.testing.assert_array_equal(y_bar, W)
    assert not np.shares_memory(y_bar, W)


@pytest.mark.filterwarnings("ignore:the matrix subclass")
@pytest.mark.parametrize("make", [np.matrix, np.ma.masked_array])
def test_arrays_of_other_meaning_are_refused(make: Any) -> None:
    array = make([[1.0, 2.0]])
    with pytest.raises(TypeError, match=r"convert with np\.asarray"):
        ad.grad(lambda x: np.sum(x * x))(array)


def test_arrays_without_numbers_are_refused() -> None:
    with pytest.raises(TypeError, match="`x`"):
        ad.grad(lambda x, y: y)(np.array(["a"]), 1.0)
