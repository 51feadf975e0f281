"""Pullbacks taken, kept and called by functions that run on the tape, of functions with a call that does."""
import warnings

import numpy as np
import pytest

import ad_compiler as ad

X = np.array([0.4, 0.9, -0.6])
V = np.array([0.3, -1.0, 0.6])
COUNT = 0

pytestmark = pytest.mark.filterwarnings("ignore::ad_compiler.errors.TapeFallback")


def unread(x):
    return np.sin(x) * eval("2 + 0")


def partly(x):
    return unread(x * 0.7)


def wholly(x):
    return np.sin(x * 0.7) * eval("2")


def once(f):
    def pulled(x):
        (a,) = ad.vjp(f, x)[1](np.cos(x))
        return a
    return pulled


def twice(f):
    def pulled(x):
        y, pullback = ad.vjp(f, x)
        (a,) = pullback(np.cos(x))
        (b,) = pullback(y)
        return a * b
    return pulled


def counted(f):
    def pulled(x):
        global COUNT
        y, pullback = ad.vjp(f, x)
        COUNT += 1
        (a,) = pullback(np.cos(x))
        COUNT += 1
        (b,) = pullback(y)
        return a * b
    return pulled


def pushed(f):
    def along(x):
        y, tangent = ad.jvp(f, (x,), (np.cos(x),))
        return ad.linearize(f, x)[1](tangent) * y
    return along


def composed(f):
    def gradient(x):
        return ad.grad(lambda z: np.sum(f(z) * np.cos(z)))(x)
    return gradient


def differences(program):
    step = 1e-5
    return np.array([V @ (program(X + e) - program(X - e)) for e in step * np.eye(3)]) / (2 * step)


@pytest.mark.parametrize("make", [once, twice, counted, pushed, composed])
@pytest.mark.parametrize("f", [unread, partly, wholly])
def test_derivatives_within_a_run_are_on_its_record(make, f):
    program = make(f)
    want = differences(program)
    np.testing.assert_allclose(ad.vjp(program, X)[1](V)[0], want, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(ad.vjp(program, X)[1](V)[0], want, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(ad.jvp(program, (X,), (V,))[1] @ V, want @ V, rtol=1e-6, atol=1e-8)


def test_a_warning_shown_in_a_run_does_not_cut_its_record():
    """The note that Python leaves in the globals of a line that has been warned of is no global of the program's."""
    def fresh(x):
        return unread(x * 0.7)

    def program(x):
        (a,) = ad.vjp(fresh, x)[1](np.cos(x))
        return a
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        with pytest.warns(ad.errors.TapeFallback):
            found = ad.vjp(program, X)[1](V)[0]
    np.testing.assert_allclose(found, differences(program), rtol=1e-6, atol=1e-8)
