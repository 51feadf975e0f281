"""Looking into lists of numbers: `v in xs`, `xs.index(v)`, `xs.count(v)`; ranges as lists; groups that are compared.

    k in keys             at = -1
                  ==>     for i in range(length):
                              if keys[i] == k:
                                  at = i
                                  break
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import ListOf, Num
from . import arithmetic
from .arithmetic import B1, I8
from .list_memory import reserve
from .lists import empty
from .lower import Lowering
from .nests import loaded_text
from .values import Arr, Items, Scalar
from .writer import ONE, ZERO, CannotLower, text


def contains(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`v in xs` and `v not in xs`."""
    at = _searched(lo, call.args[1], call.args[0], every=False)
    name = lo.fresh(target.hint)
    lo.line(f"{name} = {at} {'>=' if call.function is prims.in_ else '<'} 0")
    lo.env[target] = Scalar(name, B1)


def method(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`xs.index(v)`, which raises where there is none, and `xs.count(v)`."""
    if call.style != "passive" or call.text not in ("index", "count") or len(call.args) != 2:
        raise CannotLower(f"the method {call.text}")
    found = _searched(lo, call.args[0], call.args[1], every=call.text == "count")
    if call.text == "index":
        lo.fail_if(f"{found} < 0")
    kept = lo.fresh(target.hint)
    lo.line(f"{kept} = {found}")
    lo.w.facts.low[kept] = ZERO
    lo.env[target] = lo.number(kept, Num(I8))


def _searched(lo: Lowering, where: ir.Arg, value: ir.Arg, every: bool) -> str:
    """The name of the first place of a number, -1 if there is none; with `every`, of how many there are."""
    wanted, group = lo.scalar(value), lo.read(where)
    if wanted.kind not in "biuf":
        raise CannotLower(f"{wanted.dtype} looked for in a list")
    if wanted.kind == "f":  # Python finds NaN where it is the very same object
        lo.fail_if(f"{arithmetic.simple(lo, wanted.text)} != {arithmetic.simple(lo, wanted.text)}")
    lo.close()
    found = lo.fresh("at")
    lo.line(f"{found} = {0 if every else -1}")
    if isinstance(group, tuple):
        for k, item in reversed(list(enumerate(group))):
            same = _equal(item, wanted)
            lo.line(f"if {same}:")
            lo.line(f"    {found} {'+= 1' if every else f'= {k}'}")
        return found
    k = lo.fresh("k")
    if isinstance(group, Arr) and len(group.sizes) == 1:
        header, item = text(group.sizes[0]), Scalar(loaded_text(group, group.element((k,))), group.dtype)
    elif isinstance(group, Items) and group.ndim < 0 and group.refs is None:
        place = f"{group.base.pointer}[{group.place} + {k}]"
        header, item = group.length, Scalar(f"({place} != 0)" if group.dtype.kind == "b" else place, group.dtype)
    else:
        raise CannotLower("a search among anything but numbers")
    with lo.w.block(f"for {k} in range({header}):"):
        lo.line(f"if {_equal(item, wanted)}:")
        lo.line(f"    {found} {'+= 1' if every else f'= {k}'}")
        if not every:
            lo.line("    break")
    return found


def _equal(item: Any, wanted: Scalar) -> str:
    if not isinstance(item, Scalar) or item.kind not in "biuf":
        raise CannotLower("a search among anything but numbers")
    common = np.result_type(item.dtype, wanted.dtype)
    return f"{arithmetic.cast(item, common)} == {arithmetic.cast(wanted, common)}"


def counted(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`range(start, stop, step)` as a list of numbers."""
    from .loops import count_of

    t = target.type
    if not isinstance(t, ListOf):
        raise CannotLower("a range that is no list")
    given = [lo.integer(a) for a in call.args]
    start, stop = (ZERO, given[0]) if len(given) == 1 else given[:2]
    step = given[2] if len(given) == 3 else ONE
    made = empty(lo, target, t)
    lo.close()
    n, k = count_of(lo, start, stop, step), lo.fresh("k")
    reserve(lo, made, n)
    with lo.w.block(f"for {k} in range({n}):"):
        value = Scalar(f"({text(start)} + {k} * ({text(step)}))", I8)
        place = f"{made.base.pointer}[{made.place} + {made.length} + {k}]"
        lo.line(f"{place} = {arithmetic.cast(value, made.dtype)}")
    lo.line(f"{made.length} += {n}")
    lo.env[target] = made


# --- groups -------------------------------------------------------------------------------------------------
ORDER = {np.less: "<", np.less_equal: "<=", np.greater: ">", np.greater_equal: ">="}


def compared(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`(a, b) < (c, d)` and its kin: the first parts that differ decide."""
    left, right = (lo.read(a) for a in call.args)
    if not isinstance(left, tuple) or not isinstance(right, tuple) or not isinstance(target.type, Num):
        raise CannotLower("a group compared with something else")
    pairs = list(zip(left, right, strict=False))
    if not all(isinstance(v, Scalar) and v.kind in "biuf" for pair in pairs for v in pair):
        raise CannotLower("groups of anything but numbers that are compared")
    found = lo.fresh(target.hint)
    if call.function in (np.equal, np.not_equal):
        parts = [_equal(a, b) for a, b in pairs] if len(left) == len(right) else ["False"]
        same = " and ".join(parts) or "True"
        lo.line(f"{found} = {same}" if call.function is np.equal else f"{found} = not ({same})")
    else:
        sign = ORDER[call.function]
        here, there = (str(len(left)), str(len(right)))
        result = f"{here} {sign} {there}"
        for a, b in reversed(pairs):
            common = np.result_type(a.dtype, b.dtype)
            a, b = (arithmetic.simple(lo, arithmetic.cast(v, common)) for v in (a, b))
            result = f"({a} {sign} {b} if {a} != {b} else {result})"
        lo.line(f"{found} = {result}")
    lo.env[target] = Scalar(found, B1)


def rounded(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`round(x)`: the nearest whole number, the even one of two."""
    value = lo.scalar(call.args[0])
    if len(call.args) > 1 or call.kwargs or value.kind not in "biuf" or not isinstance(target.type, Num):
        raise CannotLower("round() to a number of digits")
    if value.kind != "f":
        lo.env[target] = lo.number(arithmetic.simple(lo, arithmetic.cast(value, I8)), Num(I8))
        return
    plain = arithmetic.simple(lo, arithmetic.cast(value, arithmetic.F8))
    lo.fail_if(f"not abs({plain}) < 4.0e18")
    name = lo.fresh(target.hint)
    lo.line(f"{name} = int(np.rint({plain}))")
    lo.env[target] = lo.number(name, target.type)
