"""Lists of the caller's that the program grows at run time: the caller sees what the program leaves in them."""
from __future__ import annotations

import numpy as np
import pytest

import ad_compiler as ad


def grown(items, s):
    if s > 5:
        return s
    items.append(s * items[0])
    for k in range(2):
        if items[k] > 0.3:
            items.append(items[k] * items[-1])
        else:
            items.insert(1, items[k] * 2)
    items[0] = s * s
    v = items.pop()
    return sum(items) * v


def best_so_far(x):
    best = None
    for k in range(3):
        if x * k > 1.0:
            best = x * k
    return best * 2 if best else x * x


@pytest.mark.parametrize(("items", "s"), [([0.5, 0.2], 1.3), ([0.1, 0.9, 0.4], 0.7)])
def test_the_callers_list_is_grown(items: list[float], s: float):
    given, left, step = list(items), list(items), 1e-6
    value, (found, found_s) = ad.value_and_grad(grown, argnums=(0, 1), on_unsupported="error")(given, s)
    assert value == pytest.approx(grown(left, s))
    assert given == pytest.approx(left)
    for k in range(len(items)):
        moved = step * np.eye(len(items))[k]
        slope = (grown(list(items + moved), s) - grown(list(items - moved), s)) / (2 * step)
        assert found[k] == pytest.approx(slope, rel=1e-6)
    slope = (grown(list(items), s + step) - grown(list(items), s - step)) / (2 * step)
    assert found_s == pytest.approx(slope, rel=1e-6)


@pytest.mark.parametrize("at", [0.3, 0.8, 2.0])
def test_a_value_that_may_be_none_as_a_condition(at: float):
    slope = (best_so_far(at + 1e-6) - best_so_far(at - 1e-6)) / 2e-6
    assert ad.grad(best_so_far, on_unsupported="error")(at) == pytest.approx(slope, rel=1e-6)
