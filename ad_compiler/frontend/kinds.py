"""What values make real or complex, in results: there compiled code, which has it complex, would show."""
from __future__ import annotations

from collections.abc import Iterator

from ..errors import Diagnostic, UnsupportedError, spoken
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Num
from .entry import Lowered
from .values import HeapV, TupleV, Value


def with_known_kinds(lowered: Lowered) -> Lowered:
    """The function, unless it returns eigenvalues, roots or functions of a real matrix as they are: NumPy gives real
    numbers or complex ones, as values decide, and compiled code would always give complex ones. Raises
    UnsupportedError."""
    if not any(v.type.kind == "c" for v in _numbers(lowered.out)):
        return lowered
    for stmt in visit.walk(lowered.function.body):
        value = stmt.value if isinstance(stmt, ir.Assign) else None
        if isinstance(value, ir.Call) and getattr(value.function, "kind_by_values", False):
            raise UnsupportedError(Diagnostic(
                "AD110", stmt.origin, f"{spoken(lowered.function.name)} returns complex numbers that come from "
                "eigenvalues, roots or functions of a real matrix: values decide whether they are real",
                "return their real parts or absolute values"))
    return lowered


def _numbers(value: Value) -> Iterator[ir.Var]:
    """The variables of a result that are numbers or arrays."""
    match value:
        case ir.Var(type=Num() | Array()):
            yield value
        case TupleV(items):
            for item in items:
                yield from _numbers(item)
        case HeapV():
            for item in value.slots.values():
                yield from _numbers(item)
