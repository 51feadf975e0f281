"""From a block of IR to the text of a kernel: the state while lowering, and the statements in their order.

Array statements are gathered in nests of loops (`nests.py`) and leave them when something needs their memory. The
kernel returns 0, or 1 where the statements must run in NumPy instead, or 2 and 3 where it needs more memory.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from ..analysis.alias import Aliases
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, size, symbol
from . import arithmetic
from .fitting import Fitting
from .heap import lists_of_references, shared_lists
from .homes import replaced_in_loops
from .layout import changing_variables, contiguous_variables, has_narrow, has_singles
from .loose import loose_variables, only_for_sums
from .nests import Conflict, Nest
from .records import arrays_recorded, groups_of
from .rows import Rows, write_rows
from .texts import MEMORY, RECORDS
from .unsure import unsure
from .values import Arr, Base, Inner, Items, Scalar, Value, contiguous
from .writer import ONE, ZERO, CannotLower, Int, Writer, text

FEW = 64  # elements of an array that has a place of its own


class Lowering(Fitting):
    """Lowers one function, a region of a program. `layouts` has the memory order of each array parameter: "C", "F"
    or "A" (any strides)."""

    def __init__(self, fn: ir.Function, outs: tuple[ir.Var, ...], aliases: Aliases, layouts: dict[ir.Var, str]) -> None:
        from .table import HANDLERS, STATEMENTS

        self.fn, self.outs, self.aliases, self.layouts = fn, outs, aliases, layouts
        self.w = Writer()
        self.env: dict[ir.Var, Value] = {}
        self.nest: Nest | None = None
        self.rows: Rows | None = None
        self.waiting: set[ir.Var] = set()  # totals of the open nest
        self.modules: set[str] = set()
        self.vectorises = False
        self.bases: dict[str, Base] = {}
        self.handlers, self.statements = HANDLERS, STATEMENTS
        self.left = Counter(v for s in visit.walk(fn.body) for v in visit.reads(s))
        self.left.update(outs)
        self.changing = changing_variables(fn, outs)
        self.shared = shared_lists(fn)
        self.references = lists_of_references(fn, aliases, self.shared)
        self.groups = {v: g for v, g in groups_of(fn).items() if v not in self.shared and v not in self.references}
        self.records = {v: b for v, b in arrays_recorded(fn).items()
                        if v not in self.shared and v not in self.references and v not in outs}
        self.record_items: dict[ir.Var, Items] = {}
        self.roomy: set[ir.Var] = set()  # of these, the ones for which a loop has made the room
        self.results: set[ir.Var] = set()  # those which may lie in arrays that the caller makes
        self.made: list[tuple[Arr, str]] = []  # these arrays, and the names under which they are passed
        self.fixed = 0  # lines of the memory, from its beginning, that belong to one place in the text each
        self.again = True  # what is allocated here in one iteration is free again in the next
        self.sums: dict[ir.Var, tuple[ir.Var, ir.Operand, bool]] = {}  # of the loops around, see `accumulate.py`
        self.given: dict[ir.Var, Arr] = {}  # the parameters that are arrays
        self.singles, self.narrow = has_singles(fn), has_narrow(fn)
        self.loose = loose_variables(fn)
        self.shapes_for_sums = only_for_sums(fn) if self.loose else set()
        self.sizes_of: dict[str, Int] = {}  # the sizes of parameters by their names in types
        self.numbers_of: dict[str, Int] = {}  # integers among the parameters, likewise
        self.axis_of: dict[str, tuple[int, int]] = {}  # the parameter and the axis that a size is of
        self.sizes_known: dict[ir.Var, tuple[Int, ...] | None] = {}
        self.all_loose = False  # of the operands of the elementwise operation at hand
        self.version: Counter[ir.Var] = Counter()
        self.unsure, self.copying = unsure(fn, self.changing, outs), False
        self.steady = contiguous_variables(fn, {v for v, layout in layouts.items() if layout == "C"})
        self.homes = replaced_in_loops(fn, outs, aliases, self.changing, self.shared | self.references) - self.loose
        self.origin: ir.Origin | None = None

    # --- a sink for lines -----------------------------------------------------------------------------------
    def fail_if(self, condition: str) -> None:
        self.line(f"if {condition}:")
        self.line("    return 1")

    def once_all(self, condition: str) -> None:
        self.fail_if(condition)

    def uses(self, module: str) -> None:
        self.modules.add(module)

    def sizes_from(self, t: Array, numbers: bool = False) -> tuple[Int, ...] | None:
        """The sizes that a type tells, as forms over sizes of parameters, and `numbers` that are parameters; None if
        it does not tell all."""
        known = {**self.sizes_of, **self.numbers_of} if numbers else self.sizes_of
        if any(name not in known for dim in t.dims for name, _ in dim.terms):
            return None
        return tuple(sum((known[name].scaled(factor) for name, factor in dim.terms), size(dim.const))
                     for dim in t.dims)

    def steady_sizes(self, var: ir.Var) -> tuple[Int, ...] | None:
        """The sizes of a variable that is assigned more than once, if they are always those of its type."""
        if var not in self.sizes_known:
            told = isinstance(var.type, Array) and var not in self.loose
            found = self.sizes_from(var.type) if told else None
            self.sizes_known[var] = found if found and all(map(self.w.facts.never_negative, found)) else None
        return self.sizes_known[var]

    def has_home(self, var: ir.Var) -> bool:
        """Whether an array variable that is assigned more than once is always the same memory."""
        return var in self.homes and self.steady_sizes(var) is not None

    # --- statements -----------------------------------------------------------------------------------------
    def block(self, block: Iterable[ir.Stmt]) -> None:
        for stmt in block:
            self.statement(stmt)
        self.close()

    def whole(self, block: ir.Block) -> None:
        """The function's own block. A CannotLower says which statement it was, and where it is from."""
        for number, stmt in enumerate(block):
            try:
                self.statement(stmt)
            except CannotLower as reason:
                reason.reached, reason.origin = number, self.origin
                raise
        self.close()

    def statement(self, stmt: ir.Stmt) -> None:
        if stmt.origin is not None:
            self.origin = stmt.origin
        handler = self.statements.get(type(stmt))
        if handler is None:
            raise CannotLower(f"{type(stmt).__name__} is not lowered")
        if isinstance(stmt, ir.Assign) and stmt.target in self.changing:
            fresh = ir.Var(stmt.target.hint, stmt.target.type)
            self.left[fresh] = 1
            self.aliases.join(fresh, stmt.target)
            for names in (self.shared, self.references):
                if stmt.target in names:
                    names.add(fresh)
            handler(self, ir.Assign(fresh, stmt.value, stmt.origin))
            stmt = ir.Copy((stmt.target,), (fresh,), stmt.origin)
            handler = self.statements[ir.Copy]
        handler(self, stmt)
        for v in visit.reads(stmt):
            self.left[v] -= 1

    def close(self) -> None:
        """Write the open nest, keeping in memory what is still to be read of it."""
        nest = self.nest
        if nest is None:
            return
        self.nest = None
        for var, inner in nest.values.items():
            if self.left[var] > 0:
                array = replace(self.allocate(inner.dtype, inner.sizes, var), loose=inner.loose)
                nest.store(array, inner.element.text)
                self.env[var] = array
            else:
                self.env.pop(var, None)
        self.waiting.clear()
        self.rows = write_rows(self.rows, nest)
        self.modules |= nest.modules

    # --- memory ---------------------------------------------------------------------------------------------
    def pointer(self, area: str, dtype: np.dtype[Any]) -> Base:
        """The pointer into one of the kernel's memories for numbers of a type."""
        if dtype.name not in arithmetic.SUPPORTED:
            raise CannotLower(f"arrays of {dtype}")
        name = f"{area}_{dtype.name}"
        self.w.taken.add(name)
        if name not in self.bases:
            self.bases[name] = Base(name, str(MEMORY if area == "mem" else RECORDS))
        return self.bases[name]

    def allocate(self, dtype: np.dtype[Any], sizes: tuple[Int, ...], owner: ir.Var) -> Arr:
        """New memory, with any contents."""
        w = self.w
        if owner in self.results and w.depth == 1 and sizes == self.steady_sizes(owner):
            return self.result_array(dtype, sizes, owner)
        base = self.pointer("mem", dtype)
        strides = contiguous(w, sizes)
        count = w.times(strides[0], sizes[0]) if sizes else ONE
        per = 64 // dtype.itemsize
        if count.known and 0 < count.const <= FEW and self.again:
            place, self.fixed = self.fixed, self.fixed + -(-count.const // per)
            return Arr(base, dtype, size(place * per), sizes, strides, owner)
        offset = self.fresh(f"{owner.hint}_at")
        self.line(f"{offset} = top * {per}")
        self.line(f"top += {text(w.at_least_zero(count) + (per - 1))} >> {per.bit_length() - 1}"
                  if not count.known else f"top += {-(-max(count.const, 0) // per)}")
        self.line("if top > room:")
        self.line("    oi[0] = top")
        self.line("    return 2")
        return Arr(base, dtype, symbol(offset), sizes, strides, owner)

    def result_array(self, dtype: np.dtype[Any], sizes: tuple[Int, ...], owner: ir.Var) -> Arr:
        """An array that the caller makes: the result need not be copied out of the kernel's memory."""
        self.results.remove(owner)
        name = self.fresh(f"{owner.hint}_out")
        base = Base(self.fresh(f"{name}_p"), str(len(self.fn.params) + len(self.made)))
        self.made.append((Arr(base, dtype, ZERO, sizes, contiguous(self.w, sizes), owner), name))
        return self.made[-1][0]

    # --- nests ----------------------------------------------------------------------------------------------
    def open(self, sizes: tuple[Int, ...]) -> Nest:
        """The open nest, if it is over these sizes, or a new one."""
        if self.nest is None or self.nest.sizes != sizes:
            self.close()
            index = tuple(self.fresh("ijkabc"[n] if n < 6 else "l") for n in range(len(sizes)))
            self.nest = Nest(self.w, sizes, index, self.aliases.same_class)
        return self.nest

    def element(self, nest: Nest, value: Value) -> Scalar:
        """The element of an operand at the nest's index. Raises Conflict if it is not to be had there."""
        if isinstance(value, Scalar):
            return value
        if isinstance(value, Inner):
            if value.nest is not nest:
                raise Conflict
            return value.element
        if isinstance(value, Arr):
            return nest.load(self.fit(value, nest.sizes))
        raise CannotLower("a group of values in an elementwise operation")

    def elements(self, args: Iterable[ir.Arg], sizes: tuple[Int, ...] | None = None) -> tuple[Nest, list[Scalar]]:
        """A nest over the common sizes of operands (or over `sizes`), and their elements in it."""
        args = list(args)
        for _ in range(3):
            values = [self.read(a, True) for a in args]
            arrays = [v for v in values if isinstance(v, (Arr, Inner))]
            wanted, tight = sizes, [v for v in arrays if not v.loose]
            if wanted is None:
                wanted = self.broadcast(v.sizes for v in tight)
            if sizes is None and len(tight) < len(arrays):
                wanted = self.widened(wanted, [v.sizes for v in arrays if v.loose])
            self.all_loose = not tight and bool(arrays)
            if any(isinstance(v, Inner) and v.sizes != wanted for v in values):
                self.close()
                continue
            nest = self.open(wanted)
            try:
                return nest, [self.element(nest, v) for v in values]
            except Conflict:
                self.close()
        raise CannotLower("reads and writes that get into each other's way")

    def inner(self, var: ir.Var, nest: Nest, element: Scalar) -> None:
        """Give an array variable the elements computed in a nest."""
        found = Inner(nest, element, nest.sizes, self.all_loose and var in self.loose)
        self.all_loose = False
        nest.values[var] = found
        self.env[var] = found


__all__ = ["Lowering"]
