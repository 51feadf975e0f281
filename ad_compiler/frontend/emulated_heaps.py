"""`heapq` as Python that is read in its place: its own functions are not written in Python.

A heap is a list whose item `k` is not larger than its items `2 * k + 1` and `2 * k + 2`; items come to lie where the
functions of the library put them (Williams, Algorithm 232, 1964).
"""
from __future__ import annotations

import heapq
from collections.abc import Iterable
from typing import Any


def heappush(heap: list[Any], item: Any) -> None:
    """`heapq.heappush`

    >>> heap = [1.0, 4.0]
    >>> heappush(heap, 0.5)
    >>> heappop(heap), heap
    (0.5, [1.0, 4.0])
    """
    heap.append(item)
    rise(heap, 0, len(heap) - 1)


def heappop(heap: list[Any]) -> Any:
    """`heapq.heappop`"""
    last = heap.pop()
    if len(heap) == 0:
        return last
    first = heap[0]
    heap[0] = last
    sink(heap, 0)
    return first


def heapreplace(heap: list[Any], item: Any) -> Any:
    """`heapq.heapreplace`"""
    first = heap[0]
    heap[0] = item
    sink(heap, 0)
    return first


def heappushpop(heap: list[Any], item: Any) -> Any:
    """`heapq.heappushpop`"""
    if len(heap) > 0 and heap[0] < item:
        return heapreplace(heap, item)
    return item


def heapify(heap: list[Any]) -> None:
    """`heapq.heapify`"""
    for k in range(len(heap) // 2 - 1, -1, -1):
        sink(heap, k)


def rise(heap: list[Any], top: int, k: int) -> None:
    """Move item `k` up, past larger ones, not above `top`."""
    item = heap[k]
    while k > top:
        above = (k - 1) // 2
        if not item < heap[above]:
            break
        heap[k] = heap[above]
        k = above
    heap[k] = item


def sink(heap: list[Any], top: int) -> None:
    """Move the item at `top` down to a leaf, along the smaller items, and up again to its place."""
    item = heap[top]
    k = top
    below = 2 * k + 1
    while below < len(heap):
        if below + 1 < len(heap) and not heap[below] < heap[below + 1]:
            below += 1
        heap[k] = heap[below]
        k = below
        below = 2 * k + 1
    heap[k] = item
    rise(heap, top, k)


def nsmallest(n: int, items: Iterable[Any], key: Any = None) -> list[Any]:
    """`heapq.nsmallest`"""
    return sorted(items, key=key)[:n]


def nlargest(n: int, items: Iterable[Any], key: Any = None) -> list[Any]:
    """`heapq.nlargest`"""
    return sorted(items, key=key, reverse=True)[:n]


#: What stands for which function.
HEAPS: dict[Any, Any] = {
    heapq.heappush: heappush, heapq.heappop: heappop, heapq.heapify: heapify, heapq.heapreplace: heapreplace,
    heapq.heappushpop: heappushpop, heapq.nsmallest: nsmallest, heapq.nlargest: nlargest,
}
