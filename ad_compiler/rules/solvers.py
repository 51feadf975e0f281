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

# The method of Radau of order 5: nodes, weights, of the error, and of the polynomial inside the step.
_R = 6**0.5
RADAU_NODES = np.array([(4 - _R) / 10, (4 + _R) / 10, 1.0])
RADAU_WEIGHTS = np.array([[(88 - 7 * _R) / 360, (296 - 169 * _R) / 1800, (-2 + 3 * _R) / 225],
                          [(296 + 169 * _R) / 1800, (88 + 7 * _R) / 360, (-2 - 3 * _R) / 225],
                          [(16 - _R) / 36, (16 + _R) / 36, 1 / 9]])
RADAU_INSIDE = np.linalg.inv(np.stack([RADAU_NODES, RADAU_NODES**2, RADAU_NODES**3], axis=1)).T
_RADAU_ERROR = np.array([-13 - 7 * _R, -13 + 7 * _R, -1]) / 3
_RADAU_REAL = 3 + 3 ** (2 / 3) - 3 ** (1 / 3)


def bracketed(method: str, xtol: float, rtol: float, maxiter: int, system: Any, u: Any) -> Any:
    """The root between two numbers, with the bracket as further unknowns."""
    low, high = u[1], u[2]
    found = getattr(so, method)(lambda x: float(system(np.array([x, low, high]))[0]), low, high, xtol=xtol, rtol=rtol,
                                maxiter=maxiter)
    return np.array([found, low, high])


def in_bracket(system: Any, u: Any) -> Any:
    """The root between the two numbers behind the guess, as exactly as numbers are."""
    least = 4 * float(np.finfo(float).eps)
    return bracketed("brentq", least, least, 100, system, u)


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
    stationary_inside(found.x, slope(found.x), low, high, value(found.x), found.message)
    return np.concatenate([found.x, low, high, [value(found.x), 0.0]])


def stationary_inside(x: Any, slope: Any, low: Any, high: Any, value: float, message: Any) -> None:
    """Raise where the gradient is not zero along an unknown that no bound holds."""
    free = ~(((x <= low) & (slope >= 0)) | ((x >= high) & (slope <= 0)))
    stationary(slope[free], value, message)


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


def radau_step(rtol: Any, atol: Any, system: Any, u: Any) -> Any:
    """The stages of a step of Radau's method, with the largest size not above the given one that is accurate enough.

    The unknowns are the stages, the solution and its slope at the beginning, the size, and the size to try next.
    """
    n = (len(u) - 2) // 5
    y, f, h = np.asarray(u[3 * n:4 * n], float), np.asarray(u[4 * n:5 * n], float), float(u[-2])
    rejected = False
    for _ in range(100):
        stages, slope = _stages(system, y, f, h, atol + np.abs(y) * rtol, rtol)
        error = np.inf
        if stages is not None:
            z = stages.reshape(3, n)
            wrong = np.linalg.solve(_RADAU_REAL / h * np.eye(n) - slope, f + z.T @ _RADAU_ERROR / h)
            error = _rms(wrong / (atol + np.maximum(np.abs(y), np.abs(y + z[2])) * rtol))
        if stages is not None and error < 1:
            growth = 10.0 if error == 0 else min(10.0, 0.9 * error**-0.25)
            return np.concatenate([stages, y, f, [h, h * (min(1.0, growth) if rejected else growth)]])
        rejected = True
        h *= 0.3 if not np.isfinite(error) else max(0.2, 0.9 * error**-0.25)
    raise RuntimeError("the method of Radau found no step that is small enough")


def _stages(system: Any, y: Any, f: Any, h: float, scale: Any, rtol: float) -> tuple[Any, Any]:
    """The stages by Newton's iteration with one matrix, and the derivative of the right-hand side; None if it fails."""
    n = y.size

    def residual(z: Any) -> Any:
        return np.asarray(system(np.concatenate([z, y, f, [h, h]])), float)[:3 * n]

    start = residual(np.zeros(3 * n))
    matrix = np.empty((3 * n, 3 * n))
    for k in range(3 * n):
        unit = np.zeros(3 * n)
        unit[k] = 1e-7 * (1e-3 + abs(y[k % n]))
        matrix[:, k] = (residual(unit) - start) / unit[k]
    slope = (np.eye(n) - matrix[:n, :n]) / (h * RADAU_WEIGHTS[0, 0])
    z, rest, last = np.zeros(3 * n), start, np.inf
    for _ in range(20):
        change = -np.linalg.solve(matrix, rest)
        z = z + change
        size = _rms(change / np.tile(scale, 3))
        if not np.isfinite(size) or size > 2 * last:
            return None, slope
        if size < 1e-9 * min(1.0, 1e-3 / rtol) or (size < 1e-3 and size > 0.5 * last):
            return z, slope
        rest, last = residual(z), size
    return (z, slope) if last < 1e-3 else (None, slope)


def _rms(x: Any) -> float:
    return float(np.sqrt(np.mean(np.square(x))))
