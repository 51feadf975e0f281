"""The cheapest set of edges that parts a source from a sink: maximal flow by levels (Dinic 1970).

The graphs are those of one loop body, of some tens of nodes.
"""
from __future__ import annotations

from collections import deque
from collections.abc import Hashable
from math import inf
from typing import Any


class Cut:
    """A directed graph with capacities.

    >>> cut = Cut("s", "t")
    >>> for edge in (("s", "a", 3.0), ("a", "b", 1.0), ("b", "t", 5.0), ("s", "b", 1.0)):
    ...     cut.edge(*edge)
    >>> sorted(cut.sink_side())
    ['b', 't']
    """

    def __init__(self, source: Hashable, sink: Hashable) -> None:
        self.source, self.sink = source, sink
        self.room: dict[Any, dict[Any, float]] = {source: {}, sink: {}}

    def edge(self, a: Hashable, b: Hashable, capacity: float) -> None:
        """Add to the capacity of the edge from `a` to `b`."""
        forward = self.room.setdefault(a, {})
        forward[b] = forward.get(b, 0.0) + capacity
        self.room.setdefault(b, {}).setdefault(a, 0.0)

    def sink_side(self) -> set[Any]:
        """The nodes on the sink's side of a cheapest cut: of all such cuts the one with the fewest nodes there.

        The graph is used up: call it once. There must be a cut of finite cost."""
        while True:
            level = self._levels()
            if self.sink not in level:
                break
            used: dict[Any, list[Any]] = {node: list(room) for node, room in self.room.items()}
            while self._push(self.source, inf, level, used):
                pass
        return self._reaches_sink()

    def _levels(self) -> dict[Any, int]:
        level, queue = {self.source: 0}, deque([self.source])
        while queue:
            node = queue.popleft()
            for other, room in self.room[node].items():
                if room > 0.0 and other not in level:
                    level[other] = level[node] + 1
                    queue.append(other)
        return level

    def _push(self, node: Any, most: float, level: dict[Any, int], left: dict[Any, list[Any]]) -> float:
        """Send what fits along one path from a node to the sink."""
        if node == self.sink:
            return most
        while left[node]:
            other = left[node][-1]
            room = self.room[node][other]
            if room > 0.0 and level.get(other) == level[node] + 1:
                sent = self._push(other, min(most, room), level, left)
                if sent:
                    self.room[node][other] -= sent
                    self.room[other][node] += sent
                    return sent
            left[node].pop()
        return 0.0

    def _reaches_sink(self) -> set[Any]:
        found, queue = {self.sink}, deque([self.sink])
        while queue:
            node = queue.popleft()
            for other in self.room[node]:
                if other not in found and self.room[other][node] > 0.0:
                    found.add(other)
                    queue.append(other)
        return found


__all__ = ["Cut"]
