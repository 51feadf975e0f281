"""What a program returns, as the passes see it: the numbers in it, and which of them is differentiated."""
from __future__ import annotations

from typing import Any

from .errors import NotScalar, WrongResult, named_sizes, spoken
from .frontend.entry import Lowered
from .frontend.lower.trees import described
from .frontend.values import HeapV, TupleV, Value
from .ir import nodes as ir
from .ir.types import Array, Num


def out_leaves(value: Value) -> list[ir.Operand]:
    """The numbers of a result, in order."""
    match value:
        case ir.Var() | ir.Const():
            return [value]
        case TupleV(items):
            return [x for v in items for x in out_leaves(v)]
        case HeapV():
            return [x for v in value.slots.values() for x in out_leaves(v)]
        case _:
            return []


def main_result(lowered: Lowered, aux: bool) -> Value:
    """What is differentiated of a result: with `aux` the first of a pair. Raises WrongResult where it is none."""
    out = lowered.out
    if not aux:
        return out
    if not isinstance(out, TupleV) or len(out.items) != 2:
        raise WrongResult(f"has_aux=True: {spoken(lowered.function.name)} must return a pair (value, aux)")
    return out.items[0]


def scalar_leaf(value: Value, name: str) -> ir.Var | None:
    """The one number that a gradient is of; None for a constant. Raises NotScalar for any other result."""
    if isinstance(value, ir.Const) and isinstance(value.value, (int, float, complex)):
        return None
    if isinstance(value, ir.Var):
        t = value.type
        if isinstance(t, Num) or (isinstance(t, Array) and all(d.known and d.const == 1 for d in t.dims)):
            return value
        if isinstance(t, Array) and not any(_surely_many(d) for d in t.dims):
            return value
        if isinstance(t, Array):
            shape = named_sizes(", ".join(map(str, t.dims))) + ("," if t.ndim == 1 else "")
            raise NotScalar(f"{spoken(name)} returns an array of shape ({shape}), and a gradient needs exactly one "
                            "number: use `vjp` or `jacobian`, or return a sum")
    what = f"a {value.cls.__name__}" if isinstance(value, HeapV) else described(value)
    raise NotScalar(f"{spoken(name)} returns {what}, and a gradient needs exactly one number: use `vjp` or `jacobian`, "
                    "or has_aux=True for a pair (value, auxiliary data)")


def is_one_number(value: Value) -> bool:
    """Whether a result is known, from its type, to be one real number."""
    if not isinstance(value, ir.Var) or not isinstance(value.type, (Num, Array)) or value.type.kind != "f":
        return False
    return isinstance(value.type, Num) or all(d.known and d.const == 1 for d in value.type.dims)


def _surely_many(dim: Any) -> bool:
    return not dim.may_be_one() and not (dim.known and dim.const == 1)
