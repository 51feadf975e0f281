"""`finally` whose statements raise: errors it catches itself, and errors that take the place of what the `try` did."""
from __future__ import annotations

import math

import pytest

import ad_compiler as ad
from ad_compiler.errors import UnsupportedError


def raises_instead_of_returning(x):
    def inner(v):
        try:
            if v > 1.0:
                return v*3
            v = v*v
        finally:
            if v > 1.4:
                raise ValueError("x")
        return v+1
    try:
        return inner(x)*x
    except ValueError:
        return x**3


def raises_in_loops_that_are_left(x):
    s = 0.0
    for k in range(4):
        try:
            try:
                if k == 1:
                    continue
                s += x*k
                if s > 5:
                    break
            finally:
                if k == 2 and s < 2.5:
                    raise KeyError("low")
                s += 0.1*x
        except KeyError:
            s += x*x
    return s


def second_error_for_the_first(x):
    s = x
    try:
        try:
            s = s*2
            if s > 1:
                raise ValueError("first")
            s = s+1
        finally:
            if s > 2:
                raise KeyError("second")
            s = s*x
    except KeyError:
        s = s*5
    except ValueError:
        s = s*7
    return s*x


def catches_what_it_raises_after_a_return(x):
    s = 0.0
    for v in (x, 2 * x, 3*x):
        try:
            s += v
            if v > 1.5:
                return s*v
        finally:
            try:
                s += math.log(v-0.5)
            except ValueError:
                s -= x*x
            finally:
                s *= 1.1
    return s*x


def catches_while_an_error_goes_out(x):
    log = []
    def step(v):
        try:
            log.append(v)
            if v > 1:
                raise ValueError
            return v*x
        finally:
            try:
                if len(log) > 2:
                    raise KeyError
                log.append(v*v)
            except KeyError:
                log.append(x)
    t = 0.0
    for k in range(3):
        try:
            t += step(x+0.2*k)
        except ValueError:
            t += 2 * x
    return t+sum(log)


def catches_after_break_and_continue(x):
    n = 0
    s = x
    while True:
        n += 1
        try:
            s = s*1.3
            if s > 4:
                break
            if n == 2:
                continue
            s += x
        finally:
            try:
                if n == 3:
                    raise RuntimeError
                s += 0.2
            except RuntimeError:
                s = s*x
    else:
        s = 0.0
    return s


def raises_after_a_return_in_a_loop(x):
    def given(v):
        try:
            return v
        finally:
            if v > 0.6:
                raise ValueError

    total = 0.0
    for v in (x, x * x, 0.5 * x):
        try:
            total += given(v)
        except ValueError:
            total += v * v
    return total


PROGRAMS = [raises_after_a_return_in_a_loop, raises_instead_of_returning, raises_in_loops_that_are_left,
            second_error_for_the_first, catches_what_it_raises_after_a_return, catches_while_an_error_goes_out,
            catches_after_break_and_continue]


@pytest.mark.parametrize("at", [0.3, 0.7, 1.1, 1.3, 1.6])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_every_path_out_of_a_finally_is_followed(program, at):
    step = 1e-5
    slope = (program(at - 2 * step) - 8 * program(at - step) + 8 * program(at + step)
             - program(at + 2 * step)) / (12 * step)
    for mode in ("fast", "slow"):
        value, gradient = ad.value_and_grad(program, on_unsupported="error", mode=mode)(at)
        assert value == pytest.approx(program(at), rel=1e-13)
        assert gradient == pytest.approx(slope, rel=1e-7, abs=1e-7)
    assert ad.jvp(program, (at,), (1.0,))[1] == pytest.approx(slope, rel=1e-7, abs=1e-7)


def test_an_error_nobody_catches_in_front_of_a_finally_that_raises_is_refused():
    def replaced(x):
        try:
            try:
                if x > 1.0:
                    raise KeyError("not caught")
            finally:
                if x > 2.0:
                    raise ValueError("instead")
        except ValueError:
            x = x * x
        return x

    with pytest.raises(UnsupportedError, match="AD105"):
        ad.grad(replaced, on_unsupported="error")(3.0)


def test_a_finally_that_returns_is_refused():
    def swallowed(x):
        try:
            x = x * x
        finally:
            return x  # noqa: B012

    with pytest.raises(UnsupportedError, match="AD105"):
        ad.grad(swallowed, on_unsupported="error")(3.0)
