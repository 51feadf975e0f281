"""Algebra on code of ours, where the numbers stay the same: the user's own statements are left as written.

    t = -y
    t_1 = t * 2.0
    x_bar[i] += t_1         ==>     x_bar[i] -= y * 2.0

Signs move through products and quotients into the sum around them, factors and exponents of one go, `a * (1 / b)`
becomes `a / b`, and adding to what is still zero becomes setting. Only within a run of statements that write no
memory, so that an operand still holds what it held.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..analysis.purity import is_pure
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Num, Type
from .shape_sources import measured

_SCALED = (np.multiply, np.divide)


def simplify(fn: ir.Function) -> ir.Function:
    """The function with simpler arithmetic in the statements that are not the user's."""
    body = _Simplifier(fn).block(fn.body)
    return fn.with_body(body)


class _Simplifier:
    """Rewrites statements in order. `known` holds the calls that variables of the present run of statements stand
    for, `stable` those that writes cannot touch: calls on numbers, valid in the rest of their block."""

    def __init__(self, fn: ir.Function) -> None:
        self.uses: dict[ir.Var, int] = {}
        self.assignments: dict[ir.Var, int] = {}
        for stmt in visit.walk(fn.body):
            for v in visit.reads(stmt):
                self.uses[v] = self.uses.get(v, 0) + 1
            for v in visit.defines(stmt):
                self.assignments[v] = self.assignments.get(v, 0) + 1
        self.known: dict[ir.Var, ir.Call] = {}
        self.stable: dict[ir.Var, ir.Call] = {}
        self.made: set[ir.Var] = set()
        self.zeros: set[ir.Var] = set()  # new arrays, with all zeros so far, that nobody else has seen
        self.out: list[ir.Stmt] = []

    def block(self, block: ir.Block) -> ir.Block:
        outer, self.out = self.out, []
        before = len(self.stable)
        self.known.clear()
        for stmt in block.stmts:
            kind = type(stmt)
            if self.zeros and kind is not ir.Store:
                self._seen(stmt)
            if kind is ir.Assign:
                self._assign(stmt)
            elif kind is ir.Store and _ours(stmt.origin):
                self._store(stmt)
            elif kind is ir.Comment:
                self.out.append(stmt)
            else:
                self.known.clear()
                self.out.append(visit.with_blocks(stmt, self.block))
                if visit.blocks(stmt):
                    self.known.clear()
                    self.zeros.clear()
        for var in list(self.stable)[before:]:
            del self.stable[var]
        found, self.out = self.out, outer
        return ir.Block(found)

    # --- statements -----------------------------------------------------------------------------------------
    def _assign(self, stmt: ir.Assign) -> None:
        value, target = stmt.value, stmt.target
        if self.assignments[target] > 1:
            self.known.clear()
        if type(value) is not ir.Call:
            self.out.append(stmt)
            return
        if _is_zeros(value) and _ours(stmt.origin) and self.assignments[target] == 1:
            self.zeros.add(target)
        if value.style != "op":
            if value.style in ("call", "method", "passive") and not is_pure(value):
                self.known.clear()  # it may write
            self.out.append(stmt)
            return
        if _ours(stmt.origin):
            value = self._arithmetic(value, target.type, stmt.origin)
            if value is not stmt.value:
                stmt = ir.Assign(target, value, stmt.origin)
        if type(value) is ir.Call and self.assignments[target] == 1:
            self._remember(target, value)
        self.out.append(stmt)

    def _seen(self, stmt: ir.Stmt) -> None:
        """New arrays that a statement gives other names, or changes, are not known to be zero any more."""
        if visit.blocks(stmt):
            self.zeros.clear()
        elif measured(stmt) is None:
            self.zeros.difference_update(visit.reads(stmt))

    def _remember(self, target: ir.Var, value: ir.Call) -> None:
        numbers = all(type(a) is ir.Const or (type(a) is ir.Var and isinstance(a.type, Num)
                                              and self.assignments.get(a, 0) <= 1) for a in value.args)
        (self.stable if numbers else self.known)[target] = value

    def _call(self, x: ir.Arg) -> ir.Call | None:
        """The call that a variable stands for here."""
        if type(x) is not ir.Var:
            return None
        return self.known.get(x) or self.stable.get(x)

    def _store(self, stmt: ir.Store) -> None:
        base, index, op, value, origin = stmt.base, stmt.index, stmt.op, stmt.value, stmt.origin
        if op in ("+", "-"):
            value = self._without_one(value)
            positive = self._negated(value, origin)
            if positive is not None:
                value, op = positive, "-" if op == "+" else "+"
            if op == "+" and self._was_zeroed(stmt, value):
                self.out.pop()
                op = ""
                if self._holds(value, base, index):
                    return  # it is set to what it was before it became zero
            if op == "+" and base in self.zeros and index is not None and not stmt.scatter:
                op = ""
        self.zeros.difference_update(visit.reads(stmt))
        self.known.clear()
        self.out.append(ir.Store(base, index, op, value, origin, stmt.scatter and op != ""))

    def _holds(self, value: ir.Operand, base: ir.Var, index: ir.Arg | None) -> bool:
        """Whether a number was read from `base[index]` right before, with no write since."""
        last = self.out[-1] if self.out else None
        return (type(last) is ir.Assign and last.target is value and type(last.value) is ir.Call
                and last.value.style == "index" and last.value.args[0] is base
                and _same_index(last.value.args[1], index))

    def _was_zeroed(self, stmt: ir.Store, value: ir.Operand) -> bool:
        """Whether the last statement set to zero what this one adds a number to."""
        last = self.out[-1] if self.out else None
        return (type(last) is ir.Store and last.base is stmt.base and last.op == "" and not last.scatter
                and not stmt.scatter and type(last.value) is ir.Const and _is(last.value, 0)
                and isinstance(value, ir.Var) and isinstance(value.type, Num) and _same_index(last.index, stmt.index))

    # --- expressions ----------------------------------------------------------------------------------------
    def _arithmetic(self, call: ir.Call, t: Type, origin: ir.Origin | None) -> ir.Expr:
        function = call.function
        if function is np.negative:
            positive = self._negated(call.args[0], origin)
            if positive is None or _type(positive) != t or not (isinstance(t, Num) or positive in self.made):
                return call
            return positive
        if len(call.args) != 2 or not _floating(t):
            return call
        a, b = (self._without_one(x) for x in call.args)
        if function is np.add or function is np.subtract:
            return self._sum(call, function, a, b, origin)
        if function is np.multiply:
            for x, y in ((a, b), (b, a)):
                inner = self._inner(y, np.divide)
                if inner is not None and self.uses[y] == 1 and _is(inner.args[0], 1):
                    return _op(np.divide, x, inner.args[1])
                if _is(y, 1) and isinstance(t, Num) and _type(x) == t:
                    return x
        if function is np.power and _is(b, 1) and isinstance(t, Num) and _type(a) == t:
            return a
        return call if (a, b) == call.args else _op(function, a, b)

    def _sum(self, call: ir.Call, function: Any, a: ir.Arg, b: ir.Arg, origin: ir.Origin | None) -> ir.Call:
        opposite = np.subtract if function is np.add else np.add
        positive = self._negated(b, origin)
        if positive is not None:
            return _op(opposite, a, positive)
        if function is np.add:
            positive = self._negated(a, origin)
            if positive is not None:
                return _op(np.subtract, b, positive)
        return call if (a, b) == call.args else _op(function, a, b)

    def _without_one(self, x: ir.Arg) -> Any:
        """`x`, or `y` where x is `y * 1` or `y ** 1` of the same type."""
        call = self._call(x)
        if call is None or len(call.args) != 2:
            return x
        for y, one in (call.args, call.args[::-1]):
            if _is(one, 1) and _type(y) == x.type and (
                    call.function is np.multiply or (call.function is np.power and one is call.args[1])):
                return y
        return x

    def _negated(self, x: ir.Arg, origin: ir.Origin | None) -> Any:
        """An operand equal to `-x`, where x carries a minus sign that can be taken off; else None."""
        call = self._call(x)
        if call is None or not _floating(x.type):
            return None
        if call.function is np.negative:
            return call.args[0] if _type(call.args[0]) == x.type else None
        if call.function not in _SCALED or self.uses.get(x) != 1:
            return None
        for i, factor in enumerate(call.args):
            positive = _positive(factor) if type(factor) is ir.Const else self._negated(factor, origin)
            if positive is not None:
                args = (positive, call.args[1]) if i == 0 else (call.args[0], positive)
                if call.function is np.multiply and _is(positive, 1) and _type(args[1 - i]) == x.type:
                    return args[1 - i]
                return self._new(_op(call.function, *args), x.type, origin)
        return None

    def _new(self, call: ir.Call, t: Type, origin: ir.Origin | None) -> ir.Var:
        var = ir.Var("t", t)
        self.uses[var] = self.assignments[var] = 1
        self._remember(var, call)
        self.made.add(var)
        self.out.append(ir.Assign(var, call, origin))
        return var

    def _inner(self, x: ir.Arg, function: Any) -> ir.Call | None:
        call = self._call(x)
        return call if call is not None and call.function is function else None


def _is_zeros(call: ir.Call) -> bool:
    return call.style == "call" and (call.function is np.zeros_like or call.function is np.zeros)


def _ours(origin: ir.Origin | None) -> bool:
    return origin is None or origin.ours


def _op(function: Any, *args: ir.Arg) -> ir.Call:
    return ir.Call(function, args, (), "op")


def _type(arg: ir.Arg) -> Type | None:
    return arg.type if type(arg) is ir.Var else None


def _floating(t: Type) -> bool:
    return isinstance(t, (Num, Array)) and t.kind in "fc"


def _is(arg: Any, number: int) -> bool:
    """Whether an operand is a constant Python number of this value."""
    return type(arg) is ir.Const and type(arg.value) in (int, float) and arg.value == number


def _positive(const: ir.Const) -> ir.Const | None:
    """The opposite of a negative constant number."""
    value = const.value
    if type(value) not in (int, float) or not value < 0:
        return None
    return ir.Const(-value, const.text[1:] if const.text and const.text.startswith("-") else None)


def _same_index(a: ir.Arg | None, b: ir.Arg | None) -> bool:
    if a is b:
        return True
    if type(a) is ir.Const and type(b) is ir.Const:
        return type(a.value) is type(b.value) and a.value == b.value
    return (type(a) is ir.Pack and type(b) is ir.Pack and a.kind == b.kind and len(a.items) == len(b.items)
            and all(map(_same_index, a.items, b.items)))


__all__ = ["simplify"]
