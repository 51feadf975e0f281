"""Eigenvalues, roots and functions of real matrices, of which values decide whether they are real or complex.

Programs that use real parts or absolute values are compiled; the same compiled form serves both. What returns them as
they are runs on the tape, and gives the dtype that NumPy gives.
"""
import warnings

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import TapeFallback, UnsupportedError

REAL = np.array([[2.0, 0.3], [0.1, 1.5]])
TURNING = np.array([[1.0, -2.0], [2.0, 1.3]])
DIRECTION = np.array([[0.3, -0.7], [1.1, 0.4]])


def growth(a):
    w = np.linalg.eigvals(a)
    return np.sum(np.abs(w) ** 2) + np.sum(w.real**3)


def vectors(a):
    w, v = np.linalg.eig(a)
    return np.sum(np.abs(v[0]) ** 2 * np.abs(w))


def roots(a):
    return np.sum(np.abs(np.roots(np.ravel(a))) ** 2)


def root_of_matrix(a):
    import scipy.linalg

    return np.sum(np.abs(scipy.linalg.sqrtm(a)) ** 2)


def covariance_distance(a):
    """As it is written where a matrix square root must be real: rounding may make it complex."""
    import scipy.linalg

    root = scipy.linalg.sqrtm(a @ a.T)
    if np.iscomplexobj(root):
        root = root.real
    return np.trace(root)


def logarithm(a):
    import scipy.linalg

    return np.sum(np.real(scipy.linalg.logm(a)) ** 2)


PROGRAMS = [growth, vectors, roots, root_of_matrix, covariance_distance, logarithm]


def difference(program, a):
    h = 1e-5
    return float(program(a + h * DIRECTION) - program(a - h * DIRECTION)) / (2 * h)


@pytest.mark.parametrize("mode", ["fast", "slow"])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.__name__)
def test_one_compiled_form_serves_real_and_complex_values(program, mode):
    if program not in (growth, vectors, roots):
        pytest.importorskip("scipy.linalg")
    gradient = ad.grad(program, mode=mode, on_unsupported="error")
    for a in (REAL, TURNING, REAL):
        got = gradient(a)
        assert got.dtype == np.float64
        np.testing.assert_allclose(np.sum(got * DIRECTION), difference(program, a), rtol=1e-6)
        _, tangent = ad.jvp(program, (a,), (DIRECTION,), on_unsupported="error")
        np.testing.assert_allclose(tangent, difference(program, a), rtol=1e-6)


def test_second_derivatives():
    for a in (REAL, TURNING):
        h = 1e-5
        expected = (ad.grad(growth)(a + h * DIRECTION) - ad.grad(growth)(a - h * DIRECTION)) / (2 * h)
        np.testing.assert_allclose(ad.hvp(growth, (a,), (DIRECTION,)), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.skipif(np.linalg.eigvals(REAL).dtype.kind == "c", reason="since NumPy 2.5 they are complex always")
def test_values_as_they_are_run_on_the_tape_with_numpys_dtype():
    def trace(a):
        return np.sum(np.linalg.eigvals(a))

    with pytest.warns(TapeFallback, match="values decide"):
        assert ad.grad(trace)(REAL) == pytest.approx(np.eye(2))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(TypeError, match="complex"):
            ad.grad(trace)(TURNING)
        value, pullback = ad.vjp(lambda a: np.linalg.eigvals(a), REAL)
        assert value.dtype == np.float64
        assert pullback(np.ones(2))[0] == pytest.approx(np.eye(2))


def test_the_derivative_stands_alone(tmp_path):
    gradient = ad.grad(growth)
    expected = gradient(TURNING)
    gradient.save(tmp_path / "alone.py")
    space = {}
    exec((tmp_path / "alone.py").read_text(), space)
    np.testing.assert_allclose(space["growth_grad"](TURNING), expected)
    assert "ad_compiler.support" not in (tmp_path / "alone.py").read_text()


def close_to_real(a):
    return np.sum(np.abs(np.real_if_close(a)) ** 2)


def from_roots(a):
    return np.sum(np.abs(np.poly(a) - 0.3) ** 2)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("function", [close_to_real, from_roots])
@pytest.mark.parametrize("point", [np.array([0.3 + 1j, 0.5 - 2j, 0.1]), np.array([0.3 + 1j, 0.3 - 1j, 0.7])])
def test_complex_numbers_that_may_give_real_ones(function, point):
    with pytest.raises(UnsupportedError, match=r"AD110.*depends on values"):
        ad.grad(function, on_unsupported="error")(point)
    u = np.array([0.2 - 0.7j, -0.4 + 0.1j, 1.1])
    if function is from_roots and point[0] == point[1].conj():
        u[1] = u[0].conj()  # the roots stay a pair
    step = 1e-6
    expected = (function(point + step * u) - function(point - step * u)) / (2 * step)
    bar = ad.grad(function)(point)
    assert np.isclose(np.sum(np.real(np.conj(bar) * u)), expected, rtol=1e-6)
    assert np.isclose(ad.jvp(function, (point,), (u,))[1], expected, rtol=1e-6)
