"""Snapshots of a loop's state, from which its reverse sweep computes again what it did not record.

A loop whose number of steps is known takes binomial checkpoints: with `s` snapshots and at most `r` repetitions of any
step, `C(s + r, s)` steps can be reversed, which is the most there is. (A. Griewank, A. Walther, Algorithm 799: Revolve,
ACM TOMS 26, 2000; the splitting below is their closed form.) A loop of unknown length keeps every k-th state, and
doubles k when it has no room left; its reverse sweep is binomial between these.
"""
from __future__ import annotations

from math import comb
from typing import Any

import numpy as np


def repetitions(steps: int, slots: int) -> int:
    """How often, at most, a step is run to reverse `steps` steps with `slots` snapshots: the least r with
    `C(slots + r, slots) >= steps`.

    >>> repetitions(10_000, 20)
    4
    """
    r = 0
    while comb(slots + r, slots) < steps:
        r += 1
    return r


def extra_steps(steps: int, slots: int) -> int:
    """How many steps are run, besides the one that records each, to reverse `steps` steps from the first state on,
    which is one of `slots` snapshots. No schedule needs fewer.

    >>> extra_steps(3, 3), extra_steps(3, 1), extra_steps(10_000, 20)
    (2, 3, 37976)
    """
    if steps <= 1:
        return 0
    r = repetitions(steps, slots)
    return r * steps - comb(slots + r, slots + 1)


def split(steps: int, slots: int) -> int:
    """How far to go before the next snapshot, to reverse `steps` (2 or more) with `slots` (2 or more) snapshots, of
    which one is here.

    >>> split(10, 3)
    4
    """
    r = repetitions(steps, slots)
    least = comb(slots + r - 2, slots) if r > 1 else 0
    return max(least, steps - comb(slots - 1 + r, slots - 1), 1)


class Snapshots:
    """The snapshots of one loop: `kept` are pairs of a position and the state before that step.

    `steps` is None where it is not known. `clock` is the position of the next step, `places` where snapshots are due
    on the way that is being gone; `stride` is the distance of snapshots while the length is not known.
    """

    __slots__ = ("clock", "kept", "limit", "places", "slots", "steps", "stride")

    def __init__(self, steps: int | None, slots: int | None, limit: float | None) -> None:
        self.steps, self.slots, self.limit = steps, slots, limit
        self.kept: list[tuple[int, Any]] = []
        self.clock, self.stride = 0, 1
        self.places = {0}

    def plan(self, first: int, last: int) -> None:
        """Where snapshots are due from `first`, which has one, to reverse the steps up to `last`."""
        self.places = set()
        assert self.slots is not None
        free, steps = self.slots - len(self.kept), last + 1 - first
        while free > 0 and steps > 1:
            forward = split(steps, free + 1)
            first, steps, free = first + forward, steps - forward, free - 1
            self.places.add(first)

    def keep(self, state: Any) -> None:
        position = self.clock - 1
        if self.slots is None:
            self.slots = _room(state, self.limit)
        if self.steps is None and len(self.kept) == self.slots:
            self._thin(position)
            if position % self.stride:
                return
        self.kept.append((position, state))
        if position == 0 and self.steps is not None:
            self.plan(0, self.steps - 1)

    def _thin(self, position: int) -> None:
        """Keep every other snapshot, and half as many from now on; one is kept anyway."""
        while len(self.kept) >= max(self.slots or 1, 2) or (len(self.kept) == self.slots == 1):
            self.stride *= 2
            kept = [pair for pair in self.kept if pair[0] % self.stride == 0]
            if len(kept) == len(self.kept):
                break
            self.kept = kept
        if self.slots == 1:
            self.stride = position + 2  # the only one is that of the first step


def _room(state: Any, limit: float | None) -> int:
    size = sum(part.nbytes if isinstance(part, np.ndarray) else 8 for part in state)
    if limit is None or limit < size:
        raise ValueError(f"checkpointed: memory_limit is {limit} bytes, and one state of this loop takes {size}")
    return int(limit // max(size, 1))


def snapshots(steps: int | None, slots: int | None, limit: float | None) -> Snapshots:
    """The snapshots of a loop that begins: for `slots` states, or as many as `limit` bytes hold.

    Raises ValueError for less than one, when the first is taken.
    """
    if slots is not None and slots < 1:
        raise ValueError(f"checkpointed: snapshots must be 1 or more, not {slots}")
    return Snapshots(steps, slots, limit)


def due(taken: Snapshots) -> bool:
    """Whether a snapshot is due before the next step. Called once before every step."""
    position = taken.clock
    taken.clock = position + 1
    if taken.steps is None:
        return position % taken.stride == 0
    return position in taken.places


def keep(taken: Snapshots, state: Any) -> None:
    """Keep a state, which nobody else changes."""
    taken.keep(state)


def replayed(taken: Snapshots) -> Snapshots:
    """The snapshots for one reverse sweep, which uses them up: the length is known now."""
    new = Snapshots(taken.clock, taken.slots, taken.limit)
    new.kept = list(taken.kept)
    return new


def rewind(taken: Snapshots, position: int) -> int:
    """Go back to the last snapshot at or before `position`, and plan the way from there; where it is."""
    while taken.kept[-1][0] > position:
        taken.kept.pop()
    first = taken.kept[-1][0]
    taken.plan(first, position)
    taken.clock = first
    return first


def restored(taken: Snapshots) -> Any:
    """The state of the last snapshot, a tuple."""
    return taken.kept[-1][1]


for _function in (snapshots, due, keep, replayed, rewind, restored):
    _function.stateful = True
