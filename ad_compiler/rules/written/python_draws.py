"""Draws of Python's `random` with a derivative, and those that move items of lists.

Each makes the draws that the function of `random` makes, in the same order, so the same seed gives the same result.
"""
from __future__ import annotations

import math
import random
from typing import Any


def uniform(a: Any, b: Any) -> Any:
    """`random.uniform`"""
    return a + (b - a) * random.random()


def gauss(mu: Any = 0.0, sigma: Any = 1.0) -> Any:
    """`random.gauss`"""
    return mu + random.gauss(0.0, 1.0) * sigma


def normalvariate(mu: Any = 0.0, sigma: Any = 1.0) -> Any:
    """`random.normalvariate`"""
    return mu + random.normalvariate(0.0, 1.0) * sigma


def lognormvariate(mu: Any = 0.0, sigma: Any = 1.0) -> Any:
    """`random.lognormvariate`"""
    return math.exp(mu + random.normalvariate(0.0, 1.0) * sigma)


def expovariate(lambd: Any = 1.0) -> Any:
    """`random.expovariate`"""
    return -math.log(1.0 - random.random()) / lambd


def choice(seq: Any) -> Any:
    """`random.choice`"""
    return seq[random.randrange(len(seq))]


def shuffle(x: Any) -> None:
    """`random.shuffle`"""
    for i in reversed(range(1, len(x))):
        j = random.randrange(i + 1)
        x[i], x[j] = x[j], x[i]


#: What is read in the place of a function of `random`: always; or where a parameter may carry derivatives.
MOVING = {random.choice: choice, random.shuffle: shuffle, random.lognormvariate: lognormvariate}
SCALED = {random.uniform: uniform, random.gauss: gauss, random.normalvariate: normalvariate,
          random.expovariate: expovariate}
