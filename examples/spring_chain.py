"""Weigh springs by watching them: the stiffnesses of a chain of masses, from how it swings.

    python examples/spring_chain.py [--steps 40]

The force on the masses is the negative gradient of the energy, taken inside the time loop; the misfit of the masses'
final positions is differentiated through all the steps, forces included. The last line is the relative error of the
stiffnesses that were found.
"""
from __future__ import annotations

import argparse

import numpy as np
from scipy.optimize import minimize

import ad_compiler as ad

MASSES, TIME_STEP = 6, 0.05


def energy(positions, stiffness):
    """Energy of the springs between two walls: of the stretch of each, and a little more for large ones."""
    ends = np.concatenate((np.zeros(1), positions, np.zeros(1)))
    stretch = ends[1:] - ends[:-1]
    return np.sum(stiffness * (0.5 * stretch**2 + 0.1 * stretch**4))


def swing(positions, stiffness, steps):
    """Positions and velocities of masses of weight one after some steps of leapfrog."""
    x, v = positions.copy(), np.zeros_like(positions)
    v -= 0.5 * TIME_STEP * ad.grad(energy)(x, stiffness)
    for _ in range(steps):
        x += TIME_STEP * v
        # the force is a derivative itself: what follows is differentiated through it
        v -= TIME_STEP * ad.grad(energy)(x, stiffness)
    return x, v + 0.5 * TIME_STEP * ad.grad(energy)(x, stiffness)


@ad.value_and_grad
def misfit(logarithms, starts, steps, seen):
    """Half the squared distance to the positions that were seen, of all experiments."""
    total = 0.0
    for k in range(len(starts)):
        x, _ = swing(starts[k], np.exp(logarithms), steps)
        total += 0.5 * np.sum((x - seen[k]) ** 2)
    return total


def main(steps: int) -> int:
    rng = np.random.default_rng(0)
    stiffness = rng.uniform(0.5, 2.0, MASSES + 1)
    starts = rng.normal(size=(4, MASSES))
    seen = np.stack([swing(start, stiffness, steps)[0] for start in starts])

    # the integrator keeps what is left of the energy, which says that the forces are right
    x, v = swing(starts[0], stiffness, steps)
    kept = (energy(x, stiffness) + 0.5 * np.dot(v, v)) / energy(starts[0], stiffness)
    print(f"energy after {steps} steps: {kept:.4f} of what it was")

    found = minimize(misfit, np.zeros(MASSES + 1), args=(starts, steps, seen), jac=True, method="BFGS",
                     options={"gtol": 1e-9, "maxiter": 200})
    print(f"misfit {found.fun:.1e} after {found.nit} iterations of BFGS")
    print("stiffness  true   found")
    for number, (true, guess) in enumerate(zip(stiffness, np.exp(found.x), strict=True)):
        print(f"{number:9d}  {true:.3f}  {guess:.3f}")
    print(f"relative error: {np.linalg.norm(np.exp(found.x) - stiffness) / np.linalg.norm(stiffness):.2e}")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=40)
    raise SystemExit(main(parser.parse_args().steps))
