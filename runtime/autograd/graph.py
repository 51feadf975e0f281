"""`torch.autograd.graph`: hooks on what is saved, edges of the graph, hooks over several tensors."""
from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from runtime.core import Node, Output, Recorded, edge, target, version, wrap
from runtime.grad_mode import LOCAL, count_special, refresh
from runtime.observers import reached
from runtime.places import user_place
from runtime.row_node import RowNode
from runtime.saved import Packed, SavedOut
from runtime.tensor import Tensor


class GradientEdge(NamedTuple):
    """A place in the graph: a node and which of its results."""

    node: Any
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """The edge that receives the tensor's gradient."""
    if not tensor._req:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(*target(edge(tensor)), tensor)


def as_edge(t: Any) -> Any:
    """The engine's edge to a tensor or a GradientEdge."""
    if isinstance(t, GradientEdge):
        return Output(t.node, t.output_nr) if t.node.outputs != 1 else t.node
    return edge(t)


class saved_tensors_hooks:
    """Inside, `pack_hook(tensor)` is called for what is saved and `unpack_hook(packed)` when it is wanted back."""

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook, self.unpack_hook = pack_hook, unpack_hook

    def __enter__(self) -> None:
        if LOCAL.saved_disabled is not None:
            raise RuntimeError(LOCAL.saved_disabled)
        LOCAL.saved_hooks = (*LOCAL.saved_hooks, (self.pack_hook, self.unpack_hook))
        refresh()
        count_special(1)

    def __exit__(self, *exc: object) -> None:
        if not LOCAL.saved_hooks:  # left more often than entered
            return
        LOCAL.saved_hooks = LOCAL.saved_hooks[:-1]
        refresh()
        count_special(-1)


class save_on_cpu(saved_tensors_hooks):
    """Keeps saved tensors as copies in main memory, where they are anyway."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        super().__init__(lambda t: t.detach().clone(), lambda t: t)


@contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Any:
    """Inside, using saved-tensor hooks raises RuntimeError with this message."""
    before = LOCAL.saved_disabled
    LOCAL.saved_disabled = error_message
    try:
        yield
    finally:
        LOCAL.saved_disabled = before


OUTSIDE = ("Trying to backward outside of the 'allow_mutation_on_saved_tensors' contextin which the graph was "
           "originally recorded.")
_INSIDE: list[object] = []  # the context in force, if one is


@contextmanager
def allow_mutation_on_saved_tensors() -> Any:
    """Inside, saved tensors may be overwritten: what is saved is a copy. A backward outside is an AssertionError."""
    if _INSIDE:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    context = object()

    def unpack(kept: Any) -> Any:
        if context not in _INSIDE:
            raise AssertionError(OUTSIDE)
        return kept

    _INSIDE.append(context)
    try:
        with saved_tensors_hooks(lambda t: wrap(Tensor, t._data.copy()), unpack):
            yield context
    finally:
        _INSIDE.remove(context)


def pack_node(node: RowNode) -> None:
    """Hand what a new node saved to the innermost hooks."""
    if not LOCAL.saved_hooks:
        return
    hooks = LOCAL.saved_hooks[-1]
    saved = list(node.saved or ())
    for k, v in enumerate(saved):
        if type(v) is SavedOut:
            t = wrap(Tensor, v.data, v.edge(node))
        elif isinstance(v, Recorded) and node.versions[k] is not None:
            t = v
        else:
            continue
        saved[k] = Packed(t, hooks, v.index if type(v) is SavedOut else None)
    node.saved = tuple(saved)


def increment_version(tensor: Any) -> None:
    """Count a write that was made behind the back of the graph."""
    for t in [tensor] if isinstance(tensor, Recorded) else tensor:
        version(t).bump(user_place())


class _MultiHandle:
    """Removes the hooks of several tensors."""

    def __init__(self, handles: list[Any]) -> None:
        self.handles = handles

    def remove(self) -> None:
        """Take the hooks away."""
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> _MultiHandle:
        return self

    def __exit__(self, *exc: object) -> None:
        self.remove()


class _MultiCall:
    """The gradients that one backward brought so far, and how many it will bring yet."""

    def __init__(self, task: Any, places: list[Any]) -> None:
        self.task = task
        self.found: list[Any] = [None] * len(places)
        self.missing = sum(map(reached(*task).__contains__, places))


def register_multi_grad_hook(tensors: Sequence[Any], fn: Callable[..., Any], *, mode: str = "all") -> _MultiHandle:
    """`fn(grads)` when all gradients are there ("all"), or `fn(grad)` at the first ("any"), once per backward."""
    if mode not in ("all", "any"):
        raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")
    places = [target(edge(t))[0] for t in tensors]
    lock = threading.Lock()
    running: dict[int, _MultiCall] = {}  # by the backward

    def hook(index: int) -> Callable[[Any], None]:
        def seen(grad: Any) -> None:
            with lock:
                task = LOCAL.task
                call = running.get(id(task))
                first = call is None or call.task is not task
                if call is None or first:
                    call = running[id(task)] = _MultiCall(task, places)
                call.found[index] = grad
                call.missing -= 1
                complete = not call.missing
                if complete:
                    running.pop(id(task))
            if mode == "any" and first:
                fn(grad)
            elif mode == "all" and complete:
                fn(call.found)
        return seen
    return _MultiHandle([t.register_hook(hook(k)) for k, t in enumerate(tensors)])


__all__ = ["GradientEdge", "Node", "allow_mutation_on_saved_tensors", "disable_saved_tensors_hooks",
           "get_gradient_edge",
           "increment_version", "register_multi_grad_hook", "save_on_cpu", "saved_tensors_hooks"]
