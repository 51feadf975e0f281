"""Initial value problems by `scipy.integrate`, written out: differentiated through the steps that are taken.

The explicit methods are SciPy's own (`RK45`, `RK23`, `DOP853`: Hairer, Norsett and Wanner 1993, II.5 and II.6) with its
control of the step size and its interpolation: they give the same numbers. `Radau` and `BDF` are solved by the implicit
method of Radau (`scipy_stiff`), `LSODA` and `odeint` by `DOP853`, to the tolerance asked for, so that their numbers
agree within it. The sizes of the steps are constants for the derivative, which is that of the solution at the times
at hand.
"""
from __future__ import annotations

from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import scipy.integrate as si

from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import on_tape_only, unsupported
from ad_compiler.rules.written.scipy_events import crosses, ending, happenings, listed, until, with_arguments
from ad_compiler.rules.written.scipy_steps import Dense, explicit, first_size, scaled_error, stages
from ad_compiler.rules.written.scipy_stiff import implicit

ad: Any = import_module("ad_compiler")  # a definition is a program: it uses what programs use


class OdeResult(NamedTuple):
    """What `solve_ivp` gives, by SciPy's names."""

    t: Any
    y: Any
    sol: Any
    t_events: Any
    y_events: Any
    status: Any
    success: bool
    message: str


def solve_ivp(fun: Any, t_span: Any, y0: Any, method: Any = "RK45", t_eval: Any = None, dense_output: bool = False,
              events: Any = None, vectorized: bool = False, args: Any = None, *, rtol: Any = 1e-3, atol: Any = 1e-6,
              first_step: Any = None, max_step: float = np.inf, jac: Any = None) -> Any:
    """`scipy.integrate.solve_ivp`."""
    if events is not None:
        on_tape_only("`scipy.integrate.solve_ivp` with events= is not compiled")
    more = () if args is None else args
    given = [] if events is None else listed(events)
    watched = [with_arguments(event, more) for event in given]
    dense, status = integrated(lambda t, y: np.asarray(fun(t, y, *more)), t_span[0], t_span[1], y0, method, rtol, atol,
                               first_step, max_step, ending(watched, given))
    t, y = dense.t, dense.y
    times, values = None, None
    if events is not None:
        found = [happenings(dense, one, getattr(event, "direction", 0.0))
                 for one, event in zip(watched, given, strict=True)]
        t, y = ended(dense, found, given, status)
        kept = [until(when, where, t[-1], dense.sign) for when, where in found]
        times, values = [when for when, _ in kept], [where for _, where in kept]
    solution = y.T
    if t_eval is not None:
        at = np.asarray(t_eval) * 1.0
        at = at if events is None else at[dense.sign * (at - t[-1]) <= 0]
        t, solution = at, dense(at)
    return OdeResult(t, solution, dense if dense_output else None, times, values, status, True, "")


def ended(dense: Any, found: Any, events: Any, status: Any) -> Any:
    """The times of the steps and the solution there, with the event that ended them for the last."""
    t, y = dense.t, dense.y
    if status == 1:
        last = dense.t[-1] * 1.0
        for (when, _), event in zip(found, events, strict=True):
            if getattr(event, "terminal", False) and np.size(when) > 0:
                last = when[0] if dense.sign * (when[0] - last) < 0 else last
        t = np.concatenate([t[:-1], np.reshape(last, (1,))])
        y = np.concatenate([y[:-1], dense(np.reshape(last, (1,))).T], axis=0)
    return t, y


def integrated(fun: Any, t0: Any, t1: Any, y0: Any, method: str, rtol: Any, atol: Any, first_step: Any,
               max_step: float, ends: Any) -> Any:
    """Steps from `t0` to `t1`, or to the one in which an event ends them: the solution between them, and the status."""
    kind = method_of(method)
    t, y = t0 * 1.0, np.asarray(y0) * np.ones(1)
    sign = 1.0 if t1 >= t0 else -1.0
    f = fun(t, y)
    h = ad.stop_gradient(first_size(fun, t, y, f, abs(t1 - t0), sign, rtol, atol, kind) if first_step is None
                         else first_step * 1.0)
    times, values, inside = [t], [y], []
    before = [ad.stop_gradient(event(t, y)) for event, _ in ends]
    status = 0
    while status == 0 and sign * (t1 - t) > 0:
        step, t_new, y_new, f_new, within, h = taken(fun, t, y, f, h, t1, sign, kind, rtol, atol, max_step)
        after = [ad.stop_gradient(event(t_new, y_new)) for event, _ in ends]
        for last, now, (_, direction) in zip(before, after, ends, strict=True):
            if crosses(last, now, direction):
                status = 1
        before = after
        t, y, f = t_new, y_new, f_new
        times.append(t)
        values.append(y)
        inside.append(np.concatenate([within, np.zeros((1, np.size(y))) + step], axis=0))
    return Dense(kind, np.array(times), np.stack(values, axis=0), np.stack(inside, axis=0), sign), status


def method_of(method: Any) -> str:
    """The method that solves for SciPy's method of this name."""
    name = method if isinstance(method, str) else method.__name__
    if name not in ("RK45", "RK23", "DOP853", "LSODA", "Radau", "BDF"):
        unsupported("scipy.integrate.solve_ivp has a derivative for SciPy's own methods")
    return {"LSODA": "DOP853", "BDF": "Radau"}.get(name, name)


def taken(fun: Any, t: Any, y: Any, f: Any, h: Any, t1: Any, sign: Any, kind: str, rtol: Any, atol: Any,
          max_step: float) -> Any:
    """One step that is accurate enough: its size, its end, the solution and its slope there, what is inside, and the
    size to try next."""
    least = 10 * abs(np.nextafter(ad.stop_gradient(t), sign * np.inf) - ad.stop_gradient(t))
    h = max(min(h, max_step), least)
    if kind == "Radau":
        return implicit(fun, t, y, f, h, t1, sign, rtol, atol)
    power = {"RK23": -1 / 3, "RK45": -1 / 5, "DOP853": -1 / 8}[kind]
    accepted = rejected = False
    t_new, y_new, f_new, step = t, y, f, 0.0 * t
    K = np.zeros((stages(kind), np.shape(y)[0])) + 0.0 * y
    while not accepted:
        t_new = t + sign * h
        if sign * (t_new - t1) > 0:
            t_new = t1 * 1.0
        step = t_new - t
        h = abs(ad.stop_gradient(step))
        y_new, f_new, K = explicit(fun, t, y, f, step, kind)
        error = ad.stop_gradient(scaled_error(kind, y, y_new, K, step, rtol, atol))
        if error < 1:
            factor = 10.0 if error == 0 else min(10.0, 0.9 * error**power)
            h = h * (min(1.0, factor) if rejected else factor)
            accepted = True
        else:
            h = h * max(0.2, 0.9 * error**power)
            rejected = True
    return step, t_new, y_new, f_new, K, h


def odeint(func: Any, y0: Any, t: Any, args: Any = (), Dfun: Any = None, col_deriv: int = 0, full_output: int = 0,
           ml: Any = None, mu: Any = None, rtol: Any = None, atol: Any = None, tcrit: Any = None, h0: float = 0.0,
           hmax: float = 0.0, hmin: float = 0.0, ixpr: int = 0, mxstep: int = 0, mxhnil: int = 0, mxordn: int = 12,
           mxords: int = 5, printmessg: int = 0, tfirst: bool = False) -> Any:
    """`scipy.integrate.odeint`: the solution at the times `t`, one a row."""
    more = args if isinstance(args, tuple) else (args,)

    def fun(time: Any, y: Any) -> Any:
        return np.asarray(func(time, y, *more)) if tfirst else np.asarray(func(y, time, *more))

    times = np.asarray(t)
    dense, _ = integrated(fun, times[0], times[-1], np.atleast_1d(np.asarray(y0) * 1.0), "LSODA",
                          1.49012e-8 if rtol is None else rtol, 1.49012e-8 if atol is None else atol, None,
                          np.inf if hmax == 0 else hmax, [])
    return dense(times).T


DEFINITIONS: dict[Any, Written] = {si.solve_ivp: Written(solve_ivp), si.odeint: Written(odeint)}
