"""Draws that write into what they are given, and dicts whose keys are taken out and put back."""
import random
from collections import OrderedDict

import numpy as np

from .corpus import program


def shuffled_places(w, c):
    """A list, an array and a column that a generator shuffles between two uses."""
    rng = np.random.default_rng(2)
    listed, places, table, total = [0, 1, 2, 3], np.arange(4), np.arange(6).reshape(3, 2), 0.0
    for k in range(len(c)):
        total += np.sum(w[listed] * np.arange(4.0)) * c[k] * w[0] + np.sum(w[places] * places) * w[1]
        total += np.sum(w[table.ravel()] * np.arange(6.0)) ** 2
        rng.shuffle(listed)
        rng.shuffle(places)
        rng.shuffle(table[:, 1])
        rng.shuffle(table, axis=1)
    return total


program(shuffled_places, lambda r: (r.normal(size=6), r.normal(size=3)), argnums=(0, 1), tags="random shuffle")


def shuffled_by_the_module(w, c):
    """The generators of `np.random` and `random`, and a list of what is differentiated."""
    np.random.seed(3)
    random.seed(4)
    rng = np.random.RandomState(2)
    places, listed, parts, total = np.arange(4), list(range(4)), [w[0], w[1] * w[2], w[3]], 0.0
    for k in range(len(c)):
        total += np.sum(w[places] * w[listed]) * c[k] + parts[0] ** 2 * parts[1]
        np.random.shuffle(places)
        random.shuffle(listed)
        rng.shuffle(parts)
    return total


program(shuffled_by_the_module, lambda r: (r.normal(size=4), r.normal(size=3)), argnums=(0, 1), tags="random shuffle")


def drawn_into_a_buffer(w, c):
    """`out=` of draws: the buffer that the last product has read."""
    rng = np.random.default_rng(2)
    buffer, order, total = np.zeros(4), np.arange(4), 0.0
    for k in range(len(c)):
        total += np.sum(w * buffer) ** 2 * c[k] + np.sum(w * order) * w[0]
        rng.random(out=buffer)
        total += np.sum(w * buffer) * w[1]
        rng.standard_normal(out=buffer)
        total += np.sum(w * buffer) * w[2]
        rng.standard_gamma(2.0, out=buffer)
        rng.permuted(order, out=order)
    return total


program(drawn_into_a_buffer, lambda r: (r.normal(size=4), r.normal(size=3)), argnums=(0, 1), tags="random out")


def first_becomes_last(w, c):
    """A key that is deleted and set again is the last one from then on."""
    held = {0: 0.5, 1: w[1], 2: 1.5}
    total = 0.0
    for k in range(len(c)):
        total = total * 0.7 + np.sum(w[list(held.keys())[:2]] ** 2) * c[k]
        total += sum([(place + 1) * v for place, v in enumerate(held.values())])
        del held[k]
        held[k] = w[k] * 2
    return total


program(first_becomes_last, lambda r: (r.normal(size=4), r.normal(size=3)), argnums=(0, 1), tags="dict del")


def order_of_one_path(w, c):
    """Keys that are put back, or come in another order, on one path only."""
    held, new = {"a": w[0] * 2, "b": w[1]}, {}
    if w[0] < c[0]:
        held["a"] = held.pop("a") * w[2]
        new["x"] = w[0]
        new["y"] = w[1]
    else:
        new["y"] = w[2]
        new["x"] = w[1]

    def turned(by):
        if by > 0:
            return
        held["b"] = held.pop("b") * 3

    turned(c[1])
    total = 0.0
    for some in (held, new):
        for place, v in enumerate(some.values()):
            total += (place + 1) * v ** 2
    return total


program(order_of_one_path, lambda r: (r.normal(size=3), r.normal(size=2)), argnums=(0, 1), tags="dict pop")


def moved_to_the_end(w, c):
    """An `OrderedDict` whose order depends on values."""
    held = OrderedDict(a=w[0] * 2, b=w[1], e=w[2])
    total = 0.0
    for k in range(len(c)):
        if c[k] > 0:
            held.move_to_end("a")
        total += sum([(place + 1) * v for place, v in enumerate(held.values())]) * c[k]
    return total


program(moved_to_the_end, lambda r: (r.normal(size=3), r.normal(size=3)), argnums=(0, 1), tags="dict move-to-end")


def sorted_by_the_loop(w, c):
    """A list of known numbers that is sorted in place."""
    places = [0, 2, 1]
    total = 0.0
    for k in range(len(c)):
        total = total * 0.7 + (w[places[0]] ** 2 + w[sum(places) % 4]) * c[k]
        places.sort(reverse=True)
        total += w[places.index(1)] * total
    return total


program(sorted_by_the_loop, lambda r: (r.normal(size=4), r.normal(size=3)), argnums=(0, 1), tags="list-sort")
