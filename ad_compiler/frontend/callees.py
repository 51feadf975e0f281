"""Functions that call themselves, or one another, as far as values decide: each is compiled as a function of its own.

    area = simpson(a, b, eps)                   in the value
    area, record = simpson_fwd(a, b, eps)       in the forward sweep
    a_bar, b_bar = simpson_rev(record, area_bar)

A `Callee` is such a function on arguments of given types; a `Step` is what emitted code calls, itself or one of its
derivatives. `ad_compiler.pipeline_callees` compiles them when the text is put together.
"""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from ..ir import nodes as ir
from ..ir.types import Array, Dim, Num, Type, unknown_dim
from .values import Value

if TYPE_CHECKING:
    from .entry import Lowered

Kind = Literal["value", "fwd", "rev", "jvp"]


@dataclass(eq=False)
class Step:
    """What emitted code calls: a function that calls itself, one of its two sweeps, or its value and tangent."""

    callee: Callee
    kind: Kind
    own_memory = True  # what it returns is new memory, each array its own
    __ad_transform__ = None  # a call is no step that a derivative passes through: a rule stands around it

    @property
    def __name__(self) -> str:
        return self.callee.name if self.kind == "value" else f"{self.callee.name}_{self.kind}"


@dataclass(eq=False)
class Callee:
    """A function that is called and not read in place. `params` stand for the numbers among its arguments, `captured`
    for what it reads from around, passed as further arguments. `outs` is the structure of what it returns over
    variables (None while no result is known); arrays among the parameters that it writes are results as well
    (`written`). What it returns depends smoothly on those in `smooth`; `shares`: it may be memory of an argument."""

    name: str
    identity: Any
    key: Any
    params: list[ir.Var]
    captured: list[ir.Var] = field(default_factory=list)
    outs: Value | None = None
    written: list[ir.Var] = field(default_factory=list)
    smooth: set[ir.Var] = field(default_factory=set)
    shares: bool = False
    lowered: Lowered | None = None
    functions: dict[Any, ir.Function] = field(default_factory=dict)  # what was compiled of it, by kind and options

    def __post_init__(self) -> None:
        self.value, self.fwd, self.rev, self.jvp = (Step(self, kind) for kind in ("value", "fwd", "rev", "jvp"))

    @property
    def inputs(self) -> list[ir.Var]:
        """What it is called with."""
        return [*self.params, *self.captured]

    def floating(self) -> list[int]:
        """The places of the arguments that it is differentiated by."""
        return [i for i, v in enumerate(self.inputs) if v in self.smooth]

    def types_at(self, given: list[ir.Operand], results: list[ir.Var]) -> list[Type]:
        """The types of the results of one call: sizes in terms of the sizes of what is given."""
        sizes: dict[str, Dim] = {}
        for param, operand in zip(self.params, given, strict=False):
            if isinstance(param.type, Array) and isinstance(operand, ir.Var) and isinstance(operand.type, Array):
                for own, other in zip(param.type.dims, operand.type.dims, strict=True):
                    if not own.known:
                        sizes[own.terms[0][0]] = other
        return [_placed(v.type, sizes) for v in results]


def _placed(t: Type, sizes: dict[str, Dim]) -> Type:
    if isinstance(t, Num):
        return Num(t.dtype, t.weak)
    if not isinstance(t, Array):
        return t
    fresh: dict[str, Dim] = {}

    def at(dim: Dim) -> Dim:
        total = Dim((), dim.const)
        for name, count in dim.terms:
            if name not in sizes and name.startswith("?"):
                fresh.setdefault(name, unknown_dim())
            total = total + (sizes.get(name) or fresh.get(name) or Dim(((name, 1),))).scaled(count)
        return total

    return Array(t.dtype, tuple(map(at, t.dims)))


def steps_of(fn: ir.Function) -> Iterator[Step]:
    """The steps that a function calls, in the order of its text, each as often as it does."""
    from ..ir import visit

    for stmt in visit.walk(fn.body):
        if isinstance(stmt, (ir.Assign, ir.Effect)) and isinstance(stmt.value, ir.Call) and isinstance(
                stmt.value.function, Step):
            yield stmt.value.function


__all__ = ["Callee", "Kind", "Step", "steps_of"]
