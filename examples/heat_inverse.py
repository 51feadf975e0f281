"""Recover the temperature a rod had at the start from a measurement made later.

    python examples/heat_inverse.py [--steps 240] [--output examples/output]

The model is an explicit time loop that updates the rod in place. Its gradient through all the steps is
compiled from that loop and handed to `scipy.optimize.minimize`. The fit is saved as a picture, the last
line is the relative error of the recovered temperature.
"""
from __future__ import annotations

import argparse
from itertools import count
from pathlib import Path

import numpy as np
from scipy.optimize import OptimizeResult, minimize

from ad_compiler import value_and_grad

CELLS = 96


def cool(start, conductivity, steps):
    """Temperature of the rod after some explicit time steps."""
    u = start.copy()
    for step in range(steps):
        # heat flows between neighbours; no heat leaves through the two ends
        flow = conductivity * (u[1:] - u[:-1])
        u[:-1] += flow
        u[1:] -= flow
    return u


@value_and_grad
def misfit(start, conductivity, steps, measured, smoothing):
    """Half the squared distance to the measurement, plus a price for roughness."""
    residual = cool(start, conductivity, steps) - measured
    bend = start[2:] - 2.0 * start[1:-1] + start[:-2]
    return 0.5 * np.dot(residual, residual) + 0.5 * smoothing * np.dot(bend, bend)


def true_start() -> np.ndarray:
    """Two warm regions, one broad and one narrow."""
    x = np.linspace(0.0, 1.0, CELLS)
    return 20.0 + 60.0 * np.exp(-((x - 0.3) / 0.1) ** 2) + 35.0 * np.exp(-((x - 0.72) / 0.08) ** 2)


def recover(measured: np.ndarray, conductivity: np.ndarray, steps: int, smoothing: float) -> OptimizeResult:
    """Minimise the misfit from a rod of even temperature, printing the iterations."""
    print("iteration      misfit   |gradient|")
    iterations = count(1)

    def report(intermediate_result: OptimizeResult) -> None:
        iteration = next(iterations)
        if iteration < 4 or iteration % 20 == 0:
            value, slope = misfit(intermediate_result.x, conductivity, steps, measured, smoothing)
            print(f"{iteration:9d}  {value:10.4f}   {np.max(np.abs(slope)):10.2e}")

    return minimize(misfit, np.full(CELLS, measured.mean()), args=(conductivity, steps, measured, smoothing),
                    jac=True, method="L-BFGS-B", callback=report, options={"maxiter": 300, "ftol": 1e-6})


def plot(start: np.ndarray, measured: np.ndarray, found: np.ndarray, steps: int, path: Path) -> None:
    """Save the true, the measured and the recovered temperature."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    x = np.linspace(0.0, 1.0, CELLS)
    figure, axes = plt.subplots(figsize=(7, 4))
    axes.plot(x, start, "k-", label="true temperature at the start")
    axes.plot(x, measured, ".", color="0.6", label=f"measured after {steps} steps")
    axes.plot(x, found, "C3--", label="recovered from the measurement")
    axes.set(xlabel="position on the rod", ylabel="temperature", title="Heat conduction, followed back")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> float:
    """Simulate, measure, recover, plot; returns the relative error of the recovered start."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--steps", type=int, default=240)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "output")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)

    rng = np.random.default_rng(0)
    conductivity = 0.15 + 0.1 * rng.random(CELLS - 1)
    start = true_start()
    measured = cool(start, conductivity, options.steps) + 0.02 * rng.normal(size=CELLS)
    print(f"a rod of {CELLS} cells, measured with noise after {options.steps} time steps")

    result = recover(measured, conductivity, options.steps, smoothing=1e-3)
    print(f"{result.nit} iterations, {result.nfev} gradients: {result.message}")
    picture = options.output / "heat_inverse.png"
    plot(start, measured, result.x, options.steps, picture)
    print(f"the fit is in {picture}")
    error = float(np.linalg.norm(result.x - start) / np.linalg.norm(start - start.mean()))
    print(f"relative error: {error:.4f}")
    return error


if __name__ == "__main__":
    main()
