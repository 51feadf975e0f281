"""Classes of the standard library that are read as Python, and objects of the program's in conditions and loops."""
from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

import pytest

import ad_compiler as ad


class Bag:
    def __init__(self, items: Any) -> None:
        self.items = items

    def __len__(self) -> int:
        return len(self.items)

    def __iter__(self) -> Any:
        return iter(self.items)


def drained(x):
    queue, total = deque([x, 2.0 * x]), 0.0
    while queue:
        v = queue.popleft()
        total += v * v
        if v < 1.0:
            queue.append(v + x * x + 0.2)
    return total


def window(x):
    last, total = deque(maxlen=2), 0.0
    for k in range(5):
        last.append(x * k)
        if len(last) == 2:
            total += last[0] * last[1]
    return total + sum(last)


def grouped(x):
    groups = defaultdict(list)
    for k, label in enumerate("abca"):
        groups[label].append(x * (k + 1))
    return sum(sum(v) ** 2 for v in groups.values()) * len(groups)


def empty_object_is_false(x):
    bag, other = Bag([]), Bag([x, x * x])
    out = 1.0 if bag else 3.0 * x
    for v in other:
        out += v * v
    return out * (2.0 if other else 1.0)


@pytest.mark.parametrize("at", [0.6, 1.4])
@pytest.mark.parametrize("program", [drained, window, grouped, empty_object_is_false])
def test_compiled_and_right(program: Callable[[float], Any], at: float):
    slope = (program(at + 1e-6) - program(at - 1e-6)) / 2e-6
    value, gradient = ad.value_and_grad(program, on_unsupported="error")(at)
    assert value == pytest.approx(program(at), rel=1e-13)
    assert gradient == pytest.approx(slope, rel=1e-6)
