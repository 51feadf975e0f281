"""Roots and minima of `scipy.optimize`, differentiated by the implicit function theorem.

SciPy finds the solution (`rules/solvers.py`); its derivative follows from the equation that it solves
(`ad_compiler.custom_root`), in everything that the function uses. A minimum is a root of the gradient; where a bound
holds it, it is the bound. The solvers of these definitions get the equation and a guess only, so numbers that they need
beside (brackets, bounds, the function's value) are unknowns with equations of their own.

Derivatives do not pass through guesses and brackets. What did not converge raises RuntimeError, since nothing is known
of the derivative there.
"""
from __future__ import annotations

import functools
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
import scipy.optimize as so

from ad_compiler.rules.solvers import (
    ENDLESS,
    bracketed,
    by_descent,
    by_residuals,
    by_root,
    by_secant,
    by_steps,
    in_box,
    on_line,
)
from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import unsupported
from ad_compiler.rules.written.scipy_constrained import constrained

ad: Any = import_module("ad_compiler")  # a definition is a program: it uses what programs use


class RootResult(NamedTuple):
    """What `root` and `root_scalar` give, by SciPy's names."""

    x: Any
    fun: Any
    success: bool
    root: Any
    converged: bool
    message: str


class MinimizeResult(NamedTuple):
    """What the minimisers give, by SciPy's names."""

    x: Any
    fun: Any
    success: bool
    message: str


class LeastSquaresResult(NamedTuple):
    """What `least_squares` gives, by SciPy's names."""

    x: Any
    cost: Any
    fun: Any
    success: bool
    message: str


def bracketing(method: str) -> Callable[..., Any]:
    """`scipy.optimize.brentq` and its relatives."""
    def find(f: Any, a: Any, b: Any, args: Any = (), xtol: float = 2e-12, rtol: float = 8.881784197001252e-16,
             maxiter: int = 100, full_output: bool = False, disp: bool = True) -> Any:
        x = between(method, f, a, b, args, xtol, rtol, maxiter)
        return (x, RootResult(x, 0.0, True, x, True, "converged")) if full_output else x
    return find


def between(method: str, f: Any, a: Any, b: Any, args: Any, xtol: float, rtol: float, maxiter: int) -> Any:
    """A root between two numbers."""
    more = args if isinstance(args, tuple) else (args,)

    def system(u: Any) -> Any:
        return np.array([f(u[0], *more), u[1] - a, u[2] - b])

    guess = np.array([0.5 * (a + b), a * 1.0, b * 1.0])
    return ad.custom_root(system, guess, functools.partial(bracketed, method, xtol, rtol, maxiter))[0]


def newton(func: Any, x0: Any, fprime: Any = None, args: Any = (), tol: float = 1.48e-8, maxiter: int = 50,
           fprime2: Any = None, x1: Any = None, rtol: float = 0.0, full_output: bool = False, disp: bool = True) -> Any:
    """`scipy.optimize.newton`."""
    more = args if isinstance(args, tuple) else (args,)
    x = ad.custom_root(lambda x: func(x, *more), x0 * 1.0,
                       functools.partial(by_secant, min(tol, 1e-12), rtol, maxiter, x1))
    return (x, RootResult(x, 0.0, True, x, True, "converged")) if full_output else x


def root_scalar(f: Any, args: Any = (), method: Any = None, bracket: Any = None, fprime: Any = None,
                fprime2: Any = None, x0: Any = None, x1: Any = None, xtol: Any = None, rtol: Any = None,
                maxiter: Any = None, options: Any = None) -> Any:
    """`scipy.optimize.root_scalar`. Which method finds a root does not change its derivative."""
    more = args if isinstance(args, tuple) else (args,)
    if bracket is not None:
        method = method if method in ("bisect", "brentq", "brenth", "ridder", "toms748") else "brentq"
        x = between(method, f, bracket[0], bracket[1], args, 2e-12 if xtol is None else xtol,
                    8.881784197001252e-16 if rtol is None else rtol, 100 if maxiter is None else maxiter)
    else:
        x = newton(f, x0, args=args, tol=1.48e-8 if xtol is None else xtol, maxiter=50 if maxiter is None else maxiter,
                   x1=x1)
    return RootResult(x, f(x, *more), True, x, True, "")


def first_of(fun: Any, jac: Any) -> Any:
    """The function alone, where it gives its derivative as well (`jac=True`)."""
    return (lambda *args: fun(*args)[0]) if jac is True else fun


def root(fun: Any, x0: Any, args: Any = (), method: str = "hybr", jac: Any = None, tol: Any = None,
         callback: Any = None, options: Any = None) -> Any:
    """`scipy.optimize.root`."""
    more = args if isinstance(args, tuple) else (args,)
    of = first_of(fun, jac)
    x = ad.custom_root(lambda x: np.asarray(of(x, *more)), np.asarray(x0) * 1.0,
                       functools.partial(by_root, method, tol, options))
    return RootResult(x, of(x, *more), True, x, True, "")


def fsolve(func: Any, x0: Any, args: Any = (), fprime: Any = None, full_output: bool = False, col_deriv: bool = False,
           xtol: float = 1.49012e-8, maxfev: int = 0, band: Any = None, epsfcn: Any = None, factor: Any = 100,
           diag: Any = None) -> Any:
    """`scipy.optimize.fsolve`."""
    found = root(func, x0, args, tol=xtol)
    return (found.x, {"fvec": found.fun}, 1, "The solution converged.") if full_output else found.x


def fixed_point(func: Any, x0: Any, args: Any = (), xtol: float = 1e-8, maxiter: int = 500,
                method: str = "del2") -> Any:
    """`scipy.optimize.fixed_point`."""
    return ad.custom_root(lambda x: func(x, *args) - x, x0 * 1.0, functools.partial(by_steps, xtol, maxiter, method))


def minimize(fun: Any, x0: Any, args: Any = (), method: Any = None, jac: Any = None, hess: Any = None,
             hessp: Any = None, bounds: Any = None, constraints: Any = (), tol: Any = None, callback: Any = None,
             options: Any = None) -> Any:
    """`scipy.optimize.minimize`, with bounds or constraints; gradients are ours."""
    more = args if isinstance(args, tuple) else (args,)
    of = first_of(fun, jac)
    start = np.atleast_1d(np.asarray(x0) * 1.0)
    if not isinstance(constraints, tuple | list) or len(constraints) > 0:
        if bounds is not None:
            unsupported("scipy.optimize.minimize has a derivative with bounds or with constraints: write bounds as "
                        "constraints of type 'ineq'")
        x = constrained(lambda q: of(q, *more), start, constraints, method, tol, options)
        return MinimizeResult(x, of(x, *more), True, "")
    if bounds is not None:
        return within(lambda q: of(q, *more), start, bounds, functools.partial(in_box, method, tol, options))
    slope = ad.grad(lambda q: of(q, *more))

    def system(u: Any) -> Any:
        x = u[:-2]
        gradient = 0.0 * x if u[-1] > 0.5 else slope(x)
        return np.concatenate([gradient, np.array([u[-2] - of(x, *more), u[-1]])])

    guess = np.concatenate([start, np.zeros(2)])
    x = ad.custom_root(system, guess, functools.partial(by_descent, method, tol, options))[:-2]
    return MinimizeResult(x, of(x, *more), True, "")


def sides(bounds: Any, count: int) -> Any:
    """Lower and upper bounds as two arrays, from SciPy's object or from pairs; None is no bound."""
    if isinstance(bounds, so.Bounds):
        low, high = bounds.lb + np.zeros(count), bounds.ub + np.zeros(count)
    else:
        low = np.array([-ENDLESS if pair[0] is None else pair[0] for pair in bounds])
        high = np.array([ENDLESS if pair[1] is None else pair[1] for pair in bounds])
    return np.maximum(low, -ENDLESS), np.minimum(high, ENDLESS)


def within(cost: Any, start: Any, bounds: Any, solve: Callable[[Any, Any], Any]) -> Any:
    """A minimum between bounds: an unknown that a bound holds is that bound, the others make their slopes zero."""
    count = np.size(start)
    low, high = sides(bounds, count)
    slope = ad.grad(cost)

    def system(u: Any) -> Any:
        x = u[:count]
        lowest, highest = u[count:2 * count], u[2 * count:3 * count]
        gradient = 0.0 * x if u[-1] > 0.5 else slope(x)
        held_low, held_high = (x <= lowest) & (gradient >= 0), (x >= highest) & (gradient <= 0)
        equations = np.where(held_low, x - lowest, np.where(held_high, x - highest, gradient))
        return np.concatenate([equations, lowest - low, highest - high, np.array([u[-2] - cost(x), u[-1]])])

    guess = np.concatenate([start, low, high, np.zeros(2)])
    x = ad.custom_root(system, guess, solve)[:count]
    return MinimizeResult(x, cost(x), True, "")


def minimize_scalar(fun: Any, bracket: Any = None, bounds: Any = None, args: Any = (), method: Any = None,
                    tol: Any = None, options: Any = None) -> Any:
    """`scipy.optimize.minimize_scalar`, of a minimum inside the bounds."""
    more = args if isinstance(args, tuple) else (args,)
    slope = ad.grad(lambda q: fun(q, *more))

    def system(u: Any) -> Any:
        gradient = 0.0 if u[2] > 0.5 else slope(u[0])
        return np.array([gradient, u[1] - fun(u[0], *more), u[2]])

    low, high = (None, None) if bounds is None else bounds
    solve = functools.partial(on_line, method, low, high, bracket, tol, options)
    x = ad.custom_root(system, np.array([1.0, 0.0, 0.0]), solve)[0]
    return MinimizeResult(x, fun(x, *more), True, "")


def least_squares(fun: Any, x0: Any, jac: Any = "2-point", bounds: Any = None, method: str = "trf", ftol: Any = 1e-8,
                  xtol: Any = 1e-8, gtol: Any = 1e-8, x_scale: Any = None, loss: Any = "linear", f_scale: Any = 1.0,
                  diff_step: Any = None, tr_solver: Any = None, tr_options: Any = None, jac_sparsity: Any = None,
                  max_nfev: Any = None, verbose: Any = 0, args: Any = (), kwargs: Any = None) -> Any:
    """`scipy.optimize.least_squares` without bounds and with the plain loss."""
    if bounds is not None:
        unsupported("scipy.optimize.least_squares has a derivative without bounds")
    start = np.asarray(x0) * 1.0
    named = {} if kwargs is None else kwargs
    slope = ad.grad(lambda q: 0.5 * np.sum(fun(q, *args, **named) ** 2))
    count = np.size(start)

    def system(u: Any) -> Any:
        x = u[:count]
        gradient = 0.0 * x if u[-1] > 0.5 else slope(x)
        return np.concatenate([gradient, u[count:-2] - fun(x, *args, **named), np.array([u[-2] - count, u[-1]])])

    guess = np.concatenate([np.ravel(start), 0.0 * fun(start, *args, **named), np.array([count * 1.0, 0.0])])
    solve = functools.partial(by_residuals, method, ftol, xtol, gtol)
    x = ad.custom_root(system, guess, solve)[:count]
    rest = fun(x, *args, **named)
    return LeastSquaresResult(x, 0.5 * np.sum(rest**2), rest, True, "")


def curve_fit(f: Any, xdata: Any, ydata: Any, p0: Any = None, sigma: Any = None, absolute_sigma: bool = False,
              check_finite: Any = None, bounds: Any = None, method: Any = None, jac: Any = None) -> Any:
    """`scipy.optimize.curve_fit` from a start `p0`, without bounds: the parameters and their covariance."""
    if p0 is None or bounds is not None:
        unsupported("scipy.optimize.curve_fit has a derivative with p0= and without bounds=")
    places = tuple(range(len(p0)))

    def residuals(p: Any) -> Any:
        rest = f(xdata, *[p[k] for k in places]) - ydata
        return rest if sigma is None else rest / sigma

    p = least_squares(residuals, np.asarray(p0) * 1.0, ftol=1e-15, xtol=1e-15, gtol=1e-15).x
    columns = [ad.jvp(residuals, (p,), (np.eye(len(p0))[k],))[1] for k in places]
    slopes = np.stack(columns, axis=1)
    covariance = np.linalg.inv(slopes.T @ slopes)
    if absolute_sigma:
        return p, covariance
    return p, covariance * np.sum(residuals(p) ** 2) / (np.size(ydata) - len(p0))


def toms748(f: Any, a: Any, b: Any, args: Any = (), k: int = 1, xtol: float = 2e-12,
            rtol: float = 8.881784197001252e-16, maxiter: int = 100, full_output: bool = False,
            disp: bool = True) -> Any:
    """`scipy.optimize.toms748`; `k` is how often it interpolates, not what it finds."""
    x = between("toms748", f, a, b, args, xtol, rtol, maxiter)
    return (x, RootResult(x, 0.0, True, x, True, "converged")) if full_output else x


def rosen(x: Any) -> Any:
    """`scipy.optimize.rosen`."""
    x = np.asarray(x)
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2, axis=0)


DEFINITIONS: dict[Any, Written] = {
    **{getattr(so, name): Written(bracketing(name)) for name in ("brentq", "brenth", "bisect", "ridder")},
    so.newton: Written(newton), so.root_scalar: Written(root_scalar), so.root: Written(root),
    so.fsolve: Written(fsolve),
    so.fixed_point: Written(fixed_point), so.minimize: Written(minimize), so.minimize_scalar: Written(minimize_scalar),
    so.least_squares: Written(least_squares), so.curve_fit: Written(curve_fit, harmless=("method",)),
    so.toms748: Written(toms748),
    so.rosen: Written(rosen),
}
