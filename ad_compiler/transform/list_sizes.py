"""Run-time lists of arrays that differ in size: what their cotangents must know of it."""
from __future__ import annotations

from ..analysis.infer import type_of
from ..ir import nodes as ir
from ..ir.types import Array, Dim, ListOf, Type


def of_many_sizes(base: ir.Var) -> bool:
    """Whether `xs[i] = v` may put an array where one of another size was: so it is with their cotangents then."""
    item = base.type.item if isinstance(base.type, ListOf) else None
    return isinstance(item, Array) and item.kind in "fc" and not all(map(_one_size, item.dims))


def own_size(value: ir.Arg, item: Type | None) -> Type | None:
    """The type of the cotangent of what is put into a list: that of the list's items says nothing about sizes."""
    t = type_of(value)
    return Array(item.dtype, t.dims) if isinstance(item, Array) and isinstance(t, Array) else item


def _one_size(dim: Dim) -> bool:
    """Whether a form over sizes is one number in all of a call: none is unknown, or an iteration's."""
    return not any(name.startswith("?") or "%" in name for name, _ in dim.terms)
