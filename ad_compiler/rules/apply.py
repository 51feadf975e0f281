"""The concrete reading of a row: run its formulas on arrays, with conjugation and projection around them.

The tape and the tests use this module; the compiler emits the same steps as code. A `Plan` holds what can
be known of a row beforehand, so that an operation on the tape costs a few attribute reads and the formula
itself.

    >>> import numpy as np
    >>> from ad_compiler import rules
    >>> row = rules.find(np.multiply)
    >>> saved = residuals(row, row.bind((np.array([2.0, 3.0]), 4.0), {}), out=None, active=("x1",))
    >>> vjp(row, "x1", np.ones(2), saved)
    array([4., 4.])
"""
from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from ad_compiler.rules.layout import require_fixed
from ad_compiler.rules.row import FACTS, Formula, Partial, Row, formula_reads
from ad_compiler.support.shapes import cast, project


class Slot:
    """One operand of a row, ready to run.

    `vjp(g, *values)` reads `vjp_reads`, `jvp(d, *values)` reads `jvp_reads`; neither conjugates nor projects.
    """

    __slots__ = ("dtype", "jvp", "jvp_reads", "name", "nested", "shape", "vjp", "vjp_reads")

    def __init__(self, row: Row, name: str) -> None:
        self.name, self.shape, self.dtype = name, f"{name}_shape", f"{name}_dtype"
        self.nested = name in row.sequences
        partial = row.partials[name]
        if row.kind == "elementwise":
            assert not isinstance(partial, Partial)
            self.vjp_reads = self.jvp_reads = formula_reads(partial)
            self.vjp = self.jvp = _scaled(partial)
        elif row.kind == "linear":
            assert not isinstance(partial, Partial)
            self.vjp, self.vjp_reads = partial, formula_reads(partial)[1:]
            self.jvp_reads = tuple(p.name for p in row.parameters if p.name != name)
            self.jvp = _substituted(row, name, self.jvp_reads)
        else:
            assert isinstance(partial, Partial)
            self.vjp, self.vjp_reads = partial.vjp, partial.vjp_reads
            self.jvp, self.jvp_reads = partial.jvp, partial.jvp_reads


def _scaled(derivative: Formula) -> Callable[..., Any]:
    """`g * derivative(...)`; a derivative that reads nothing is a constant, and 1 costs nothing."""
    if not formula_reads(derivative):
        constant = derivative()
        if isinstance(constant, int | float) and constant == 1:
            return lambda g: g
        if isinstance(constant, int | float) and constant == -1:
            return lambda g: -g
        return lambda g: g * constant
    return lambda g, *values: g * derivative(*values)


def _substituted(row: Row, name: str, reads: tuple[str, ...]) -> Callable[..., Any]:
    """The row's function, called with the tangent in the operand's place."""
    def jvp(d: Any, *values: Any) -> Any:
        given = dict(zip(reads, values, strict=True))
        require_fixed(row, name, given)
        args, kwargs = row.arguments({name: d, **given})
        return row.function(*args, **kwargs)
    return jvp


class Plan:
    """A row's slots by operand, and whether cotangents are conjugated around it."""

    __slots__ = ("holomorphic", "row", "slots")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.holomorphic = row.holomorphic
        self.slots = {name: Slot(row, name) for name in row.operands}


_PLANS: dict[Row, Plan] = {}


def plan(row: Row) -> Plan:
    """The row's plan, made once."""
    found = _PLANS.get(row)
    if found is None:
        found = _PLANS.setdefault(row, Plan(row))
    return found


def residual_names(row: Row, active: Iterable[str] | None = None, *, mode: str = "vjp") -> tuple[str, ...]:
    """What the reverse sweep must keep of a call: names of values and facts, for the active operands
    (default: all).

    The operands' own `_shape` and `_dtype`, which projection needs, are not among them.
    """
    slots = plan(row).slots
    wanted: dict[str, None] = {}
    for name in slots if active is None else active:
        wanted |= dict.fromkeys(slots[name].vjp_reads if mode == "vjp" else slots[name].jvp_reads)
    return tuple(wanted)


def mapped(function: Callable[..., Any], value: Any, *others: Any) -> Any:
    """`function` over the leaves of a (nested) sequence operand; plain application to anything else."""
    if isinstance(value, list | tuple):
        return [mapped(function, *items) for items in zip(value, *others, strict=True)]
    return function(value, *others)


def fact(value: Any, name: str) -> Any:
    """One of `FACTS` of an operand or result; a list of facts for a sequence."""
    if isinstance(value, list | tuple):
        return [fact(item, name) for item in value]
    if hasattr(value, "dtype"):
        return getattr(value, name)
    return getattr(np.asarray(value), name)


def lookup(values: Mapping[str, Any], name: str) -> Any:
    """A value or a fact by its formula name; a fact that is not kept is taken from the value."""
    if name in values:
        return values[name]
    base, _, kind = name.rpartition("_")
    if kind not in FACTS or base not in values:
        raise KeyError(name)
    return fact(values[base], kind)


def residuals(row: Row, bound: Mapping[str, Any], out: Any,
              active: Iterable[str] | None = None) -> dict[str, Any]:
    """What a reverse sweep over one call needs, projection included, by name."""
    everything = {**bound, "out": out}
    names = row.operands if active is None else tuple(active)
    kept = [*residual_names(row, names), *(n + f for n in names for f in ("_shape", "_dtype"))]
    return {name: lookup(everything, name) for name in kept}


def conjugate(value: Any) -> Any:
    """Conjugate of a complex value (of each in a sequence); a real one is returned as it is."""
    if isinstance(value, list | tuple):
        return tuple(conjugate(item) for item in value)
    dtype = getattr(value, "dtype", None)
    if dtype is None:
        return value.conjugate() if type(value) is complex else value
    return np.conj(value) if dtype.kind == "c" else value


def vjp(row: Row, operand: str, g: Any, values: Mapping[str, Any]) -> Any:
    """Cotangent of one operand, of the operand's own shape and dtype.

    `values` maps names to values or facts (`residuals` makes it): what the formula reads, and the operand's
    shape and dtype or the operand itself. A sequence operand gives a list of cotangents.
    """
    planned = plan(row)
    slot = planned.slots[operand]
    reads = [values[name] if name in values else lookup(values, name) for name in slot.vjp_reads]
    if planned.holomorphic:
        cotangent = conjugate(slot.vjp(conjugate(g), *reads))
    else:
        cotangent = slot.vjp(g, *reads)
    return _projected(cotangent, lookup(values, slot.shape), lookup(values, slot.dtype))


def _projected(cotangent: Any, shape: Any, dtype: Any) -> Any:
    if isinstance(dtype, list):
        cotangent = [None] * len(dtype) if cotangent is None else cotangent
        return [_projected(*leaf) for leaf in zip(cotangent, shape, dtype, strict=True)]
    return np.zeros(shape, dtype) if cotangent is None else project(cotangent, shape, dtype)


def jvp(row: Row, tangents: Mapping[str, Any], values: Mapping[str, Any]) -> Any:
    """Tangent of the result from tangents of some operands, of the result's shape and dtype.

    `values` holds every argument and `out`. Several results give a tuple of tangents.
    """
    slots = plan(row).slots
    total: Any = None
    for name, d in tangents.items():
        slot = slots[name]
        part = slot.jvp(d, *(lookup(values, read) for read in slot.jvp_reads))
        total = part if total is None else _added(total, part)
    return _fitted(total, values["out"])


def _added(total: Any, part: Any) -> Any:
    if isinstance(total, list | tuple):
        return tuple(_added(*leaf) for leaf in zip(total, part, strict=True))
    return total + part


def _fitted(tangent: Any, out: Any) -> Any:
    if isinstance(out, list | tuple):
        return tuple(_fitted(*leaf) for leaf in zip(tangent, out, strict=True))
    return cast(np.broadcast_to(tangent, np.shape(out)), fact(out, "dtype"))
