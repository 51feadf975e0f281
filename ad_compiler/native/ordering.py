"""Sorting in the language of kernels: lines of numbers in flat memory.

A merge sort from pairs upwards, as in Knuth, The Art of Computer Programming 3, 5.2.4: stable, and of any input in
n log n steps. Not a number comes last, as in NumPy.
"""
from __future__ import annotations

from typing import Any


def order(v: Any, at: int, step: int, n: int, out: Any, ot: int, work: Any, wt: int) -> int:
    """Put the places `out[ot : ot + n]` in the order of `v[at + step * place]`; equal ones stay as they are."""
    width = 1
    while width < n:
        for low in range(0, n, 2 * width):
            middle, high = min(low + width, n), min(low + 2 * width, n)
            i, j = low, middle
            for k in range(low, high):
                left = i < middle
                if left and j < high:
                    a, b = v[at + step * out[ot + i]], v[at + step * out[ot + j]]
                    left = not (b < a or (a != a and b == b))
                if left:
                    work[wt + k] = out[ot + i]
                    i += 1
                else:
                    work[wt + k] = out[ot + j]
                    j += 1
        for k in range(n):
            out[ot + k] = work[wt + k]
        width *= 2
    return 0
