"""The schedule of snapshots: no other takes fewer steps, and it runs what it promises."""
from __future__ import annotations

import functools

import numpy as np
import pytest

from ad_compiler.support import checkpoints as schedule

U = np.linspace(0.1, 1.0, 6) ** 2
E = {"on_unsupported": "error"}


@functools.cache
def fewest(steps: int, slots: int) -> int:
    """By dynamic programming: go forward, take a snapshot, reverse what is behind it, then what is before it."""
    if steps <= 1:
        return 0
    if slots == 1:
        return steps * (steps - 1) // 2
    return min(m + fewest(m, slots) + fewest(steps - m, slots - 1) for m in range(1, steps))


def test_no_schedule_needs_fewer_steps() -> None:
    for steps in range(1, 50):
        for slots in range(1, 8):
            assert schedule.extra_steps(steps, slots) == fewest(steps, slots)
            if steps > 1 and slots > 1:
                m = schedule.split(steps, slots)
                assert m + fewest(m, slots) + fewest(steps - m, slots - 1) == fewest(steps, slots)


def reversed_loop(steps: int, slots: int, known: bool) -> tuple[int, int]:
    """Go through a loop and back as emitted code does: steps run again, most snapshots held."""
    taken = schedule.snapshots(steps if known else None, slots, None)
    most = again = 0
    for t in range(steps):
        if schedule.due(taken):
            schedule.keep(taken, (t,))
        most = max(most, len(taken.kept))
    for _ in range(2):  # a pullback may be called twice
        work, again = schedule.replayed(taken), 0
        for t in reversed(range(steps)):
            state = first = schedule.rewind(work, t)
            assert schedule.restored(work) == (first,)
            for k in range(first, t):
                if schedule.due(work):
                    schedule.keep(work, (k,))
                most = max(most, len(work.kept))
                state, again = state + 1, again + 1
            assert state == t
    return again, most


@pytest.mark.parametrize("slots", [1, 2, 3, 5, 20])
def test_the_schedule_runs_what_it_promises(slots: int) -> None:
    for steps in (1, 2, 3, 10, 57, 300):
        again, most = reversed_loop(steps, slots, known=True)
        assert most <= slots
        # the way to the last snapshot is part of the loop itself
        assert again <= schedule.extra_steps(steps, slots)
        assert reversed_loop(steps, slots, known=False)[1] <= slots
    assert 10_000 + reversed_loop(10_000, 20, known=True)[0] == pytest.approx(3.8 * 10_000, rel=0.01)
