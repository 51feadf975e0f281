"""`jvp` inside a function that is being compiled, and the directions that `jvp` and `vjp` are given there."""
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..analysis.infer import type_of
from ..frontend.lower.attributes import load_attribute
from ..frontend.lower.items import load_item
from ..frontend.lower.joining import new_heap_frame
from ..frontend.lower.sequences import items_of
from ..frontend.lowering import Lowering
from ..frontend.signature import Spec, Static, Tree
from ..frontend.values import ExternalV, HeapV, TupleV, Value
from ..ir import nodes as ir
from ..ir.types import Array, Num
from .inside import bound, call_emitted, floating_in, specialized, specs_of
from .inside_functions import constant
from .nested import is_floating_spec, moved, spec_at
from .options import compiler_options
from .procedures import returning, written_arguments
from .structure import path_text
from .target import resolve
from .wrt import chosen

NONE = ir.Const(None)
_OPTIONS = {"backend": "numpy", "mode": "fast", "on_unsupported": "error"}


def options_of(lo: Lowering, kwargs: dict[str, Value], node: Any) -> tuple[dict[str, Any], Any]:
    """The keyword arguments of a transform as objects: `argnums` and `has_aux`, and the compiler's options."""
    named = {name: constant(lo, value, node) for name, value in kwargs.items()}
    own = {name: named.pop(name) for name in ("argnums", "has_aux") if name in named}
    return own, compiler_options(*(named.pop(name, value) for name, value in _OPTIONS.items()), named)


# --- forward ----------------------------------------------------------------------------------------------------------
def inner_jvp(lo: Lowering, f: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None) -> Value:
    """`jvp(f, args, tangents)` where the front end meets it."""
    given = [*args, *(kwargs.pop(name) for name in ("args", "tangents") if name in kwargs)]
    own, options = options_of(lo, kwargs, node)
    if len(given) != 2:
        lo.fail("AD109", node, "jvp takes a function, a tuple of arguments and a tuple of tangents")
    primals, tangents = (items_of(lo, part, node) for part in given)
    out, out_dot = forward(lo, f, primals, tangents, options, node, hint, procedures=not own.get("has_aux"))
    if not own.get("has_aux"):
        return TupleV([out, out_dot])
    value, aux = items_of(lo, out, node)
    return TupleV([value, items_of(lo, out_dot, node)[0], aux])


def forward(lo: Lowering, f: Any, args: Sequence[Value], tangents: Sequence[Value], options: Any, node: Any,
            hint: str | None = None, kwargs: dict[str, Value] | None = None, procedures: bool = False
            ) -> tuple[Value, Value]:
    """The value of `f(*args, **kwargs)` and its tangent, structured like it. With `procedures` one that returns nothing
    has the tangent of the arguments that it writes."""
    if len(args) != len(tangents):
        lo.fail("AD109", node, f"jvp was given {len(args)} arguments and {len(tangents)} tangents: one each is needed")
    target = resolve(f)
    places = [chosen(target, position).paths[0] for position in range(len(args))]
    function, values = bound(lo, target, args, kwargs or {}, node)
    if function is not target.function:
        places = [moved(target, place, values) for place in places]
    specs = specs_of(lo, values, node)
    paths: list[tuple[Any, ...]] = []
    dots: list[Value] = []
    for place, tangent in zip(places, tangents, strict=True):
        if isinstance(tangent, ir.Const) and tangent.value is None:
            continue
        paths += floating_in(specs, place)
        dots += directions(lo, spec_at(specs, place), tangent, path_text(place[0], place[1:]), "tangent", node)
    special = specialized(lo, "forward", options, function, values, tuple(paths), node)
    names = written_arguments(special, target) if procedures else ()
    if names:
        return NONE, forward(lo, returning(target, names), args, tangents, options, node, hint, kwargs)[1]
    both = call_emitted(lo, special, function, values, node, hint, dots)
    out, out_dot = items_of(lo, both, node)
    return out, _shaped(lo, out_dot, special.main.lowered.out)


def _shaped(lo: Lowering, dot: Value, like: Any) -> Value:
    """The emitted tangent in the structure of the result: None for what carries none."""
    match like:
        case TupleV(items, cls):
            parts = zip(items, dot.items, strict=True)
            return TupleV([_shaped(lo, d, part) for part, d in parts], cls)
        case HeapV(cls):
            slots = dot.items if isinstance(dot, TupleV) else list(dot.slots.values())
            parts = [_shaped(lo, d, part) for part, d in zip(like.slots.values(), slots, strict=True)]
            return structure(lo, cls, list(like.slots), parts)
        case ir.Var() if isinstance(like.type, (Num, Array)) and like.type.kind in "fc":
            return dot
        case ir.Const() if isinstance(like.value, (float, complex, np.inexact)):
            return ir.Const(0.0)
    return NONE


def structure(lo: Lowering, cls: type, keys: list[Any], parts: list[Value]) -> Value:
    """A tuple, list, dict or object of values."""
    if issubclass(cls, tuple):
        return TupleV(parts, cls)
    heap = HeapV(cls, new_heap_frame(lo, cls.__name__.lower()))
    heap.slots.update(zip(range(len(parts)) if cls is list else keys, parts, strict=True))
    return heap


def directions(lo: Lowering, spec: Any, given: Value, where: str, what: str, node: Any) -> list[Value]:
    """The numbers of a tangent or cotangent where `spec` has floating ones. Refuses other structures and ranks."""
    if isinstance(spec, Static) and not is_floating_spec(spec):
        return []
    if isinstance(spec, Tree):
        found: list[Value] = []
        for key, part in spec.children:
            if _holds_floating(part):
                item = part_of(lo, given, key, spec.access, where, what, node)
                found += directions(lo, part, item, f"{where}[{key!r}]", what, node)
        return found
    return [directed(lo, spec.type, given, where, what, node)] if is_floating_spec(spec) else []


def _holds_floating(spec: Spec) -> bool:
    if isinstance(spec, Tree):
        return any(_holds_floating(part) for _, part in spec.children)
    return is_floating_spec(spec)


def part_of(lo: Lowering, given: Value, key: Any, access: str, where: str, what: str, node: Any) -> Value:
    if not isinstance(given, (TupleV, HeapV, ExternalV)):
        lo.fail("AD149", node, f"the {what} of `{where}` must have its structure")
    if access == "attribute":
        return load_attribute(lo, given, key, node)
    return load_item(lo, given, ir.Const(key), node, None)


def directed(lo: Lowering, wanted: Num | Array, given: Value, where: str, what: str, node: Any) -> Value:
    """A tangent or cotangent of one number or array, as a float of its rank."""
    if not isinstance(given, (ir.Var, ir.Const)) or not lo.is_number(given):
        lo.fail("AD149", node, f"the {what} of `{where}` must be a number or an array like it")
    t = type_of(given)
    dims, own = getattr(wanted, "dims", ()), getattr(t, "dims", ())
    if len(dims) != len(own) or any(a.known and b.known and a != b for a, b in zip(dims, own, strict=True)):
        lo.fail("AD149", node, f"the {what} of `{where}` must have its shape: it has {len(dims)} dimensions, "
                f"the {what} {len(own)}" if len(dims) != len(own) else f"the {what} of `{where}` must have its shape")
    if t.kind in "fc":
        return given
    if isinstance(given, ir.Const):
        return ir.Const(float(given.value))
    return lo.call(np.multiply, (given, ir.Const(1.0)), style="op")
