"""Roots and minima of `scipy.optimize`, differentiated by the implicit function theorem.

SciPy finds the solution; its derivative follows from the equation that it solves (`ad_compiler.custom_root`), in
everything that the function uses. A minimum is a root of the gradient. The solvers of these definitions get the
equation and a guess only, so numbers that they need beside (brackets, the function's value) are unknowns with equations
of their own.

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

from ad_compiler.rules.written import Written

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


# --- solvers: called on plain numbers ---------------------------------------------------------------------------------
def bracketed(method: Callable[..., Any], xtol: float, rtol: float, maxiter: int, system: Any, u: Any) -> Any:
    """The root between two numbers, with the bracket as further unknowns."""
    low, high = u[1], u[2]
    found = method(lambda x: float(system(np.array([x, low, high]))[0]), low, high, xtol=xtol, rtol=rtol,
                   maxiter=maxiter)
    return np.array([found, low, high])


def by_secant(tol: float, maxiter: int, equation: Any, x0: Any) -> Any:
    """A root near a guess, without derivatives."""
    return so.newton(equation, x0, tol=tol, maxiter=maxiter)


def by_root(method: str, tol: Any, equation: Any, x0: Any) -> Any:
    """A root of a system."""
    start = np.asarray(x0, float)
    found = so.root(lambda x: np.ravel(equation(np.reshape(x, start.shape))), np.ravel(start), method=method, tol=tol)
    if not found.success:
        raise RuntimeError(f"scipy.optimize.root did not converge: {found.message}")
    return np.reshape(found.x, start.shape)


def by_steps(xtol: float, maxiter: int, method: str, equation: Any, x0: Any) -> Any:
    """A fixed point, of the equation `g(x) - x = 0`."""
    return so.fixed_point(lambda x: equation(x) + x, x0, xtol=xtol, maxiter=maxiter, method=method)


# A solver asks for values often and for the gradient never: with 1 at its end the system leaves the gradient out, and
# the solver takes differences of fourth order. That the gradient is zero where it ends is all that a derivative needs.
def slope_of(value: Callable[[Any], float], x: Any) -> Any:
    """The gradient by central differences of fourth order."""
    found = np.zeros_like(x)
    for k in range(x.size):
        step = np.zeros_like(x)
        step[k] = 1e-3 * (1.0 + abs(x[k]))
        near, far = value(x + step) - value(x - step), value(x + 2 * step) - value(x - 2 * step)
        found[k] = (8 * near - far) / (12 * step[k])
    return found


def by_descent(method: Any, tol: Any, options: Any, system: Any, u: Any) -> Any:
    """A minimum: the system gives the gradient, minus the value, and the switch."""
    def value(x: Any) -> float:
        return -float(system(np.concatenate([x, [0.0, 1.0]]))[-2])

    x0 = np.asarray(u[:-2], float)
    found = so.minimize(value, x0, jac=lambda x: slope_of(value, x), method=method, tol=tol, options=options)
    stationary(slope_of(value, found.x), value(found.x), found.message)
    return np.concatenate([found.x, [value(found.x), 0.0]])


def on_line(method: Any, low: Any, high: Any, tol: Any, system: Any, u: Any) -> Any:
    """A minimum over one number, brought to where the gradient is zero by Newton steps on differences."""
    def value(x: Any) -> float:
        return -float(system(np.array([float(np.reshape(x, ())), 0.0, 1.0]))[1])

    bounds = None if low is None else (low, high)
    found = so.minimize_scalar(value, method=method, bounds=bounds, tol=tol)
    x = np.array([float(found.x)])
    stationary(slope_of(value, x), value(x[0]), "the minimum lies on a bound, or was not found")
    for _ in range(3):
        h = 1e-3 * (1.0 + abs(x[0]))
        bend = (value(x[0] + h) - 2 * value(x[0]) + value(x[0] - h)) / (h * h)
        if bend > 0:
            x = x - slope_of(value, x) / bend
    return np.array([x[0], value(x[0]), 0.0])


def by_residuals(method: str, ftol: Any, xtol: Any, gtol: Any, system: Any, u: Any) -> Any:
    """A least-squares solution: the system gives the gradient of half the squares, minus the residuals, and the switch.

    The last number but one of the guess says how many unknowns there are; its equation is that it stays.
    """
    count = int(u[-2])
    values = np.asarray(u[:-2], float)

    def residuals(x: Any) -> Any:
        return -np.asarray(system(np.concatenate([x, np.zeros(values.size - count), [count, 1.0]])), float)[count:-2]

    def squares(x: Any) -> float:
        return 0.5 * float(np.sum(residuals(x) ** 2))

    found = so.least_squares(residuals, values[:count], method=method, ftol=ftol, xtol=xtol, gtol=gtol)
    stationary(slope_of(squares, found.x), squares(found.x), found.message)
    return np.concatenate([found.x, residuals(found.x), [count, 0.0]])


def stationary(slope: Any, value: float, message: Any) -> None:
    """Raise where the gradient is not zero: no minimum inside the domain."""
    if not np.max(np.abs(slope), initial=0.0) <= 1e-3 * (1.0 + abs(value)):
        raise RuntimeError(f"the minimiser did not end where the gradient is zero: {message}")


# --- definitions ------------------------------------------------------------------------------------------------------
def bracketing(method: Callable[..., Any]) -> Callable[..., Any]:
    """`scipy.optimize.brentq` and its relatives."""
    def find(f: Any, a: Any, b: Any, args: Any = (), xtol: float = 2e-12, rtol: float = 8.881784197001252e-16,
             maxiter: int = 100, full_output: bool = False, disp: bool = True) -> Any:
        return between(method, f, a, b, args, xtol, rtol, maxiter)
    return find


def between(method: Any, f: Any, a: Any, b: Any, args: Any, xtol: float, rtol: float, maxiter: int) -> Any:
    """A root between two numbers."""
    more = args if isinstance(args, tuple) else (args,)

    def system(u: Any) -> Any:
        return np.array([f(u[0], *more), u[1] - a, u[2] - b])

    guess = np.array([0.5 * (a + b), a * 1.0, b * 1.0])
    return ad.custom_root(system, guess, functools.partial(bracketed, method, xtol, rtol, maxiter))[0]


def newton(func: Any, x0: Any, fprime: Any = None, args: Any = (), tol: float = 1.48e-8, maxiter: int = 50,
           fprime2: Any = None, x1: Any = None, rtol: float = 0.0, full_output: bool = False, disp: bool = True) -> Any:
    """`scipy.optimize.newton`."""
    return ad.custom_root(lambda x: func(x, *args), x0 * 1.0, functools.partial(by_secant, min(tol, 1e-12), maxiter))


def root_scalar(f: Any, args: Any = (), method: Any = None, bracket: Any = None, fprime: Any = None,
                fprime2: Any = None, x0: Any = None, x1: Any = None, xtol: Any = None, rtol: Any = None,
                maxiter: Any = None, options: Any = None) -> Any:
    """`scipy.optimize.root_scalar`."""
    if bracket is not None:
        x = between(so.brentq, f, bracket[0], bracket[1], args, 2e-12 if xtol is None else xtol,
                    8.881784197001252e-16 if rtol is None else rtol, 100 if maxiter is None else maxiter)
    else:
        x = newton(f, x0, args=args, tol=1.48e-8 if xtol is None else xtol, maxiter=50 if maxiter is None else maxiter)
    return RootResult(x, f(x, *args), True, x, True, "")


def root(fun: Any, x0: Any, args: Any = (), method: str = "hybr", jac: Any = None, tol: Any = None,
         callback: Any = None, options: Any = None) -> Any:
    """`scipy.optimize.root`."""
    more = args if isinstance(args, tuple) else (args,)
    x = ad.custom_root(lambda x: fun(x, *more), np.asarray(x0) * 1.0, functools.partial(by_root, method, tol))
    return RootResult(x, fun(x, *more), True, x, True, "")


def fsolve(func: Any, x0: Any, args: Any = (), fprime: Any = None, full_output: bool = False, col_deriv: bool = False,
           xtol: float = 1.49012e-8, maxfev: int = 0, band: Any = None, epsfcn: Any = None, factor: Any = 100,
           diag: Any = None) -> Any:
    """`scipy.optimize.fsolve`."""
    return root(func, x0, args, tol=xtol).x


def fixed_point(func: Any, x0: Any, args: Any = (), xtol: float = 1e-8, maxiter: int = 500,
                method: str = "del2") -> Any:
    """`scipy.optimize.fixed_point`."""
    return ad.custom_root(lambda x: func(x, *args) - x, x0 * 1.0, functools.partial(by_steps, xtol, maxiter, method))


def minimize(fun: Any, x0: Any, args: Any = (), method: Any = None, jac: Any = None, hess: Any = None,
             hessp: Any = None, bounds: Any = None, constraints: Any = (), tol: Any = None, callback: Any = None,
             options: Any = None) -> Any:
    """`scipy.optimize.minimize` without bounds and constraints; gradients are ours."""
    if bounds is not None or constraints:
        raise NotImplementedError("scipy.optimize.minimize has a derivative without bounds and constraints")
    more = args if isinstance(args, tuple) else (args,)
    start = np.asarray(x0) * 1.0
    slope = ad.grad(lambda q: fun(q, *more))

    def system(u: Any) -> Any:
        x = u[:-2]
        gradient = 0.0 * x if u[-1] > 0.5 else slope(x)
        return np.concatenate([gradient, np.array([u[-2] - fun(x, *more), u[-1]])])

    guess = np.concatenate([start, np.zeros(2)])
    x = ad.custom_root(system, guess, functools.partial(by_descent, method, tol, options))[:-2]
    return MinimizeResult(x, fun(x, *more), True, "")


def minimize_scalar(fun: Any, bracket: Any = None, bounds: Any = None, args: Any = (), method: Any = None,
                    tol: Any = None, options: Any = None) -> Any:
    """`scipy.optimize.minimize_scalar`, of a minimum inside the bounds."""
    slope = ad.grad(lambda q: fun(q, *args))

    def system(u: Any) -> Any:
        gradient = 0.0 if u[2] > 0.5 else slope(u[0])
        return np.array([gradient, u[1] - fun(u[0], *args), u[2]])

    low, high = (None, None) if bounds is None else bounds
    solve = functools.partial(on_line, method, low, high, tol)
    x = ad.custom_root(system, np.array([1.0, 0.0, 0.0]), solve)[0]
    return MinimizeResult(x, fun(x, *args), True, "")


def least_squares(fun: Any, x0: Any, jac: Any = "2-point", bounds: Any = None, method: str = "trf", ftol: Any = 1e-8,
                  xtol: Any = 1e-8, gtol: Any = 1e-8, args: Any = ()) -> Any:
    """`scipy.optimize.least_squares` without bounds and with the plain loss."""
    if bounds is not None:
        raise NotImplementedError("scipy.optimize.least_squares has a derivative without bounds")
    start = np.asarray(x0) * 1.0
    slope = ad.grad(lambda q: 0.5 * np.sum(fun(q, *args) ** 2))

    count = np.size(start)

    def system(u: Any) -> Any:
        x = u[:count]
        gradient = 0.0 * x if u[-1] > 0.5 else slope(x)
        return np.concatenate([gradient, u[count:-2] - fun(x, *args), np.array([u[-2] - count, u[-1]])])

    guess = np.concatenate([np.ravel(start), 0.0 * fun(start, *args), np.array([count * 1.0, 0.0])])
    solve = functools.partial(by_residuals, method, ftol, xtol, gtol)
    x = ad.custom_root(system, guess, solve)[:count]
    return MinimizeResult(x, fun(x, *args), True, "")


def curve_fit(f: Any, xdata: Any, ydata: Any, p0: Any = None, sigma: Any = None, absolute_sigma: bool = False,
              check_finite: Any = None, bounds: Any = None, method: Any = None, jac: Any = None) -> Any:
    """`scipy.optimize.curve_fit` from a start `p0`, without bounds: the parameters and their covariance."""
    if p0 is None or bounds is not None:
        raise NotImplementedError("scipy.optimize.curve_fit has a derivative with p0= and without bounds=")
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
    """`scipy.optimize.toms748`."""
    return between(so.toms748, f, a, b, args, xtol, rtol, maxiter)


def rosen(x: Any) -> Any:
    """`scipy.optimize.rosen`."""
    x = np.asarray(x)
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2, axis=0)


DEFINITIONS: dict[Any, Written] = {
    **{method: Written(bracketing(method)) for method in (so.brentq, so.brenth, so.bisect, so.ridder)},
    so.newton: Written(newton), so.root_scalar: Written(root_scalar), so.root: Written(root),
    so.fsolve: Written(fsolve),
    so.fixed_point: Written(fixed_point), so.minimize: Written(minimize), so.minimize_scalar: Written(minimize_scalar),
    so.least_squares: Written(least_squares), so.curve_fit: Written(curve_fit), so.toms748: Written(toms748),
    so.rosen: Written(rosen),
}
