"""The nodes of a run (see `sparsity`): what is made of several depends on all of them, by edges."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..extras import scipy_module


class Nodes:
    """The nodes so far, and the edges to those that they depend on."""

    def __init__(self) -> None:
        self.count = 1
        self.children: list[Any] = []
        self.parents: list[Any] = []
        self.single: tuple[list[int], list[int]] = ([], [])  # edges of nodes that were made one by one

    def fresh(self, shape: tuple[int, ...]) -> np.ndarray:
        """New nodes."""
        n = int(np.prod(shape, dtype=int))
        made = np.arange(self.count, self.count + n, dtype=np.int64).reshape(shape)
        self.count += n
        return made

    def join(self, nodes: Sequence[Any], shape: tuple[int, ...]) -> np.ndarray:
        """For each place the node of what depends on all that stands there."""
        parts = [np.broadcast_to(n, shape) for n in nodes if np.any(n)]
        if not parts:
            return np.zeros(shape, np.int64)
        out = np.array(parts[0])
        for part in parts[1:]:
            out = self._joined(out, part)
        return out

    def _joined(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        both = (a != 0) & (b != 0) & (a != b)
        out = np.where(a == 0, b, a)
        if both.any():
            new = self.fresh((int(np.count_nonzero(both)),))
            self.children += [new, new]
            self.parents += [a[both], b[both]]
            out[both] = new
        return out

    def join_numbers(self, nodes: Sequence[Any]) -> int:
        """The node of a number that depends on several others."""
        parents = {int(n) for n in nodes if n}
        if len(parents) < 2:
            return parents.pop() if parents else 0
        made = self.count
        self.count += 1
        self.single[0].extend([made] * len(parents))
        self.single[1].extend(parents)
        return made

    def hubs(self, nodes: np.ndarray, groups: np.ndarray, count: int) -> np.ndarray:
        """One node for each group: it depends on all nodes whose group it is."""
        nodes, groups = np.ravel(nodes), np.ravel(groups)
        active = nodes != 0
        made = np.zeros(count, np.int64)
        used = np.unique(groups[active])
        made[used] = self.fresh((len(used),))
        self.children.append(made[groups[active]])
        self.parents.append(nodes[active])
        return made

    def dependences(self, nodes: Any, total: int) -> Any:
        """The dependences of an array of nodes on the first `total` nodes, as a boolean sparse matrix."""
        sparse = scipy_module("sparse", "a sparse derivative")
        out = np.ravel(np.asarray(nodes)).astype(np.int64)
        edges = sparse.csr_matrix((self.count, self.count), dtype=np.bool_)
        if self.children or self.single[0]:
            child, parent = (np.concatenate([*part, np.array(more, np.int64)]) for part, more in zip(
                (self.children, self.parents), self.single, strict=True))
            edges = sparse.csr_matrix((np.ones(len(child), np.bool_), (child, parent)), (self.count, self.count))
        rows = np.flatnonzero(out)
        front = sparse.csr_matrix((np.ones(len(rows), np.bool_), (rows, out[rows])), (len(out), self.count))
        found = sparse.csr_matrix((len(out), total), dtype=np.bool_)
        while front.nnz:
            found = found + front[:, 1:total + 1]
            front = front @ edges
        found = found.tocsr()
        found.sum_duplicates()
        found.data[:] = True
        return found


def nothing(value: Any) -> Any:
    """The nodes of a value that depends on no input."""
    if isinstance(value, np.ndarray):
        return np.zeros(value.shape, np.int64)
    if isinstance(value, (list, tuple)):
        return type(value)(map(nothing, value)) if not hasattr(value, "_fields") else tuple(map(nothing, value))
    return {k: nothing(v) for k, v in value.items()} if isinstance(value, dict) else 0


def any_node(nodes: Any) -> bool:
    """Whether anything in a structure of nodes depends on an input."""
    if isinstance(nodes, (list, tuple)):
        return any(map(any_node, nodes))
    if isinstance(nodes, dict):
        return any(map(any_node, nodes.values()))
    return bool(np.any(nodes))
