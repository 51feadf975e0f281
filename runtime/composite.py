"""Operations composed of others that show as one node, as they do in torch.

    def xlogy(x, y): ...                           # written with tensor operations
    composite("XlogyBackward0", xlogy, x, y)       # one node of the graph, whose edges are those of x and y

The function runs on stand-ins for its operands, which records an inner graph; the node's backward runs that graph.
A backward that is itself recorded runs the function anew on the operands, so that every order of derivative is there.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.backward import run_backward
from runtime.core import Node, Output, Recorded, edge, leaf, sequence, version, wrap
from runtime.grad_mode import LOCAL, MODE, enable_grad
from runtime.places import user_place
from runtime.saved import current, freed, modified
from runtime.tensor import Tensor


class Composite(Node):
    """A node with a graph of its own inside."""

    inner: Any
    stands: Any
    args: Any

    __slots__ = ("active", "args", "function", "inner", "options", "outputs", "result", "stands", "versions")

    def run(self, g: Any, keep: bool) -> Any:
        if self.inner is None:
            raise freed(self)
        roots = [(e, x) for e, x in zip(self.inner, g if self.outputs != 1 else [g], strict=True)
                 if e is not None and x is not None]
        try:
            found = run_backward(roots, keep, False, [edge(t) for t in self.stands], accumulate=False)
        except RuntimeError:
            self._refuse_overwritten()  # in terms of the operands, which the inner graph does not know
            raise
        if not keep:
            self.release()
        return self._placed(found)

    def trace(self, g: Any, keep: bool) -> Any:
        if self.inner is None:
            raise freed(self)
        self._refuse_overwritten()
        with enable_grad():
            args = list(self.args)
            for k in self.active:  # an operand that is given twice has two gradients: each place has an edge of its own
                args[k] = args[k].view_as(args[k])
            again = self.function(*args, **self.options)
            results = list(again) if isinstance(again, tuple) else [again]
            roots = [(edge(t), x) for t, x in zip(results, g if self.outputs != 1 else [g], strict=True)
                     if x is not None and edge(t) is not None]
            found = run_backward(roots, True, True, [edge(args[k]) for k in self.active], accumulate=False)
        if not keep:
            self.release()
        return self._placed(found)

    def _refuse_overwritten(self) -> None:
        for a, n in zip(self.args, self.versions, strict=True):
            if n is not None and current(a) != n:
                raise modified(self, a, n)

    def _placed(self, found: list[Any]) -> tuple[Any, ...]:
        out: list[Any] = [None] * len(self.edges)
        places = [k for k, e in enumerate(self.edges) if e is not None]
        for k, x in zip(places, found, strict=True):
            out[k] = x
        return tuple(out)

    def release(self) -> None:
        self.inner = self.stands = self.args = None

    def keep_copy(self, x: Recorded) -> None:
        """`x` is about to be overwritten by this node's own result: keep its value."""
        kept = x._data.copy()
        for a in self.args:
            if a is x:
                a._data = kept
        for t in self.stands:
            if t._data.shape == kept.shape and t._ver is x._ver:
                t._data = kept


_CLASSES: dict[str, type[Composite]] = {}


def _class(name: str) -> type[Composite]:
    found = _CLASSES.get(name)
    if found is None:
        found = _CLASSES[name] = type(name, (Composite,), {"__slots__": (), "__module__": "builtins"})
    return found


def composite(name: str, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
    """`function(*args, **options)` as one node called `name`. Only positional tensors are operands.

    The function returns a tensor or a tuple of tensors, none of them a view of an operand. In the rarer modes its
    own graph shows instead.
    """
    tensors = [a for a in args if isinstance(a, Tensor)]
    if (MODE.special and not (LOCAL.simple and LOCAL.enabled)) or not any(t._req for t in tensors):
        return function(*args, **options)
    stands = [_stand_in(a) if isinstance(a, Tensor) else a for a in args]
    out = function(*stands, **options)
    results = list(out) if isinstance(out, tuple) else [out]
    node: Any = _class(name)()
    node.edges = tuple(edge(t) for t in tensors)
    node.seq, node.extra = sequence(), None
    node.place, node.lasti = user_place()
    node.function, node.options, node.args = function, options, args
    node.active = [k for k, a in enumerate(args) if isinstance(a, Tensor) and edge(a) is not None]
    node.stands = [stands[k] for k in node.active]
    node.versions = [current(a) if isinstance(a, Tensor) else None for a in args]
    node.inner = [edge(t) for t in results]
    node.outputs = len(results)
    node.result = [(t._data.shape, t._data.dtype) for t in results]
    made = [wrap(Tensor, t._data, None if e is None else Output(node, k) if len(results) > 1 else node)
            for k, (t, e) in enumerate(zip(results, node.inner, strict=True))]
    for t, inner in zip(made, results, strict=True):
        t._ver = version(inner)
    return type(out)(*made) if hasattr(out, "_fields") else tuple(made) if isinstance(out, tuple) else made[0]


def _stand_in(a: Any) -> Any:
    t = leaf(Tensor, a._data, a._req)
    t._ver = version(a)
    return t
