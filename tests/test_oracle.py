"""The oracle against derivatives known by hand."""

import dataclasses
import math
from typing import NamedTuple

import numpy as np
import pytest

from tests.oracle import Coordinates, derivative_at_zero, reference_curvature, reference_gradient, scalar


class Point(NamedTuple):
    x: float
    y: np.ndarray


@dataclasses.dataclass
class Model:
    weight: np.ndarray
    offset: float
    inner: dict


def polynomial(x):
    return np.sum(x**3) + x[0] * x[1]


@pytest.mark.parametrize("analytic", [True, False])
def test_gradient_of_an_array(analytic):
    x = np.array([1.0, -2.0, 0.5])
    exact = 3 * x**2 + np.array([x[1], x[0], 0.0])
    reference = reference_gradient(polynomial, (x,), 0, analytic=analytic)
    assert reference.complete
    assert reference.error(exact) < 1e-9
    assert reference.scale == pytest.approx(np.max(np.abs(exact)))
    assert reference.own_error < 1e-8


@pytest.mark.parametrize("analytic", [True, False])
def test_a_wrong_gradient_is_seen(analytic):
    x = np.array([1.0, -2.0, 0.5])
    wrong = 3 * x**2 + np.array([x[1], x[0], 1e-4])
    assert reference_gradient(polynomial, (x,), 0, analytic=analytic).error(wrong) > 0.9e-4


def test_nan_gradient_is_infinitely_wrong():
    reference = reference_gradient(polynomial, (np.ones(3),), 0, analytic=True)
    assert reference.error(np.full(3, np.nan)) == math.inf


@pytest.mark.parametrize("analytic", [True, False])
def test_many_inputs_are_probed(analytic):
    x = np.random.default_rng(0).standard_normal((20, 30))
    reference = reference_gradient(lambda a: np.sum(np.sin(a)), (x,), 0, analytic=analytic)
    assert not reference.complete and len(reference.probes) == 12
    assert reference.error(np.cos(x)) < 1e-9
    assert reference.error(np.cos(x) * 1.0001) > 1e-5


@pytest.mark.parametrize("analytic", [True, False])
def test_pytrees(analytic):
    def f(scale, tree, point):
        return scale * tree["a"][0] ** 2 + np.sum(tree["b"][1] * point.y) * point.x

    tree = {"a": [2.0, 3], "b": (None, np.array([1.0, 2.0]))}
    point = Point(0.5, np.array([3.0, -1.0]))
    gradient = ({"a": [2 * 1.5 * 2.0, 0], "b": (None, 0.5 * point.y)}, Point(1.0, 0.5 * tree["b"][1]))
    reference = reference_gradient(f, (1.5, tree, point), (1, 2), analytic=analytic)
    assert reference.error(gradient) < 1e-9
    with pytest.raises(ValueError, match="structure"):
        reference.error((gradient[0], (1.0, 0.5)))


def test_dataclasses():
    model = Model(np.array([1.0, 2.0]), 3.0, {"deep": np.array([0.5])})

    def f(m):
        return np.sum(m.weight**2) * m.offset + m.inner["deep"][0] ** 2

    exact = Model(2 * model.weight * 3.0, 5.0, {"deep": np.array([1.0])})
    assert reference_gradient(f, (model,), 0, analytic=True).error(exact) < 1e-12


def test_complex_arguments_have_conjugate_gradients():
    z = np.array([1.0 + 2.0j, -0.5j])
    reference = reference_gradient(lambda a: np.sum(np.abs(a) ** 2), (z,), 0, analytic=False)
    assert reference.error(2 * z) < 1e-9


def test_a_shape_mismatch_is_an_error():
    reference = reference_gradient(polynomial, (np.ones(3),), 0, analytic=True)
    with pytest.raises(ValueError, match="shape"):
        reference.error(np.ones((3, 1)))


def test_arguments_are_not_changed():
    def overwrites(x):
        x[0] = x[1] * x[0]
        return x[0]

    x = np.array([2.0, 3.0])
    reference = reference_gradient(overwrites, (x,), 0, analytic=False)
    assert reference.error(np.array([3.0, 2.0])) < 1e-9
    np.testing.assert_array_equal(x, [2.0, 3.0])


def test_steps_shrink_at_the_edge_of_the_domain_and_near_kinks():
    slope, error = derivative_at_zero(lambda t: math.sqrt(t + 1e-3) if t > -1e-3 else math.nan)
    assert slope == pytest.approx(0.5 / math.sqrt(1e-3), rel=1e-7)
    assert error < 1e-5
    assert derivative_at_zero(lambda t: abs(t + 5e-3) + t**2)[0] == pytest.approx(1.0)


@pytest.mark.parametrize(("analytic", "tolerance"), [(True, 1e-9), (False, 1e-6)])
def test_second_derivatives(analytic, tolerance):
    x = np.array([1.0, -2.0, 0.5])
    hessian = np.diag(6 * x)
    hessian[0, 1] = hessian[1, 0] = 1.0
    curvature = reference_curvature(polynomial, (x,), 0, analytic=analytic)
    assert curvature.value == pytest.approx(curvature.left @ hessian @ curvature.right, abs=tolerance)
    assert curvature.error < tolerance


@pytest.mark.parametrize("place", [1e-4, 1e-3, 3e-3, 1e-2, 0.039])
def test_jumps_nearby_are_stepped_around(place):
    slope, error = derivative_at_zero(lambda t: 2 * t + t**2 + (5.0 if t > place else 0.0))
    assert slope == pytest.approx(2.0, abs=1e-7)
    assert error < 1e-7


def test_nothing_to_differentiate():
    with pytest.raises(TypeError):
        reference_gradient(lambda n: 1.0 * n, (3,), 0, analytic=True)
    with pytest.raises(ValueError):
        scalar(np.ones(2))


def test_a_dtype_mismatch_is_an_error():
    reference = reference_gradient(polynomial, (np.ones(3, np.float32),), 0, analytic=True)
    assert reference.error(np.full(3, 3.0, np.float32) + np.array([1, 1, 0], np.float32)) < 1e-6
    with pytest.raises(ValueError, match="dtype"):
        reference.error(np.ones(3))


def test_tangents_have_the_structure_of_the_arguments():
    coordinates = Coordinates((1, 2.0, {"a": np.ones(2, np.float32), "n": 3}), (2, 1))
    first, second, third = coordinates.tangents(np.array([1.0, 2.0, 3.0]))
    assert first is None and second == 3.0 and type(second) is float
    assert third["n"] is None and third["a"].dtype == np.float32
    np.testing.assert_array_equal(third["a"], [1.0, 2.0])


def test_coordinates_keep_scalars_scalar():
    shifted, = Coordinates((2.0,), 0).shifted(np.array([1.0]))
    assert shifted == 3.0 and type(shifted) is float
