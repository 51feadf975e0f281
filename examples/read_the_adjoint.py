"""Print a function beside the backward pass that is generated from it, and check that pass numerically.

    python examples/read_the_adjoint.py

Left is the program as it was written, right is what `ad_compiler` made of it: ordinary NumPy with the same
names, in which every adjoint statement says which line it belongs to. The last line is the largest
difference between the generated gradient and finite differences.
"""
from __future__ import annotations

import inspect
from collections.abc import Callable
from itertools import zip_longest

import numpy as np

import ad_compiler as ad


def energy_after(u0, k, steps):
    """Energy left in a rod after some explicit heat steps."""
    u = u0.copy()
    for step in range(steps):
        # interior only: the two ends are held
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += k * lap
    return 0.5 * np.dot(u, u)


def side_by_side(left: str, right: str) -> str:
    """Two texts in two columns."""
    left_lines, right_lines = left.rstrip().splitlines(), right.rstrip().splitlines()
    width = max(map(len, left_lines))
    pairs = zip_longest(left_lines, right_lines, fillvalue="")
    return "\n".join(f"{one:{width}}  |  {other}".rstrip() for one, other in pairs)


def numerical_gradient(f: Callable[[np.ndarray], float], x: np.ndarray, step: float = 1e-3) -> np.ndarray:
    """Fourth-order central differences of a function of a vector."""
    slope = np.empty_like(x)
    for i, unit in enumerate(np.eye(x.size)):
        near = f(x + step * unit) - f(x - step * unit)
        far = f(x + 2.0 * step * unit) - f(x - 2.0 * step * unit)
        slope[i] = (8.0 * near - far) / (12.0 * step)
    return slope


def main() -> float:
    """Print both texts and compare numbers; returns the largest difference."""
    rng = np.random.default_rng(0)
    u0, k, steps = rng.random(9), 0.2, 5
    gradient = ad.grad(energy_after, argnums=(0, 1))

    module = ad.source(gradient, u0, k, steps)
    print(side_by_side(inspect.getsource(energy_after), module[module.index("def "):]))
    print()
    u0_bar, k_bar = gradient(u0, k, steps)
    print("gradient for u0:", np.array2string(u0_bar, precision=4))
    print(f"gradient for k:  {k_bar:.4f}")

    expected_u0 = numerical_gradient(lambda u: energy_after(u, k, steps), u0)
    expected_k = numerical_gradient(lambda kk: energy_after(u0, kk[0], steps), np.array([k]))
    error = float(max(np.max(np.abs(u0_bar - expected_u0)), np.max(np.abs(k_bar - expected_k))))
    print(f"largest difference from finite differences: {error:.1e}")
    return error


if __name__ == "__main__":
    main()
