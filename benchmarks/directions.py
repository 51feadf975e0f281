"""What directions cost: Hessian-vector products in primals, whole Jacobians in pullbacks, sparse ones in seconds.

Targets: hvp/primal at most 6 on array code; the Jacobian of a program with 50 results at most 15 single pullbacks.
"""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.harness import best_times, publish, summary


def rosenbrock(x):
    return np.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def softplus_energy(x):
    return np.sum(np.log(1.0 + np.exp(x)) * np.tanh(x)) + 0.5 * np.sum(np.diff(x) ** 2)


def logistic(w):
    margins = DATA @ w
    return np.mean(np.log1p(np.exp(-margins))) + 0.5e-3 * np.dot(w, w)


def network(x):
    return np.tanh(SECOND @ np.tanh(FIRST @ x)) * 2.0 + 1.0


def stencil(x):
    u = x.copy()
    for _ in range(10):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2]) + 0.01 * np.sin(u[1:-1])
    return u


def training_loss(w):
    hidden = np.tanh(DATA @ w[:300 * 20].reshape(300, 20))
    return np.mean((hidden @ w[300 * 20:] - TARGETS) ** 2)


def cross_entropy(w):
    scores = DATA @ w.reshape(300, 10)
    scores = scores - np.max(scores, axis=1, keepdims=True)
    return np.mean(np.log(np.sum(np.exp(scores), axis=1)) - scores[:, 0])


def heat_energy(x):
    u = x.copy()
    for _ in range(10):
        u[1:-1] = u[1:-1] + 0.1 * (u[2:] - 2.0 * u[1:-1] + u[:-2]) - 0.01 * u[1:-1] ** 3
    return np.sum(u * u)


def membrane(x):
    u = x.reshape(300, 300)
    slopes = (u[1:, :-1] - u[:-1, :-1]) ** 2 + (u[:-1, 1:] - u[:-1, :-1]) ** 2
    return np.sum(np.sqrt(1.0 + slopes))


RNG = np.random.default_rng(0)
DATA, TARGETS = RNG.normal(size=(2000, 300)), RNG.normal(size=2000)
FIRST, SECOND = RNG.normal(size=(60, 40)) / 6.0, RNG.normal(size=(50, 60)) / 8.0
PRODUCTS = [(rosenbrock, 100_000), (softplus_energy, 100_000), (logistic, 300), (training_loss, 300 * 20 + 20),
            (cross_entropy, 3000), (heat_energy, 20_000), (membrane, 90_000)]
JACOBIANS = [(network, 40), (stencil, 50)]


def product_row(f: Callable[..., Any], size: int, rounds: int) -> dict[str, Any]:
    """A Hessian-vector product against the primal."""
    import ad_compiler as ad

    x, v = RNG.uniform(-1.0, 1.0, size), RNG.uniform(-1.0, 1.0, size)
    hvp = ad.hvp(f)
    times = best_times({"primal": lambda: f(x), "hvp": lambda: hvp(x, v)}, rounds)
    return {"program": f.__name__, "primal s": times["primal"], "hvp s": times["hvp"],
            "hvp/primal": times["hvp"] / times["primal"]}


def jacobian_row(f: Callable[..., Any], size: int, rounds: int) -> dict[str, Any]:
    """A whole Jacobian against one pullback."""
    import ad_compiler as ad

    x = RNG.uniform(-1.0, 1.0, size)
    jacobian = ad.jacrev(f)
    out, pullback = ad.vjp(f, x)
    bar = np.ones_like(out)
    times = best_times({"pullback": lambda: pullback(bar), "vjp": lambda: ad.vjp(f, x)[1](bar),
                        "jacobian": lambda: jacobian(x)}, rounds)
    return {"program": f.__name__, "results": out.size, "pullback s": times["pullback"], "vjp s": times["vjp"],
            "jacobian s": times["jacobian"], "jacobian/pullback": times["jacobian"] / times["pullback"],
            "jacobian/vjp": times["jacobian"] / times["vjp"]}


def sparse_row(size: int) -> dict[str, Any]:
    """The tridiagonal Jacobian of a residual: the first call, which finds the pattern, and a later one."""
    import ad_compiler as ad

    x = RNG.uniform(-1.0, 1.0, size)
    jacobian = ad.sparse_jacobian(lambda u: u[2:] - 2.0 * u[1:-1] + u[:-2] + np.exp(u[1:-1]))
    seconds = []
    for _ in range(2):
        start = time.process_time()
        jacobian(x)
        seconds.append(time.process_time() - start)
    return {"program": f"tridiagonal {size}", "sweeps": jacobian.sweeps, "first s": seconds[0], "later s": seconds[1]}


def main(rounds: int = 20) -> None:
    products = [product_row(f, size, rounds) for f, size in PRODUCTS]
    publish("directions_products", products, [summary(products, "hvp/primal")])
    jacobians = [jacobian_row(f, size, rounds) for f, size in JACOBIANS]
    publish("directions_jacobians", jacobians, [summary(jacobians, "jacobian/pullback")])
    publish("directions_sparse", [sparse_row(100_000)])


if __name__ == "__main__":
    main()
