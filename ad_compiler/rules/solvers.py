"""Solvers of SciPy that definitions hand to `ad_compiler.custom_root`: called on plain numbers, never differentiated.

Each takes its own options first, then the equation (a function of the unknowns that is zero at the solution) and a
guess, and gives the solution. They stand apart from the definitions, whose functions the tape runs on recorded arrays.
What did not converge raises RuntimeError, since nothing is known of the derivative there.

A solver asks for values often and for the gradient never: with 1 as its last unknown the system of a minimum leaves the
gradient out, and the solver takes differences of fourth order. That the gradient is zero where it ends is all that a
derivative needs.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize as so

# Stands for an infinite bound among the unknowns, where infinity would make differences that are not numbers.
ENDLESS = 1e300


def bracketed(method: str, xtol: float, rtol: float, maxiter: int, system: Any, u: Any) -> Any:
    """The root between two numbers, with the bracket as further unknowns."""
    low, high = u[1], u[2]
    found = getattr(so, method)(lambda x: float(system(np.array([x, low, high]))[0]), low, high, xtol=xtol, rtol=rtol,
                                maxiter=maxiter)
    return np.array([found, low, high])


def by_secant(tol: float, rtol: float, maxiter: int, x1: Any, equation: Any, x0: Any) -> Any:
    """A root near a guess, without derivatives."""
    return so.newton(equation, x0, tol=tol, rtol=rtol, maxiter=maxiter, x1=x1)


def by_root(method: str, tol: Any, options: Any, equation: Any, x0: Any) -> Any:
    """A root of a system."""
    start = np.asarray(x0, float)
    found = so.root(lambda x: np.ravel(equation(np.reshape(x, start.shape))), np.ravel(start), method=method, tol=tol,
                    options=options)
    if not found.success:
        raise RuntimeError(f"scipy.optimize.root did not converge: {found.message}")
    return np.reshape(found.x, start.shape)


def by_steps(xtol: float, maxiter: int, method: str, equation: Any, x0: Any) -> Any:
    """A fixed point, of the equation `g(x) - x = 0`."""
    return so.fixed_point(lambda x: equation(x) + x, x0, xtol=xtol, maxiter=maxiter, method=method)


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


def in_box(method: Any, tol: Any, options: Any, system: Any, u: Any) -> Any:
    """A minimum between bounds: behind the unknowns stand their bounds, then the value and the switch."""
    count = (len(u) - 2) // 3
    low, high = np.asarray(u[count:2 * count], float), np.asarray(u[2 * count:3 * count], float)

    def value(x: Any) -> float:
        return -float(system(np.concatenate([x, low, high, [0.0, 1.0]]))[-2])

    def slope(x: Any) -> Any:
        return np.array([slope_inside(value, x, k, low[k], high[k]) for k in range(count)])

    bounds = [(None if a <= -ENDLESS else a, None if b >= ENDLESS else b) for a, b in zip(low, high, strict=True)]
    x0 = np.clip(np.asarray(u[:count], float), low, high)
    jac = None if method in ("Nelder-Mead", "Powell", "COBYLA", "COBYQA") else slope
    found = so.minimize(value, x0, jac=jac, method=method, tol=tol, options=options, bounds=bounds)
    ends = slope(found.x)
    free = ~(((found.x <= low) & (ends >= 0)) | ((found.x >= high) & (ends <= 0)))
    stationary(ends[free], value(found.x), found.message)
    return np.concatenate([found.x, low, high, [value(found.x), 0.0]])


def slope_inside(value: Callable[[Any], float], x: Any, k: int, low: float, high: float) -> float:
    """The slope along one unknown by differences, from one side where a bound is near."""
    h = 1e-4 * (1.0 + abs(x[k]))

    def at(amount: float) -> float:
        return value(np.where(np.arange(x.size) == k, x + amount * h, x))

    if x[k] - 2 * h >= low and x[k] + 2 * h <= high:
        return (8 * (at(1) - at(-1)) - (at(2) - at(-2))) / (12 * h)
    side = 1.0 if x[k] + 3 * h <= high else -1.0
    return side * (-11 * at(0) + 18 * at(side) - 9 * at(2 * side) + 2 * at(3 * side)) / (6 * h)


def on_line(method: Any, low: Any, high: Any, bracket: Any, tol: Any, options: Any, system: Any, u: Any) -> Any:
    """A minimum over one number, brought to where the gradient is zero by Newton steps on differences."""
    def value(x: Any) -> float:
        return -float(system(np.array([float(np.reshape(x, ())), 0.0, 1.0]))[1])

    bounds = None if low is None else (low, high)
    found = so.minimize_scalar(value, method=method, bounds=bounds, bracket=bracket, tol=tol, options=options)
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
