"""Branches, and values that leave a path."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, ListOf, Num, symbol
from . import arithmetic, heap
from .lower import Lowering
from .unsure import NOTHING
from .values import Arr, Base, Items, Scalar, Value
from .writer import CannotLower, text


def assigned(block: ir.Block) -> set[ir.Var]:
    """The variables that a block, or a block inside it, assigns."""
    return {v for s in visit.walk(block) for v in visit.defines(s)}


def if_(lo: Lowering, s: ir.If) -> None:
    lo.close()
    cond = arithmetic.cast(lo.scalar(s.cond), arithmetic.B1)
    declare(lo, s)
    changed = assigned(s.then) | assigned(s.orelse)
    with lo.w.block(f"if {cond}:"):
        lo.block(s.then)
    lo.changed(changed)
    if len(s.orelse):
        with lo.w.block("else:"):
            lo.block(s.orelse)
    lo.changed(changed)


def declare(lo: Lowering, s: ir.Stmt) -> None:
    """Give the variables names into which the paths of a statement copy their values."""
    for block in visit.blocks(s):
        for inner in visit.walk(block):
            if isinstance(inner, ir.Copy):
                for v in inner.targets:
                    if v not in lo.env and isinstance(v.type, (Num, Array, ListOf)):
                        lo.env[v] = changing_value(lo, v)
                        start(lo, lo.env[v])


def start(lo: Lowering, value: Value) -> None:
    """Something harmless for a variable that not every path assigns."""
    if isinstance(value, Arr) and lo.has_home(value.owner):
        return
    if isinstance(value, Scalar):
        lo.line(f"{value.text} = {arithmetic.literal(0, value.dtype)}")
    elif isinstance(value, Arr):
        steady = lo.steady_sizes(value.owner)
        if steady is not None and value.owner in lo.unsure:  # it may be recorded, so there is memory
            base, offset = (made := lo.allocate(value.dtype, steady, value.owner)).base, text(made.offset)
        else:
            base, offset = lo.pointer("mem", value.dtype), "0"
        lo.line(f"{value.base.pointer} = {base.pointer}")
        lo.line(f"{value.base.tag} = {NOTHING if value.owner in lo.unsure else base.tag}")
        lo.line(f"{text(value.offset)} = {offset}")
        for number in (*(() if steady is not None else value.sizes), *value.strides):
            lo.line(f"{text(number)} = 0")
    elif isinstance(value, Items):
        lo.line(f"{value.header} = 0")


def changing_value(lo: Lowering, var: ir.Var) -> Value:
    """Names for a variable that is assigned more than once."""
    t = var.type
    if isinstance(t, Num):
        if t.dtype.name not in arithmetic.SUPPORTED:
            raise CannotLower(f"numbers of {t.dtype}")
        return Scalar(lo.fresh(var.hint), t.dtype, t.weak, changing=True)
    if isinstance(t, ListOf):
        return heap.at_header(lo, lo.fresh(f"{var.hint}_list"), t, var)
    if not isinstance(t, Array) or t.dtype.name not in arithmetic.SUPPORTED:
        raise CannotLower(f"a {t} that is assigned more than once")
    home = lo.steady_sizes(var) if lo.has_home(var) else None
    if home is not None:
        return lo.allocate(t.dtype, home, var)
    names = [lo.fresh(f"{var.hint}_{part}") for part in ("p", "b", "at")]
    sizes = lo.steady_sizes(var) or tuple(symbol(lo.fresh(f"{var.hint}_n{k}")) for k in range(t.ndim))
    strides = tuple(symbol(lo.fresh(f"{var.hint}_s{k}")) for k in range(t.ndim))
    return Arr(Base(names[0], names[1]), t.dtype, symbol(names[2]), sizes, strides, var, var in lo.loose)


def copy(lo: Lowering, s: ir.Copy) -> None:
    """`targets = sources`, all at once."""
    at_home = [k for k, t in enumerate(s.targets) if lo.has_home(t)]
    if at_home:
        for k in at_home:
            copy_elements(lo, s.targets[k], s.sources[k], s.origin)
        left_over = [k for k in range(len(s.targets)) if k not in at_home]
        s = ir.Copy(tuple(s.targets[k] for k in left_over), tuple(s.sources[k] for k in left_over), s.origin)
        if not left_over:
            return
    values = []
    lo.copying = True
    for target, source in zip(s.targets, s.sources, strict=True):
        values.append(copied_value(lo, target, source))
    lo.copying = False
    lo.close()
    left: list[str] = []
    right: list[str] = []
    for target, value in zip(s.targets, values, strict=True):
        if target not in lo.changing:
            lo.env[target] = only_value(lo, target, value)
            continue
        place = lo.env.get(target)
        if place is None:
            place = lo.env[target] = changing_value(lo, target)
        if value is None:
            start(lo, place)
        elif isinstance(place, Scalar):
            same_precision(lo, target, value, place.dtype)
            left.append(place.text)
            right.append(arithmetic.cast(value, place.dtype))
        elif isinstance(place, Arr) and isinstance(value, Arr) and place.dtype == value.dtype:
            for have, want in zip(value.sizes, place.sizes, strict=True):
                if lo.steady_sizes(target) is not None:
                    lo.require_equal(have, want)
            for a, b in zip(_fields(lo, place, target), _fields(lo, value, target), strict=True):
                left.append(a)
                right.append(b)
        elif isinstance(place, Items) and isinstance(target.type, ListOf):
            left.append(str(place.header))
            right.append(heap.header_of(lo, value, target.type))
        else:
            raise CannotLower(f"`{target.hint}` assigned on several paths")
    moved = [(a, b) for a, b in zip(left, right, strict=True) if a != b]
    if len(s.targets) == 1 or not {a for a, _ in moved} & {b for _, b in moved}:
        for a, b in moved:
            lo.line(f"{a} = {b}")
    else:
        lo.line(f"{', '.join(a for a, _ in moved)} = {', '.join(b for _, b in moved)}")
    lo.changed(s.targets)


def copy_elements(lo: Lowering, target: ir.Var, source: ir.Operand, origin: ir.Origin | None) -> None:
    """Put an array where another one was."""
    from .stores import store_array

    if source is target:
        return
    place = lo.env.get(target)
    if place is None:
        place = lo.env[target] = changing_value(lo, target)
    if not isinstance(place, Arr):
        raise CannotLower(f"`{target.hint}` assigned on several paths")
    store_array(lo, place, ir.Store(target, None, "", source, origin))


def copied_value(lo: Lowering, target: ir.Var, source: ir.Operand) -> Any:
    """What is copied to a variable, in the form that the variable has."""
    if isinstance(source, ir.Const) and source.value is None:  # not read: another variable says that it is None
        return None
    if isinstance(target.type, ListOf):
        return lo.read(source)
    if not isinstance(target.type, Array):
        return lo.scalar(source)
    found = lo.read(source, loose=target in lo.loose)
    if isinstance(found, Scalar) and target in lo.loose:
        if lo.singles:
            raise CannotLower(f"`{target.hint}`, a number on one path and an array on another")
        dtype = target.type.dtype
        plain = Scalar(arithmetic.cast(found, dtype), dtype, False)
        return lo.as_array(plain, ir.Var(target.hint, target.type), target.type.ndim)
    return lo.memory(source, loose=target in lo.loose)


def same_precision(lo: Lowering, target: ir.Var, value: Scalar, dtype: Any) -> None:
    """Refuse a number that is of single or of double precision, real or complex, as it happens: NumPy computes on in
    the one or the other."""
    if lo.singles and value.weak and dtype.kind != "b" and not getattr(target.type, "weak", True):
        raise CannotLower(f"`{target.hint}`, which is a number of Python's on one path and of NumPy's on another")
    if lo.narrow and value.weak and value.kind == "i" and not getattr(target.type, "weak", True):
        raise CannotLower(f"`{target.hint}`, which is an integer of Python's on one path and of NumPy's on another")
    if value.kind in "iub" and not value.weak and dtype.kind in "iu" and value.dtype != dtype:
        raise CannotLower(f"`{target.hint}`, which is {value.dtype} on one path and {dtype} on another")
    if value.const is None and value.kind in "fc" and (value.kind != dtype.kind or value.dtype != dtype):
        raise CannotLower(f"`{target.hint}`, which is {value.dtype} on one path and {dtype} on another")


def only_value(lo: Lowering, target: ir.Var, value: Any) -> Value:
    """The value of a variable that is assigned here only."""
    t = target.type
    if value is None:
        made = changing_value(lo, target)
        start(lo, made)
        return made
    if isinstance(value, Scalar) and isinstance(t, Num):
        if value.dtype == t.dtype and (not value.changing or value.form is not None):
            return replace(value, weak=t.weak)
        name = lo.fresh(target.hint)
        lo.line(f"{name} = {arithmetic.cast(value, t.dtype)}")
        return lo.number(name, t)
    if isinstance(value, Arr) and isinstance(t, Array) and value.dtype == t.dtype:
        return value
    if isinstance(value, Items) and value.header is not None:
        return value
    raise CannotLower(f"`{target.hint}` assigned from something else")


def _fields(lo: Lowering, array: Arr, target: ir.Var) -> list[str]:
    """What changes of an array when a variable becomes another one."""
    sizes = [] if lo.steady_sizes(target) is not None else [text(n) for n in array.sizes]
    strides = [] if target in lo.steady else [text(n) for n in array.strides]
    return [array.base.pointer, array.base.tag, text(array.offset), *sizes, *strides]




def raise_(lo: Lowering, s: ir.Raise) -> None:
    """Python raises the error itself."""
    lo.close()
    if s.cond is None:
        lo.line("return 1")
    else:
        lo.fail_if(f"not ({arithmetic.cast(lo.scalar(s.cond), arithmetic.B1)})")


def comment(lo: Lowering, s: ir.Comment) -> None:
    lo.close()
    lo.line(f"# {s.text}")
