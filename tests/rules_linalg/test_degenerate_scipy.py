"""Where formulas of SciPy's functions would divide zero by zero, overflow or cancel: the limits, pinned."""
import numpy as np
import pytest

pytest.importorskip("scipy.special")
import scipy.special as sc
import scipy.stats as st

from tests.rules.test_kinks import gradient

INF = np.inf
SMALL = np.array([0.0, 1e-12, -1e-300])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("function", "args", "operand", "expected"), [
    (sc.rgamma, ([0.0, -1.0, -2.0, 1.0],), "x", [1.0, -1.0, 2.0, np.euler_gamma]),
    (sc.poch, ([0.0, 0.0], [2.0, 3.0]), "z", [1.0, 2.0]),
    (sc.binom, ([0.0, 1.0, 5.0], [1.0, 2.0, 2.0]), "x", [1.0, 0.5, 4.5]),
    (sc.binom, ([0.0, 0.0], [2.0, -1.0]), "y", [0.5, 1.0]),
    (sc.xlogy, ([0.0, 0.0, 0.0], [0.0, -1.0, 2.0]), "x", [0.0, 0.0, np.log(2.0)]),
    (sc.xlog1py, ([0.0, 0.0, 0.0], [-1.0, -2.0, 1e-20]), "x", [0.0, 0.0, 1e-20]),
    (sc.rel_entr, ([0.0], [0.0]), "x", [0.0]), (sc.rel_entr, ([0.0], [0.0]), "y", [0.0]),
    (sc.kl_div, ([0.0, 0.0], [0.0, 3.0]), "y", [0.0, 1.0]), (sc.entr, ([0.0],), "x", [INF]),
    (sc.pseudo_huber, ([0.0, 0.0], [0.0, 1.0]), "delta", [0.0, 0.0]),
    (sc.pseudo_huber, ([0.0, 0.0, 2.0], [0.0, 1.0, 0.0]), "r", [0.0, 0.0, 0.0]),
    (sc.powm1, ([0.0, 0.0], [0.0, 2.0]), "x", [0.0, 0.0]), (sc.powm1, ([0.0], [2.0]), "y", [0.0]),
    (sc.boxcox, ([0.0, 0.0], [2.0, 0.5]), "lmbda", [0.25, 4.0]), (sc.boxcox1p, ([-1.0], [2.0]), "lmbda", [0.25]),
    (sc.struve, ([0.0, 1.0], [0.0, 0.0]), "x", [2 / np.pi, 0.0]), (sc.modstruve, ([0.0], [0.0]), "x", [2 / np.pi]),
    (sc.berp, ([0.0],), "x", [0.0]), (sc.beip, ([0.0],), "x", [0.5]), (sc.keip, ([0.0],), "x", [INF]),
    (sc.ellipkinc, (np.ones(3), SMALL), "m", np.full(3, 0.25 - np.sin(2.0) / 8)),
    (sc.ellipeinc, (np.ones(3), SMALL), "m", np.full(3, -0.25 + np.sin(2.0) / 8)),
    (sc.ellipkm1, ([1e-300],), "p", [-5e299]),
    (sc.eval_legendre, (0.0, [-1.0, 0.3]), "x", [0.0, 0.0]),
    (sc.log_ndtr, ([-1e9, 40.0],), "x", [1e9, 0.0]), (st.norm.logcdf, ([-1e9],), "x", [1e9]),
    (st.norm.logsf, ([1e9],), "x", [-1e9]),
    (st.poisson.pmf, ([0, 1, 2], np.zeros(3)), "mu", [-1.0, 1.0, 0.0]),
    (st.poisson.logpmf, ([0], np.zeros(1)), "mu", [-1.0]),
    (st.bernoulli.pmf, ([0, 1, 0, 1], [0.0, 0.0, 1.0, 1.0]), "p", [-1.0, 1.0, -1.0, 1.0]),
    (st.bernoulli.logpmf, ([0, 1], [0.0, 1.0]), "p", [-1.0, 1.0]),
    (st.geom.pmf, ([0, 1, 2], np.ones(3)), "p", [0.0, 1.0, -1.0]),
    (st.binom.pmf, ([0, 1, 2], 2, np.zeros(3)), "p", [-2.0, 2.0, 0.0]),
    (st.gamma.logpdf, ([0.0], 1.0), "x", [-1.0]), (st.weibull_min.pdf, ([0.0, -1.0], 1.0), "x", [-1.0, 0.0]),
    (st.lognorm.pdf, ([-1.0, 0.0], 0.7), "x", [0.0, 0.0]), (st.gumbel_r.pdf, ([-1e5],), "x", [0.0]),
], ids=lambda value: getattr(value, "__name__", None))
def test_limits(function, args, operand, expected):
    args = tuple(np.array(arg) if isinstance(arg, list) else arg for arg in args)
    np.testing.assert_allclose(gradient(function, *args, operand=operand), expected, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("n", [0, 1, 2, 4])
@pytest.mark.parametrize("function", [sc.spherical_jn, sc.spherical_in])
def test_second_derivatives_of_spherical_bessel_functions_at_zero(function, n):
    h = 1e-4
    slope = (function(n, h, derivative=True) - function(n, -h, derivative=True)) / (2 * h)
    np.testing.assert_allclose(gradient(function, n, np.array(0.0), derivative=True), slope, atol=1e-6)


@pytest.mark.parametrize("sigma", [0.0, 1e-300, 1e-8, 1e-3, 0.02])
def test_voigt_of_a_narrow_gaussian_is_nearly_that_of_lorentz(sigma):
    x, width = np.array(0.7), np.array(0.4)

    def lorentz(x, width):
        return width / (np.pi * (x * x + width * width))
    h = 1e-5
    by_x = (lorentz(x + h, width) - lorentz(x - h, width)) / (2 * h)
    by_width = (lorentz(x, width + h) - lorentz(x, width - h)) / (2 * h)
    bend = (lorentz(x + h, width) + lorentz(x - h, width) - 2 * lorentz(x, width)) / (h * h)
    args = (x, np.array(sigma), width)
    for operand, expected in (("x", by_x), ("gamma", by_width), ("sigma", sigma * bend)):
        np.testing.assert_allclose(gradient(sc.voigt_profile, *args, operand=operand), expected,
                                   rtol=max(1e-5, 40 * sigma**2), atol=1e-12)


def test_bessel_i1_is_relatively_exact_near_zero():
    np.testing.assert_allclose(gradient(np.i0, np.array([0.0, 1e-12, 1e-300])), [0.0, 5e-13, 5e-301], rtol=1e-12)
