"""Keys that only some paths put into a container: never read as if they were there."""
import numpy as np
import pytest

import ad_compiler as ad


def asked(x):
    d = {"a": x[0]}
    if x[1] > 0:
        d["b"] = x[1] * 2
    return d["a"] + (d["b"] if "b" in d else 3 * x[2])


def defaulted(x):
    d = {"a": x[0]}
    if x[1] > 0:
        d["b"] = x[1] * 2
    return d["a"] * d.get("b", x[2])


def counted(x):
    d = {}
    for i in range(3):
        if x[i] > 0:
            d[i] = x[i] ** 2
    return sum(d.values()) + len(d) * x[0]


def removed(x):
    d = {"a": x[0], "b": x[2]}
    if x[1] > 0:
        del d["b"]
    return sum(v * v for v in d.values()) + len(d) * x[2] + (x[0] if "b" in d else 5 * x[1])


def caught(x):
    d = {"a": x[0]}
    if x[1] > 0:
        d.update(b=x[2] ** 2)
    try:
        return d["b"] * x[0]
    except KeyError:
        return x[0] ** 3


def set_once(x):
    d = {"a": x[0]}
    if x[1] > 0:
        d.setdefault("b", x[2])
    d.setdefault("b", x[0] * x[1])
    return d["b"] * d["a"]


class Box:
    pass


def attribute(x):
    box = Box()
    if x[1] > 0:
        box.side = x[0]
    return box.side * x[2] if hasattr(box, "side") else x[1] * x[2]


DICTS = [asked, defaulted, counted, removed, caught, set_once]
POINTS = [np.array([0.5, 0.7, 0.9]), np.array([0.5, -0.7, 0.9])]


def test_an_attribute_is_refused_by_the_compiler():
    with pytest.raises(ad.errors.UnsupportedError, match="depends on the path taken"):
        ad.grad(attribute, on_unsupported="error")(POINTS[0])


@pytest.mark.parametrize("f", [*DICTS, attribute], ids=lambda f: f.__name__)
@pytest.mark.parametrize("first", [0, 1], ids=["there", "not there"])
@pytest.mark.filterwarnings("ignore:.*runs on the tape")
def test_right_on_both_paths(f, first):
    derivative = ad.value_and_grad(f, on_unsupported="error" if f in DICTS else "tape")
    for x in POINTS[first:] + POINTS[:first]:
        value, gradient = derivative(x)
        differences = [(f(x + d) - f(x - d)) / 2e-6 for d in 1e-6 * np.eye(3)]
        np.testing.assert_allclose(value, f(x))
        np.testing.assert_allclose(gradient, differences, rtol=1e-6, atol=1e-8)


def test_a_key_on_every_path_is_there():
    def f(x):
        d = {}
        if x[1] > 0:
            d["k"] = x[0] * 2
        else:
            d["k"] = x[2]
        return d["k"] * len(d)

    np.testing.assert_allclose(ad.grad(f, on_unsupported="error")(np.array([0.5, -0.7, 0.9])), [0.0, 0.0, 1.0])
