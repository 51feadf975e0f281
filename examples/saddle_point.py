"""A saddle point by nested gradients: fit a line that an adversary tilts as much as it may.

    python examples/saddle_point.py [--rounds 60]

The adversary shifts the measurements to make the fit worse, at a price; it climbs by gradients that are taken inside
the loss. The fit descends by the gradient of that loss, so through every step of the climb. Loss and price are
quadratic, so the saddle point also solves a linear system: the last line is the distance to it.
"""
from __future__ import annotations

import argparse

import numpy as np

import ad_compiler as ad

PRICE, RIDGE = 4.0, 0.1
X = np.column_stack((np.ones(20), np.linspace(-1.0, 1.0, 20)))
Y = 1.0 + 2.0 * X[:, 1] + 0.3 * np.random.default_rng(0).normal(size=20)


def game(weights, shift):
    """What the fit wants small and the adversary large."""
    residual = X @ weights - Y - shift
    ridge, price = 0.5 * RIDGE * np.dot(weights, weights), 0.5 * PRICE * np.dot(shift, shift)
    return 0.5 * np.dot(residual, residual) + ridge - price


def worst_shift(weights, climb):
    """The adversary's answer: gradient ascent until a step changes little."""
    shift = np.zeros(len(Y))
    step = ad.grad(game, argnums=1)(weights, shift)
    while np.max(np.abs(step)) > 1e-10:
        shift = shift + climb * step
        step = ad.grad(game, argnums=1)(weights, shift)
    return shift


def robust_loss(weights, climb):
    """The game as it is after the adversary's answer."""
    return game(weights, worst_shift(weights, climb))


def main(rounds: int) -> int:
    slope = ad.value_and_grad(robust_loss)
    curvature = ad.hessian(robust_loss)
    weights = np.zeros(2)
    for number in range(rounds):
        value, gradient = slope(weights, 0.25)
        if number < 3 or number % 20 == 0:
            print(f"round {number:3d}: worst loss {value:.6f}, |gradient| {np.linalg.norm(gradient):.1e}")
        weights = weights - 0.03 * gradient
    # one step of Newton's method: second derivatives through the climb
    weights = weights - np.linalg.solve(curvature(weights, 0.25), slope(weights, 0.25)[1])

    # at the saddle point both gradients vanish: (P - 1) shift = -residual and X' (X w - y - shift) + ridge w = 0
    share = PRICE / (PRICE - 1.0)
    exact = np.linalg.solve(share * X.T @ X + RIDGE * np.eye(2), share * X.T @ Y)
    shift = worst_shift(weights, 0.25)
    both = ad.grad(game, argnums=(0, 1))(weights, shift)
    print(f"gradients there: {np.linalg.norm(both[0]):.1e} of the fit, {np.linalg.norm(both[1]):.1e} of the adversary")
    print(f"distance: {np.linalg.norm(weights - exact):.2e}")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60)
    raise SystemExit(main(parser.parse_args().rounds))
