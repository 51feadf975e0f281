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


def popped_in_a_loop(x):
    d, s = {"a": x[0], "c": x[1]}, 0.0
    for _ in range(len(x)):
        s += d.pop("c", x[2])
    return s + sum(d.values()) * len(d)


def deleted_in_a_loop(x):
    d, s = {"a": x[0], "c": x[1]}, 0.0
    for i in range(len(x)):
        if "c" in d:
            s += d["c"] * x[i]
            del d["c"]
        s += d.get("c", x[2]) ** 2
    return s


def popped_by_a_helper(x):
    d, s = {"a": {"b": x[0], "c": x[1]}}, 0.0

    def take():
        return d["a"].pop("c", x[2] * x[0])

    while s < 5.0:
        s += take() + 1.0
    return s


def left_by_continue(x):
    d, s = {"a": x[0], "c": x[1]}, 0.0
    for i in range(len(x)):
        s += x[0] if "c" in d else x[1] * x[2]
        if i == 1:
            d.pop("c")
            continue
        s *= 1.5
    return s


def attribute_deleted_in_a_loop(x):
    box, s = Box(), 0.0
    box.side = x[0]
    for i in range(len(x)):
        if hasattr(box, "side"):
            s += box.side * x[1]
            del box.side
        s += getattr(box, "side", x[2]) * x[i]
    return s


@pytest.mark.parametrize("f", [popped_in_a_loop, deleted_in_a_loop, popped_by_a_helper, left_by_continue,
                               attribute_deleted_in_a_loop], ids=lambda f: f.__name__)
@pytest.mark.filterwarnings("ignore:.*runs on the tape")
def test_what_a_loop_removes_is_gone_in_the_next_iteration(f):
    compiled = f is not attribute_deleted_in_a_loop
    x = POINTS[0]
    value, gradient = ad.value_and_grad(f, on_unsupported="error" if compiled else "tape")(x)
    differences = [(f(x + d) - f(x - d)) / 2e-6 for d in 1e-6 * np.eye(3)]
    np.testing.assert_allclose(value, f(x))
    np.testing.assert_allclose(gradient, differences, rtol=1e-6, atol=1e-8)


def test_an_attribute_that_a_loop_removes_is_refused():
    with pytest.raises(ad.errors.UnsupportedError, match="AD134: this loop removes the attribute or key `side`"):
        ad.grad(attribute_deleted_in_a_loop, on_unsupported="error")(POINTS[0])
