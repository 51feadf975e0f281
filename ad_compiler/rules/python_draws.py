"""Draws of Python's `random`. Those with a location and a scale are written out (`rules/written/python_draws.py`)."""
from __future__ import annotations

import random

from ad_compiler.rules.row import Row, zero

RULES: tuple[Row, ...] = zero(
    random.random, random.uniform, random.gauss, random.normalvariate, random.expovariate, random.randint,
    random.randrange, random.getrandbits, random.seed, random=True, reason="a draw is a constant")
