"""Algebra on the code of ours, where the result stays the same: the user's own statements are left as written.

    t = -y
    x_bar = x_bar + t       ==>     x_bar = x_bar - y
"""
from __future__ import annotations

from ..ir import nodes as ir


def simplify(fn: ir.Function) -> ir.Function:
    return fn
