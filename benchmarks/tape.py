"""The tape beside PyTorch eager, HIPS autograd and MyGrad: microseconds per recorded operation, forward and backward.

    python -m benchmarks.tape

One thread, process time, the libraries interleaved within one run, best of `REPEATS`. What is measured:

    size 1, size 1000   a chain of 500 multiplications and 500 additions of float64 arrays; the factor is a constant,
                        or (grad) another leaf
    MLP gradient        two layers (32, 64, 1), forward and backward (float32, batch 64)
    MLP step            the same and a step of gradient descent, written as each library's users write it
    indexed loop        a scalar recurrence over the elements of an array

A library that is not installed is left out.
"""
from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

import runtime
from benchmarks import ONE_THREAD

REPEATS = 25
STEPS = 500
MLP_STEPS = 100
Case = Callable[[], float]  # runs once; returns seconds


def chain(x: Any, c: Any) -> Any:
    y = x
    for _ in range(STEPS):
        y = y * c
        y = y + c
    return y


def loop(x: Any, n: int) -> Any:
    s = x[0]
    for i in range(1, n):
        s = s * 0.9 + x[i]
    return s


def network() -> tuple[np.ndarray, ...]:
    """Weights and biases of two layers, inputs and targets: the same numbers for every library."""
    rng = np.random.default_rng(0)
    arrays = (rng.normal(size=(32, 64)), np.zeros(64), rng.normal(size=(64, 1)), np.zeros(1),
              rng.normal(size=(64, 32)), rng.normal(size=(64, 1)))
    return tuple(a.astype(np.float32) for a in arrays)


def torch_like(m: Any) -> dict[str, Case]:
    """The cases for a module with torch's interface."""
    def chained(size: int, grad: bool) -> Case:
        x = m.rand(size, dtype=m.float64, requires_grad=True)
        c = m.full((size,), 0.999, dtype=m.float64).requires_grad_(grad)
        start = m.ones(size, dtype=m.float64)

        def run() -> float:
            x.grad = c.grad = None
            began = time.process_time()
            chain(x, c).backward(start)
            return (time.process_time() - began) / (2 * STEPS)
        return run

    def mlp(update: bool) -> Case:
        def run() -> float:
            w1, b1, w2, b2, x, y = (m.from_numpy(a) for a in network())
            parameters = [p.requires_grad_() for p in (w1, b1, w2, b2)]
            began = time.process_time()
            for _ in range(MLP_STEPS):
                loss = ((m.tanh(x @ w1 + b1) @ w2 + b2 - y) ** 2).mean()
                loss.backward()
                if update:
                    with m.no_grad():
                        for p in parameters:
                            p -= 0.01 * p.grad
                for p in parameters:
                    p.grad = None
            return (time.process_time() - began) / MLP_STEPS
        return run

    def indexed() -> float:
        x = m.rand(300, dtype=m.float64, requires_grad=True)
        began = time.process_time()
        loop(x, 300).backward()
        return (time.process_time() - began) / 300

    return {"size 1": chained(1, False), "size 1, grad": chained(1, True), "size 1000": chained(1000, False),
            "size 1000, grad": chained(1000, True), "MLP gradient": mlp(False), "MLP step": mlp(True),
            "indexed loop": indexed}


def hips() -> dict[str, Case]:
    """The cases for HIPS autograd."""
    import autograd
    import autograd.numpy as anp

    def timed(f: Callable[..., Any], args: tuple[Any, ...], count: int, **options: Any) -> Case:
        g = autograd.grad(f, **options)

        def run() -> float:
            began = time.process_time()
            g(*args)
            return (time.process_time() - began) / count
        return run

    def loss(p: Any, x: Any, y: Any) -> Any:
        w1, b1, w2, b2 = p
        return anp.mean((anp.dot(anp.tanh(anp.dot(x, w1) + b1), w2) + b2 - y) ** 2)

    def mlp(update: bool) -> Case:
        gradient = autograd.grad(loss)

        def run() -> float:
            *start, x, y = network()
            p = tuple(start)
            began = time.process_time()
            for _ in range(MLP_STEPS):
                g = gradient(p, x, y)
                if update:
                    p = tuple(a - 0.01 * da for a, da in zip(p, g, strict=True))
            return (time.process_time() - began) / MLP_STEPS
        return run

    rng = np.random.default_rng(0)
    out: dict[str, Case] = {}
    for size in (1, 1000):
        x, c = rng.random(size), np.full(size, 0.999)
        out[f"size {size}"] = timed(lambda x, c=c: anp.sum(chain(x, c)), (x,), 2 * STEPS)
        out[f"size {size}, grad"] = timed(lambda x, c: anp.sum(chain(x, c)), (x, c), 2 * STEPS, argnum=(0, 1))
    out["MLP gradient"], out["MLP step"] = mlp(False), mlp(True)
    out["indexed loop"] = timed(lambda x: loop(x, 300), (rng.random(300),), 300)
    return out


def mygrad() -> dict[str, Case]:
    """The cases for MyGrad."""
    import mygrad as mg

    rng = np.random.default_rng(0)

    def timed(make: Callable[[], Callable[[], Any]], count: int) -> Case:
        def run() -> float:
            f = make()
            began = time.process_time()
            f().backward()
            return (time.process_time() - began) / count
        return run

    def chained(size: int, grad: bool) -> Case:
        def make() -> Callable[[], Any]:
            x, c = mg.tensor(rng.random(size)), mg.tensor(np.full(size, 0.999), constant=not grad)
            return lambda: chain(x, c).sum()
        return timed(make, 2 * STEPS)

    def mlp(update: bool) -> Case:
        def run() -> float:
            *start, x, y = network()
            w1, b1, w2, b2 = parameters = [mg.tensor(a) for a in start]
            began = time.process_time()
            for _ in range(MLP_STEPS):
                loss = mg.mean((mg.matmul(mg.tanh(mg.matmul(x, w1) + b1), w2) + b2 - y) ** 2)
                loss.backward()
                if update:
                    for p in parameters:
                        p.data -= 0.01 * p.grad
                for p in parameters:
                    p.null_grad()
            return (time.process_time() - began) / MLP_STEPS
        return run

    def indexed() -> Callable[[], Any]:
        x = mg.tensor(rng.random(300))
        return lambda: loop(x, 300)
    return {"size 1": chained(1, False), "size 1, grad": chained(1, True), "size 1000": chained(1000, False),
            "size 1000, grad": chained(1000, True), "MLP gradient": mlp(False), "MLP step": mlp(True),
            "indexed loop": timed(indexed, 300)}


def libraries() -> dict[str, dict[str, Case]]:
    """The cases of every library that is installed, ours first."""
    found = {"runtime": torch_like(runtime)}
    try:
        import torch
        torch.set_num_threads(1)
        found["torch"] = torch_like(torch)
    except ImportError:
        pass
    for name, make in (("autograd", hips), ("mygrad", mygrad)):
        try:
            found[name] = make()
        except ImportError:
            continue
    return found


def measure(repeats: int = REPEATS) -> dict[str, dict[str, float]]:
    """Microseconds per case and library."""
    cases = libraries()
    best: dict[str, dict[str, float]] = {}
    for case in next(iter(cases.values())):
        row = best[case] = {}
        for _ in range(repeats):
            for name, table in cases.items():
                row[name] = min(row.get(name, 1e9), table[case]() * 1e6)
    return best


def main() -> None:
    assert ONE_THREAD  # the package limits NumPy's threads when it is imported
    rows = measure()
    names = list(next(iter(rows.values())))
    print(f"{'microseconds':18}" + "".join(f"{n:>11}" for n in names) + "".join(f"{'/ ' + n:>11}" for n in names[1:]))
    for case, row in rows.items():
        ours = row["runtime"]
        print(f"{case:18}" + "".join(f"{row[n]:11.2f}" for n in names)
              + "".join(f"{ours / row[n]:11.2f}" for n in names[1:]))


if __name__ == "__main__":
    main()
