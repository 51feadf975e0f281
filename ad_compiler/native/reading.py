"""What the operands of a statement are at the moment: names, literals, places in memory."""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np

from ..analysis.infer import type_of_value
from ..ir import nodes as ir
from ..ir.types import Num, Seq, size, symbol
from . import arithmetic
from .arithmetic import I8
from .heap import at_header
from .nests import Nest, stored_line
from .unsure import NOTHING
from .values import Arr, Base, Inner, Items, Scalar, Value, contiguous
from .writer import ONE, ZERO, CannotLower, Int, Writer, text


class Reading:
    """The part of `lower.Lowering` that knows the values of variables. What raises NotImplementedError here is
    declared for its use, and defined there."""

    w: Writer
    env: dict[ir.Var, Value]
    left: Counter[ir.Var]
    nest: Nest | None
    waiting: set[ir.Var]  # totals of the open nest
    changing: set[ir.Var]
    unsure: set[ir.Var]
    copying: bool  # what is read goes to another variable, or into a record
    steady: set[ir.Var]
    version: Counter[ir.Var]

    def close(self) -> None:
        raise NotImplementedError

    def steady_sizes(self, var: ir.Var) -> tuple[Int, ...] | None:
        raise NotImplementedError

    def has_home(self, var: ir.Var) -> bool:
        raise NotImplementedError

    def allocate(self, dtype: np.dtype[Any], sizes: tuple[Int, ...], owner: ir.Var) -> Arr:
        raise NotImplementedError

    def line(self, line: str) -> None:
        self.w.line(line)

    def fresh(self, hint: str) -> str:
        return self.w.fresh(hint)

    def changed(self, variables: Iterable[ir.Var]) -> None:
        """Note that variables have, or may have, other values from here on."""
        for v in variables:
            self.version[v] += 1

    def read(self, arg: ir.Arg, loose: bool = False) -> Value:
        """The value of an operand, as it is now; one that may be a number where an array is meant only if asked."""
        value = self.value(arg)
        return self.surely_array(value) if not loose and isinstance(value, (Arr, Inner)) and value.loose else value

    def surely_array(self, value: Arr | Inner) -> Arr | Inner:
        """What may stand for a number, where an array is needed. An axis of more or less than one element says that it
        is one; the kernel is left if there is none."""
        if not any(not n.known or n.const != 1 for n in value.sizes):
            raise CannotLower("an array that may be a number")
        if not any(n.known and n.const != 1 for n in value.sizes):
            self.w.fail_if(" and ".join(f"{text(n)} == 1" for n in value.sizes if not n.known))
        return replace(value, loose=False)

    def value(self, arg: ir.Arg) -> Value:
        if isinstance(arg, ir.Const):
            return self.constant(arg.value)
        if isinstance(arg, ir.Pack):
            if arg.kind not in ("tuple", "list"):
                raise CannotLower(f"a {arg.kind} as a value")
            return tuple(self.read(i) for i in arg.items)
        if arg in self.waiting:
            self.close()
        value = self.env.get(arg)
        if value is None:
            raise CannotLower(f"`{arg.hint}`, a {arg.type}")
        return self.frozen(arg, value) if arg in self.changing else value

    def frozen(self, var: ir.Var, value: Value) -> Value:
        """The present value of a variable that is assigned more than once, under names that never change."""
        if isinstance(value, Scalar) and value.dtype == I8:
            name = self.kept(var, value.text)
            return Scalar(name, I8, value.weak, symbol(name), changing=True)
        if isinstance(value, Items) and value.header is not None:
            return at_header(self, self.kept(var, value.header), var.type, var)
        if not isinstance(value, Arr) or self.has_home(var):
            return value
        base = Base(self.kept(var, value.base.pointer), self.kept(var, value.base.tag))
        if var in self.unsure and not self.copying:
            self.w.fail_if(f"{base.tag} == {NOTHING}")
        sizes = self.steady_sizes(var)
        if sizes is None:
            sizes = tuple(symbol(self.kept(var, text(n))) for n in value.sizes)
            self.w.facts.low.update((text(n), ZERO) for n in sizes)
        strides = contiguous(self.w, sizes) if var in self.steady else tuple(
            symbol(self.kept(var, text(n))) for n in value.strides)
        return Arr(base, value.dtype, symbol(self.kept(var, text(value.offset))), sizes, strides, var, value.loose)

    def kept(self, var: ir.Var, name: str) -> str:
        """A name with the present value of `name`, which changes with `var`."""
        return self.w.once_as(f"{name}@{self.version[var]}", name, name)

    def constant(self, value: Any) -> Value:
        if isinstance(value, (tuple, list)):
            return tuple(self.constant(v) for v in value)
        if isinstance(value, np.ndarray) and value.size <= 64 and value.dtype.name in arithmetic.SUPPORTED:
            return self.constant_array(value)
        t = type_of_value(value)
        if not isinstance(t, Num):
            raise CannotLower(f"a constant {type(value).__name__}")
        if t.kind in "iu" and abs(int(value)) >= 1 << 62:
            raise CannotLower("an integer that is too large")
        form = size(int(value)) if t.dtype == I8 else None
        plain = value.item() if isinstance(value, np.generic) else value
        return Scalar(arithmetic.literal(plain, t.dtype), t.dtype, t.weak, form, plain)

    def constant_array(self, value: np.ndarray) -> Arr:
        """A small array that is known, in memory."""
        self.close()
        made = self.allocate(value.dtype, tuple(map(size, value.shape)), ir.Var("constant", type_of_value(value)))
        for index in np.ndindex(value.shape):
            place = made.element(tuple(map(str, index)))
            self.line(stored_line(made, place, arithmetic.literal(value[index].item(), value.dtype)))
        return made

    def scalar(self, arg: ir.Arg) -> Scalar:
        value = self.read(arg)
        if isinstance(value, (Arr, Inner)) and not value.sizes:
            return self.item(self.memory(arg))
        if not isinstance(value, Scalar):
            raise CannotLower("an array where a number is needed")
        return value

    def integer(self, arg: ir.Arg) -> Int:
        """An integer operand as a linear form."""
        s = self.scalar(arg)
        if s.form is not None:
            return s.form
        if s.kind not in "iub":
            raise CannotLower("a number that is no integer as an index or a size")
        name = self.fresh("i")
        self.line(f"{name} = {arithmetic.cast(s, I8)}")
        return symbol(name)

    def integers(self, arg: ir.Arg) -> tuple[Int, ...]:
        """A shape: an integer, or several."""
        if isinstance(arg, ir.Pack):
            return tuple(self.integer(i) for i in arg.items)
        value = self.read(arg)
        if isinstance(value, tuple):
            if any(not isinstance(v, Scalar) or v.form is None for v in value):
                raise CannotLower("a shape that is not made of integers")
            return tuple(v.form for v in value)
        return (self.integer(arg),)

    def spelled_out(self, index: ir.Arg) -> ir.Arg:
        """An index that is a group of arrays, as `np.nonzero` gives it, part by part."""
        if not isinstance(index, ir.Var) or not isinstance(index.type, Seq):
            return index
        group, parts = self.read(index), []
        if not isinstance(group, tuple):
            raise CannotLower("an index of this kind")
        for k, (value, kind) in enumerate(zip(group, index.type.items, strict=True)):
            var = ir.Var(f"{index.hint}_{k}", kind)
            self.env[var], self.left[var] = value, 1
            parts.append(var)
        return ir.Pack("tuple", tuple(parts))

    def memory(self, arg: ir.Arg, loose: bool = False) -> Arr:
        """An array operand in memory."""
        value = self.read(arg, loose)
        if isinstance(value, Inner):
            self.close()
            value = self.read(arg, loose)
        if loose and isinstance(value, Scalar) and isinstance(arg, ir.Var):
            return self.as_array(value, ir.Var("number", arg.type), 0)
        if not isinstance(value, Arr):
            raise CannotLower("something else where an array is needed")
        return value

    def as_array(self, value: Scalar, owner: ir.Var, rank: int) -> Arr:
        """A number as an array of which each axis has one element."""
        self.close()
        made = replace(self.allocate(value.dtype, (ONE,) * rank, owner), strides=(ZERO,) * rank, loose=True)
        self.line(stored_line(made, made.element(("0",) * rank), value.text))
        return made

    def item(self, array: Arr) -> Scalar:
        """The one element of an array without axes."""
        if self.nest is not None and self.nest.writes_to(array.owner):
            self.close()
        name = self.fresh(array.owner.hint)
        self.line(f"{name} = {array.element(())}" + (" != 0" if array.dtype.kind == "b" else ""))
        return self.number(name, Num(array.dtype, weak=False))

    def number(self, name: str, t: Num) -> Scalar:
        """A name that never changes, as a number."""
        return Scalar(name, t.dtype, t.weak, symbol(name) if t.dtype == I8 else None)
