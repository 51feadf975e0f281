"""Initial value problems by `scipy.integrate`, written out: differentiated through the steps that are taken.

The method is the pair of Dormand and Prince of orders 5 and 4 (Hairer, Norsett and Wanner 1993, II.5), with SciPy's
control of the step size: `solve_ivp(method="RK45")` gives the same numbers. `odeint` and the other methods are solved
by it too, to the tolerance asked for, so that their numbers agree within it. The sizes of the steps are constants for
the derivative, which is that of the solution at the times at hand.
"""
from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import scipy.integrate as si

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import unsupported

ad: Any = import_module("ad_compiler")  # a definition is a program: it uses what programs use


class OdeResult(NamedTuple):
    """What `solve_ivp` gives, by SciPy's names."""

    t: Any
    y: Any
    success: bool
    status: int
    message: str


def stages() -> Any:
    """Nodes and weights of the seven stages (the last one is the solution), of the error, and of places inside."""
    nodes = np.array([0.0, 0.2, 0.3, 0.8, 8 / 9, 1.0, 1.0])
    weights = np.array([
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [1 / 5, 0.0, 0.0, 0.0, 0.0, 0.0], [3 / 40, 9 / 40, 0.0, 0.0, 0.0, 0.0],
        [44 / 45, -56 / 15, 32 / 9, 0.0, 0.0, 0.0], [19372 / 6561, -25360 / 2187, 64448 / 6561, -212 / 729, 0.0, 0.0],
        [9017 / 3168, -355 / 33, 46732 / 5247, 49 / 176, -5103 / 18656, 0.0],
        [35 / 384, 0.0, 500 / 1113, 125 / 192, -2187 / 6784, 11 / 84]])
    wrong = np.array([-71 / 57600, 0.0, 71 / 16695, -71 / 1920, 17253 / 339200, -22 / 525, 1 / 40])
    inside = np.array([
        [1, -8048581381 / 2820520608, 8663915743 / 2820520608, -12715105075 / 11282082432], [0, 0, 0, 0],
        [0, 131558114200 / 32700410799, -68118460800 / 10900136933, 87487479700 / 32700410799],
        [0, -1754552775 / 470086768, 14199869525 / 1410260304, -10690763975 / 1880347072],
        [0, 127303824393 / 49829197408, -318862633887 / 49829197408, 701980252875 / 199316789632],
        [0, -282668133 / 205662961, 2019193451 / 616988883, -1453857185 / 822651844],
        [0, 40617522 / 29380423, -110615467 / 29380423, 69997945 / 29380423]])
    return nodes, weights, wrong, inside


def rms(x: Any) -> Any:
    """The root of the mean square."""
    return np.sqrt(np.sum(x * x) / np.size(x))


def first_size(fun: Any, t0: Any, y0: Any, f0: Any, span: Any, sign: Any, rtol: Any, atol: Any) -> Any:
    """The size of the first step (Hairer et al., II.4)."""
    scale = atol + np.abs(y0) * rtol
    d0, d1 = rms(y0 / scale), rms(f0 / scale)
    h0 = 1e-6 if d0 < 1e-5 or d1 < 1e-5 else 0.01 * d0 / d1
    h0 = min(h0, span)
    d2 = rms((fun(t0 + h0 * sign, y0 + h0 * sign * f0) - f0) / scale) / h0
    h1 = max(1e-6, h0 * 1e-3) if d1 <= 1e-15 and d2 <= 1e-15 else (0.01 / max(d1, d2)) ** 0.2
    return min(100 * h0, h1, span)


def solve_ivp(fun: Any, t_span: Any, y0: Any, method: Any = "RK45", t_eval: Any = None, dense_output: bool = False,
              events: Any = None, vectorized: bool = False, args: Any = None, *, rtol: float = 1e-3, atol: Any = 1e-6,
              first_step: Any = None, max_step: float = np.inf, jac: Any = None) -> Any:
    """`scipy.integrate.solve_ivp` without events and dense output."""
    if events is not None or dense_output:
        unsupported("scipy.integrate.solve_ivp has a derivative without events= and dense_output=")
    more = () if args is None else args
    return integrated(lambda t, y: np.asarray(fun(t, y, *more)), t_span[0], t_span[1], np.asarray(y0) * 1.0, t_eval,
                      rtol, atol, first_step, max_step)


def integrated(fun: Any, t0: Any, t1: Any, y0: Any, t_eval: Any, rtol: float, atol: Any, first_step: Any,
               max_step: float) -> Any:
    """Steps from `t0` to `t1`; the solution after each, or at the given times."""
    nodes, weights, wrong, inside = stages()
    t, y, f = t0 * 1.0, y0, fun(t0 * 1.0, y0)
    span = abs(ad.stop_gradient(t1 * 1.0) - ad.stop_gradient(t0 * 1.0))
    sign = 1.0 if t1 >= t0 else -1.0
    h = ad.stop_gradient(first_size(fun, t, y, f, span, sign, rtol, atol)) if first_step is None else first_step
    K = np.zeros((7, np.shape(y0)[0]))
    times = [t]
    values = [y]
    at = np.zeros((np.shape(y0)[0], 1 if t_eval is None else len(t_eval)))
    given = np.zeros(1) if t_eval is None else np.asarray(t_eval) * 1.0
    done = 0
    if t_eval is not None:
        while done < np.shape(given)[0] and sign * (given[done] - t0) <= 0:
            at[:, done] = y
            done += 1
    while sign * (t1 - t) > 0:
        h = max(min(h, max_step), 10 * abs(np.nextafter(t, sign * np.inf) - t))
        accepted = False
        rejected = False
        t_new, y_new, step = t, y, 0.0
        while not accepted:
            t_new = t + sign * h
            if sign * (t_new - t1) > 0:
                t_new = t1 * 1.0
            step = t_new - t
            h = abs(ad.stop_gradient(step))
            K = np.zeros((7, np.shape(y0)[0]))
            K[0] = f
            for s in range(1, 7):
                y_new = y + step * (weights[s, :s] @ K[:s])
                K[s] = fun(t + nodes[s] * step, y_new)
            scale = atol + np.maximum(np.abs(y), np.abs(y_new)) * rtol
            error = ad.stop_gradient(rms(step * (wrong @ K) / scale))
            if error < 1:
                factor = 10.0 if error == 0 else min(10.0, 0.9 * error**-0.2)
                h = h * (min(1.0, factor) if rejected else factor)
                accepted = True
            else:
                h = h * max(0.2, 0.9 * error**-0.2)
                rejected = True
        if t_eval is not None:
            while done < np.shape(given)[0] and sign * (given[done] - t_new) <= 0:
                u = (given[done] - t) / step
                at[:, done] = y + step * ((inside @ np.array([u, u**2, u**3, u**4])) @ K)
                done += 1
        t, y, f = t_new, y_new, K[6]
        times.append(t)
        values.append(y)
    if t_eval is not None:
        return OdeResult(given, at, True, 0, "")
    return OdeResult(np.array(times), np.stack(values, axis=1), True, 0, "")


def odeint(func: Any, y0: Any, t: Any, args: Any = (), Dfun: Any = None, col_deriv: int = 0, full_output: int = 0,
           ml: Any = None, mu: Any = None, rtol: Any = None, atol: Any = None, tcrit: Any = None, h0: float = 0.0,
           hmax: float = 0.0, hmin: float = 0.0, ixpr: int = 0, mxstep: int = 0, mxhnil: int = 0, mxordn: int = 12,
           mxords: int = 5, printmessg: int = 0, tfirst: bool = False) -> Any:
    """`scipy.integrate.odeint`: the solution at the times `t`, one a row."""
    def fun(time: Any, y: Any) -> Any:
        return np.asarray(func(time, y, *args)) if tfirst else np.asarray(func(y, time, *args))

    times = np.asarray(t)
    start = np.atleast_1d(np.asarray(y0) * 1.0)
    return integrated(fun, times[0], times[-1], start, times, 1.49012e-8 if rtol is None else rtol,
                      1.49012e-8 if atol is None else atol, None, np.inf if hmax == 0 else hmax).y.T


DEFINITIONS: dict[Any, Written] = {si.solve_ivp: Written(solve_ivp), si.odeint: Written(odeint)}
