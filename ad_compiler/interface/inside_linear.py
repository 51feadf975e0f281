"""`linearize` inside a function that is being compiled, and linear functions that were made outside of it."""
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..frontend.lower.inlining import call_python
from ..frontend.lower.sequences import items_of
from ..frontend.lowering import Lowering
from ..frontend.values import ExternalV, PartialV, TupleV, Value
from ..ir import nodes as ir
from ..parameters import signature_of
from .inside import bound
from .inside_directions import NONE, forward, options_of
from .inside_pullbacks import copied_argument
from .nested import by_kind
from .target import resolve

if TYPE_CHECKING:
    from .linear import LinearFunction


@dataclass(frozen=True, slots=True, eq=False)
class InnerLinear:
    """`linearize(f, *args)[1]`: the tangents of `f` at the `count` arguments that it is bound to, along tangents of the
    first `taken` of them."""

    f: Any
    count: int
    taken: int
    options: Any
    has_aux: bool

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        tangents = [*args[self.count:], *(NONE for _ in range(self.count - self.taken))]
        at = [copied_argument(lo, v, node) for v in args[:self.count]]  # the function may write into its arguments
        dot = forward(lo, self.f, at, tangents, self.options, node, hint)[1]
        return items_of(lo, dot, node)[0] if self.has_aux else dot


def inner_linearize(lo: Lowering, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None,
                    taken: int | None = None) -> Value:
    """`linearize(f, *args)` where the front end meets it; `taken`: by the first arguments only."""
    own, options = options_of(lo, kwargs, node)
    at = [copied_argument(lo, v, node) for v in args]
    function, values = bound(lo, resolve(f), args, {}, node)
    out = call_python(lo, function, *by_kind(signature_of(function).parameters.values(), values), node, hint)
    has_aux = bool(own.get("has_aux"))
    linear = PartialV(ir.Const(InnerLinear(f, len(args), len(args) if taken is None else taken, options,
                                          has_aux)), at, {})
    if not has_aux:
        return TupleV([out, linear])
    if not isinstance(out, TupleV) or len(out.items) != 2:
        lo.fail("AD122", node, f"with has_aux=True {resolve(f).spoken} must return a pair (value, auxiliary data)")
    return TupleV([out.items[0], linear, out.items[1]])


def outer_linear(lo: Lowering, linear: LinearFunction, function: Value, args: list[Value], kwargs: dict[str, Value],
                 node: Any) -> Value:
    """A call of a linear function that was made before, outside: the point is captured."""
    _, options = options_of(lo, {name: ir.Const(value) for name, value in linear.options.items()}, node)
    path = function.path if isinstance(function, ExternalV) else "linear"
    at = items_of(lo, ExternalV(linear.at, f"{path}.at"), node)
    inner = InnerLinear(linear.f, len(at), linear.taken, options, linear.has_aux)
    return inner.__ad_transform__(lo, function, [*at, *args], kwargs, node, None)


__all__ = ["InnerLinear", "inner_linearize", "outer_linear"]
