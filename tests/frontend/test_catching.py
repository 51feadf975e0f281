"""Errors that a program raises and catches itself: by `raise`, in calls and loops, and by operations that fail."""
from __future__ import annotations

import contextlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from tests.differences import central_differences


def raised_and_caught(x):
    t = x*2
    try:
        if x > 1.0:
            raise ValueError('above')
        t = x*x
    except ValueError:
        t = 3*x
    return t*x


def division_by_zero(x):
    t = 1.0
    try:
        t = t / (x - x)
    except ZeroDivisionError:
        t = x*x
    return t*x


def chk(v):
    if v > 1.0:
        raise ValueError("big")
    return v*v


def raised_in_a_call(x):
    try:
        t = chk(x)
    except ValueError:
        t = 3*x
    return t*x


def caught_in_a_loop_and_continued(x):
    s = 0.0
    for i in range(4):
        try:
            s += chk(x*i)
        except ValueError:
            s += x
            continue
        s *= 1.1
    return s


def raised_in_a_loop_with_else_and_finally(x):
    s = 0.0
    try:
        for i in range(4):
            s += x*i
            if s > 2.0:
                raise StopIteration
    except StopIteration:
        s = s*x
    else:
        s = s + 5*x
    finally:
        s = s*2.0
    return s


def returns_inside(x):
    def g(v):
        try:
            return chk(v)
        except ValueError:
            return 2.0*v
        finally:
            pass
    return g(x)*x


class Diverged(Exception):
    def __init__(self, best):
        self.best = best


def solver(x):
    v = x
    for k in range(5):
        v = v*x
        if v > 3:
            raise Diverged(v)
    return v*2


def error_with_an_attribute(x):
    try:
        return solver(x)*3
    except Diverged as e:
        return e.best*x


def list_grown_on_every_path(x):
    log = []
    total = x
    for k in range(3):
        try:
            if k*x > 1.0:
                raise ValueError
            total = total*x
            log.append(total)
        except ValueError:
            log.append(2*x)
        finally:
            total = total + 0.5
    return total + sum(log)


def handler_of_an_outer_try(x):
    try:
        try:
            v = chk(x*1.2)
        except KeyError:
            v = 0.0
        v = v + 1.0
    except (ValueError, TypeError):
        v = x*7
    return v*x


def suppressed(x):
    with contextlib.suppress(ValueError):
        x = x*2
        if x > 2:
            raise ValueError("n")
        x = x*x
    return x*3


def index_out_of_range_ends_a_loop(x):
    y = np.array([x, x*x, 2*x])
    k = 0
    s = 0.0
    while True:
        try:
            s += y[k]*y[k]
        except IndexError:
            break
        k += 1
    return s


def missing_key(x):
    d = {'a': x}
    try:
        v = d['b']
    except KeyError:
        v = d['a']*3
    return v*x


def outside_the_domain_of_log(x):
    try:
        v = math.log(x)
    except ValueError:
        v = x*x
    return v*x


def failed_assertion(x):
    try:
        assert x < 1.0, "large"
        v = x*x
    except AssertionError:
        v = -x
    return v*x


def not_positive_definite(x):
    A = np.array([[x, 1.0],[1.0, 1.0]])
    try:
        L = np.linalg.cholesky(A)
        v = L[0,0]
    except np.linalg.LinAlgError:
        v = np.sum(A*A)
    return v*x


def raised_in_a_conditional_expression(x):
    if x > -5:
        if x > -4:
            t = 0.0
            try:
                t = chk(x) if x > 0 else x
            except ValueError:
                t = 5*x
        else:
            t = x
        t = t*x
    else:
        t = 1.0
    return t


def raised_in_a_comprehension(x):
    try:
        if x > 0:
            v = [chk(x*i) for i in range(3)]
            s = sum(v)
        else:
            s = x
    except ValueError:
        s = x*x*x
    return s*x


def try_in_a_handler(x):
    try:
        if x > 1:
            raise ValueError
        y = x*x
    except ValueError:
        try:
            if x > 1.2:
                raise KeyError
            y = x
        except KeyError:
            y = 7*x
        y = y+x
    return y*x


def raised_again(x):
    try:
        if x > 1:
            raise ValueError("q")
        y = x*x
    except ValueError:
        y = 3*x
        if x > 100:
            raise
    return y*x


def loop_over_a_tuple(x):
    out = 0.0
    for v in (x, 2*x, 3*x):
        try:
            out += 1.0/v if v > 2 else chk(v)
        except ValueError:
            out += v*v*v
        except ZeroDivisionError:
            pass
    return out


class Small(Exception):
    def __init__(self, amount):
        self.amount = amount


class Negative(Small):
    pass


def sorted_out(v):
    if v < 0:
        raise Negative(v * 2)
    if v > 2:
        raise ValueError("large")
    if v > 1.2:
        raise Small(v)
    return v


def each_to_its_handler(x):
    total = 0.0
    for v in (x, x * x, x - 1.0):
        try:
            total += sorted_out(v)
        except Negative as error:
            total += error.amount * x
        except Small as error:
            total -= error.amount * 3
        except (KeyError, ValueError):
            total *= x
            continue
        total += 0.1
    return total


def out_of_a_loop(x):
    def run():
        for v in (x, x * x):
            if v < 0:
                raise Small(v * x)
            if v > 2:
                raise Negative(v)
        return x * 0.5
    try:
        out = run()
    except Negative as error:
        out = error.amount
    except Small as error:
        out = error.amount * 4
    return out * x


def always_raised_in_a_call(x):
    s = x
    for i in range(3):
        try:
            s = s * chk(0.5 + 0.4 * i)
            s += chk(1.36)
        except ValueError:
            s = s * x + i
    return s


def one_of_two_errors(v):
    if v > 1.0:
        raise ValueError("above")
    raise KeyError("below")


def always_one_of_two_errors(x):
    s = x * x
    for i in range(3):
        try:
            s = s + one_of_two_errors(x * i)
        except KeyError:
            s = 1.5 * s
        except ValueError:
            s = s * x
    return s


def never_called_to_return(x):
    s = 2.0 * x
    if x > 5.0:
        s += one_of_two_errors(x)
    t = s * x if x < 6.0 else one_of_two_errors(0.0)
    return s * t


PROGRAMS: list[Callable[[float], Any]] = [
    f for f in list(globals().values()) if callable(f) and getattr(f, "__module__", "") == __name__
    and not isinstance(f, type) and f.__name__ not in ("chk", "solver", "sorted_out", "one_of_two_errors")]


@pytest.mark.parametrize("at", [0.7, 1.1, 1.5, 2.5, -0.7])
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda f: f.__name__)
def test_the_path_of_the_program_is_taken(program: Callable[[float], Any], at: float):
    step = 1e-5
    slope = (program(at - 2 * step) - 8 * program(at - step) + 8 * program(at + step)
             - program(at + 2 * step)) / (12 * step)
    for mode in ("fast", "slow"):
        value, gradient = ad.value_and_grad(program, on_unsupported="error", mode=mode)(at)
        assert value == pytest.approx(program(at), rel=1e-13)
        assert gradient == pytest.approx(slope, rel=1e-7, abs=1e-7)
    assert ad.jvp(program, (at,), (1.0,))[1] == pytest.approx(slope, rel=1e-7, abs=1e-7)


def test_an_error_that_is_not_caught_comes_out():
    def wrong_class(x):
        try:
            return chk(x) * x
        except KeyError:
            return x

    with pytest.raises(ValueError, match="big"):
        ad.grad(wrong_class, on_unsupported="error")(2.0)
    assert ad.grad(wrong_class, on_unsupported="error")(0.5) == pytest.approx(0.75)


def test_an_error_with_attributes_that_is_not_caught_comes_out():
    with pytest.raises(Diverged) as found:
        ad.grad(solver, on_unsupported="error")(2.0)
    assert found.value.best == 4.0


def test_numbers_of_texts_raise_what_python_raises():
    def scaled(x, text):
        try:
            factor = int(text)
        except (ValueError, TypeError):
            factor = 3
        return x * factor

    for text, factor in (("a", 3.0), ("4", 4.0), (None, 3.0)):
        assert ad.grad(scaled, on_unsupported="error")(1.5, text) == factor


def between_loops(x, limit):
    kept = [v for v in x if v > 0.4]
    if len(kept) > limit:
        raise ValueError("too many")
    return sum(limit * v for v in kept)


def an_item_that_is_not_there(x, limit):
    total = 0.0
    for v in x:
        total += v
    last = x[int(limit)]
    for v in x:
        total += last * v
    return (lambda: total)()


@pytest.mark.parametrize("f", [between_loops, an_item_that_is_not_there])
@pytest.mark.parametrize("limit", [1.0, 5.0])
def test_an_error_between_loops_of_a_function_whose_names_are_captured(f, limit):
    def caught(x, limit):
        try:
            total = f(x, limit)
        except (ValueError, IndexError):
            total = 3.0 * np.sum(x * x)
        return total

    x = np.array([0.5, 1.2, 0.3])
    value, slope = ad.value_and_grad(caught, on_unsupported="error")(x, limit)
    assert np.isclose(value, caught(x, limit))
    np.testing.assert_allclose(slope, central_differences(lambda z: caught(z, limit), x), rtol=1e-7)
