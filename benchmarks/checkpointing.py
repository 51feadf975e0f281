"""A long stencil loop with snapshots, against one that records every step: memory, and what it costs in time.

    python -m benchmarks.checkpointing [steps] [cells]

`steps run` counts how often the loop's body was run: once by the loop itself, once more where its adjoint is taken,
and otherwise on the way from a snapshot. The promise of the schedule is `extra_steps(steps, snapshots)`. `kept` is
what a pullback holds on to between the sweeps (tracemalloc), `predicted` what `.report()` says of it.
"""
from __future__ import annotations

import sys
import time
import tracemalloc
from typing import Any

import numpy as np

import ad_compiler as ad
from ad_compiler.support.checkpoints import extra_steps

SNAPSHOTS = 20


def store_all(u, c, steps):
    u = u.copy()
    for _ in range(steps):
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += c * lap * (1.0 - u[1:-1] ** 2)
    return np.sum(u * u)


def with_snapshots(u, c, steps):
    u = u.copy()
    for _ in ad.checkpointed(range(steps), snapshots=SNAPSHOTS):
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += c * lap * (1.0 - u[1:-1] ** 2)
    return np.sum(u * u)


def memory(f: Any, *args: Any) -> tuple[int, int, float, Any]:
    """Bytes kept between the sweeps, the peak of both, the seconds of both (measured apart), and the gradient."""
    ad.vjp(f, *args[:-1], 3)[1](1.0)
    start = time.process_time()
    _, pullback = ad.vjp(f, *args)
    bars = pullback(1.0)
    seconds = time.process_time() - start
    del pullback
    tracemalloc.start()
    _, pullback = ad.vjp(f, *args)
    kept = tracemalloc.get_traced_memory()[0]
    pullback(1.0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return kept, peak, seconds, bars


def steps_run(steps: int) -> int:
    """How often the body is run for a gradient, counted by the schedule as emitted code uses it."""
    from ad_compiler.support import due, keep, replayed, rewind, snapshots

    taken, count = snapshots(steps, SNAPSHOTS, None), 0
    for _ in range(steps):
        if due(taken):
            keep(taken, ())
        count += 1
    taken = replayed(taken)
    for t in reversed(range(steps)):
        for _ in range(rewind(taken, t), t):
            if due(taken):
                keep(taken, ())
            count += 1
    return count


def main(steps: int = 10_000, cells: int = 1000) -> int:
    u = np.sin(np.linspace(0.0, 3.0, cells))
    args = (u, 0.1, steps)
    rows = [(f.__name__, *memory(f, *args)) for f in (store_all, with_snapshots)]
    print(f"{steps} steps, {cells} cells, {SNAPSHOTS} snapshots; one state is {u.nbytes / 1e3:.1f} kB")
    print(f"{'':16}{'kept':>12}{'predicted':>12}{'peak':>12}{'seconds':>9}")
    for f, (name, kept, peak, seconds, _) in zip((store_all, with_snapshots), rows, strict=True):
        predicted = report_of(f, args)
        print(f"{name:16}{kept / 1e6:10.2f}MB{predicted / 1e6:10.2f}MB{peak / 1e6:10.2f}MB{seconds:9.2f}")
    run = steps_run(steps)
    promised = 1 + extra_steps(steps, SNAPSHOTS)  # the way to the last snapshot is part of the loop itself
    print(f"steps run: {run} = {run / steps:.3f} per step (the schedule promises {promised / steps:.3f}), and one more "
          f"to record each")
    same = all(np.array_equal(a, b) for a, b in zip(rows[0][4][:2], rows[1][4][:2], strict=True))
    print("the gradients are", "equal to the last bit" if same else "DIFFERENT")
    return 0 if same else 1


def report_of(f: Any, args: tuple[Any, ...]) -> int:
    """What the report predicts to be kept, in bytes."""
    import contextlib
    import io

    g = ad.grad(f, argnums=(0, 1))
    with contextlib.redirect_stdout(io.StringIO()):
        return g.report(*args).recorded_bytes


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
