"""Functions that move elements to other places, and the flat positions that their derivatives go by."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num, size
from ..support import moving
from . import arithmetic, indices, views
from .arithmetic import I8
from .composed import given
from .lower import Lowering
from .nests import Conflict, Nest, Total, loaded_text
from .reductions import _loops
from .values import Arr, Scalar, contiguous
from .writer import CannotLower, Int, text


def flat_copy(lo: Lowering, arg: ir.Arg) -> Arr:
    """An operand in C order."""
    array = lo.memory(arg)
    if array.strides == contiguous(lo.w, array.sizes):
        return array
    fresh = lo.allocate(array.dtype, array.sizes, ir.Var("flat", getattr(arg, "type", None)))
    lo.close()
    nest = lo.open(array.sizes)
    nest.store(fresh, nest.load(array).text)
    lo.close()
    return fresh


def gathered(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`support.gather(x, source)`: elements at flat positions; 0 at negative ones."""
    source, t = lo.memory(call.args[1]), target.type
    x = flat_copy(lo, call.args[0])
    if not isinstance(t, Array) or source.dtype != I8:
        raise CannotLower("gather() of a number")
    lo.close()
    n = text(views.product(lo, x.sizes))
    nest = lo.open(source.sizes)
    at, name = nest.load(source).text, nest.fresh(target.hint)
    nest.fail_if(f"{at} >= {n}")
    zero = arithmetic.literal(0, x.dtype)
    nest.line(f"{name} = {zero}")
    nest.line(f"if {at} >= 0:")
    nest.line(f"    {name} = {loaded_text(x, f'{x.base.pointer}[{text(x.offset)} + {at}]')}")
    nest.reads.append((x.owner, object()))
    lo.inner(target, nest, Scalar(name, x.dtype, False))


def scattered(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`support.scatter(v, source, shape)`: added at flat positions of zeros; negative positions are dropped."""
    t, sizes = target.type, lo.integers(call.args[2])
    if not isinstance(t, Array):
        raise CannotLower("scatter() into a number")
    nest, (at, v) = lo.elements([call.args[1], call.args[0]], lo.memory(call.args[1]).sizes)
    out = lo.allocate(t.dtype, sizes, target)
    n = text(views.product(lo, sizes))
    nest.fail_if(f"{at.text} >= {n}")
    place, zero = f"{out.base.pointer}[{text(out.offset)} + {at.text}]", arithmetic.literal(0, t.dtype)
    nest.line(f"if {at.text} >= 0:")
    nest.line(f"    {place} = {place} + {arithmetic.cast(v, t.dtype)}")
    nest.totals.append(Total(0, _loops(lo, out, lambda e: f"{e} = {zero}"), []))
    nest.writes.append((target, object()))
    lo.close()
    lo.env[target] = out


def mapped(lo: Lowering, target: ir.Var, sizes: tuple[Int, ...], source: Arr | None, shape: tuple[Int, ...],
           places: Callable[[Nest], list[tuple[str, str | None]]]) -> None:
    """An array whose element at an index is the source's element elsewhere, or its flat position (`source` None).

    `places` writes, for each axis, the place in the source, and a condition under which there is none."""
    t = target.type
    if not isinstance(t, Array):
        raise CannotLower("elements moved into a number")
    lo.close()
    nest = lo.open(sizes)
    if source is not None and nest.writes_to(source.owner):
        raise Conflict
    where = places(nest)
    missing = " or ".join(c for _, c in where if c is not None)
    name = nest.fresh(target.hint)
    strides = contiguous(lo.w, shape) if source is None else source.strides
    flat = " + ".join(f"{p} * ({text(s)})" for (p, _), s in zip(where, strides, strict=True)) or "0"
    if source is not None:
        nest.reads.append((source.owner, object()))
        flat = loaded_text(source, f"{source.base.pointer}[{text(source.offset)} + {flat}]")
    if missing:
        nest.line(f"{name} = {arithmetic.literal(0 if source is not None else -1, t.dtype)}")
        nest.line(f"if not ({missing}):")
    nest.line(f"{'    ' if missing else ''}{name} = {flat}")
    lo.inner(target, nest, Scalar(name, t.dtype, False))


def pad_widths(arg: Any, rank: int, lo: Lowering) -> list[tuple[Int, Int]]:
    """How many places are put before and behind each axis."""
    if isinstance(arg, ir.Const):
        pairs = np.broadcast_to(np.asarray(arg.value), (rank, 2)).tolist()
        return [(size(int(a)), size(int(b))) for a, b in pairs]
    items = arg.items if isinstance(arg, ir.Pack) else None
    if items is None:
        n = lo.integer(arg)
        return [(n, n)] * rank
    if all(isinstance(i, ir.Pack) and len(i.items) == 2 for i in items) and len(items) == rank:
        return [(lo.integer(i.items[0]), lo.integer(i.items[1])) for i in items]
    if all(isinstance(i, ir.Const) and isinstance(i.value, tuple) and len(i.value) == 2 for i in items):
        return [(size(i.value[0]), size(i.value[1])) for i in items]
    if len(items) == 2 and all(isinstance(i, (ir.Var, ir.Const)) for i in items):
        return [(lo.integer(items[0]), lo.integer(items[1]))] * rank
    raise CannotLower("pad() by widths of this form")


def pad(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.pad` for the modes that move elements, and the positions it takes them from."""
    source = call.function is moving.pad_source
    options = dict(zip(("pad_width", "mode"), call.args[1:3], strict=False)) | dict(call.kwargs)
    mode = views.static(options.get("mode", ir.Const("constant")))
    value = options.get("constant_values", ir.Const(0))
    if set(options) - {"pad_width", "mode", "constant_values"} or views.static(value) != 0:
        raise CannotLower("pad() with these arguments")
    array = None if source else lo.memory(call.args[0])
    shape = lo.integers(call.args[0]) if array is None else array.sizes
    widths = pad_widths(options["pad_width"], len(shape), lo)
    for n, (a, b) in zip(shape, widths, strict=True):
        for w in (a, b):
            if not lo.w.facts.never_negative(w):
                lo.w.fail_if(f"{text(w)} < 0")
            if mode != "constant":
                lo.w.fail_if(f"{text(w)} >= {text(n)}")
    sizes = tuple(n + a + b for n, (a, b) in zip(shape, widths, strict=True))

    def places(nest: Nest) -> list[tuple[str, str | None]]:
        return [_padded(nest, i, text(n), text(a), mode) for i, n, (a, _) in zip(
            nest.index, shape, widths, strict=True)]

    mapped(lo, target, sizes, array, shape, places)


def _padded(nest: Nest, i: str, n: str, width: str, mode: str) -> tuple[str, str | None]:
    k = nest.fresh("place")
    nest.line(f"{k} = {i} - ({width})")
    if mode == "constant":
        return k, f"{k} < 0 or {k} >= {n}"
    low, high = {"edge": ("0", f"{n} - 1"), "wrap": (f"{k} + {n}", f"{k} - ({n})"),
                 "reflect": (f"-{k}", f"2 * ({n}) - 2 - {k}"), "symmetric": (f"-{k} - 1", f"2 * ({n}) - 1 - {k}"),
                 }.get(mode, (None, None))
    if low is None:
        raise CannotLower(f"pad() in the mode {mode}")
    nest.line(f"if {k} < 0:")
    nest.line(f"    {k} = {low}")
    nest.line(f"elif {k} >= {n}:")
    nest.line(f"    {k} = {high}")
    return k, None


def repeat(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.repeat` of each element equally often along an axis, and the positions it takes them from."""
    source = call.function is moving.repeat_source
    array = None if source else lo.memory(call.args[0])
    shape = lo.integers(call.args[0]) if array is None else array.sizes
    times = lo.integer(views.argument(call, 1, "repeats"))
    axis = views.argument(call, 2, "axis")
    along = None if axis is None else views.static(axis)
    if along is None and len(shape) != 1:
        if array is not None:
            from .arranging import flattened

            array = lo.memory(flattened(lo, call.args[0]))
        shape = (views.product(lo, shape),)
    along = (along or 0) % len(shape)
    if not times.known or times.const < 1:
        lo.w.fail_if(f"{text(times)} < 1")
    sizes = tuple(lo.w.times(n, times) if k == along else n for k, n in enumerate(shape))

    def places(nest: Nest) -> list[tuple[str, str | None]]:
        return [(f"({i} // ({text(times)}))" if k == along else i, None) for k, i in enumerate(nest.index)]

    mapped(lo, target, sizes, array, shape, places)


def diagonal_source(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """The flat positions of a diagonal of two axes, which comes last."""
    shape = lo.integers(call.args[0])
    offset, *axes = (views.static(a) for a in call.args[1:4])
    a, b = (k % len(shape) for k in axes)
    rest = [k for k in range(len(shape)) if k not in (a, b)]
    n, m = shape[a], shape[b]
    rows, columns = (n, m - offset) if offset >= 0 else (n + offset, m)
    count = rows if rows == columns else views.symbol(lo.w.once(f"min({text(rows)}, {text(columns)})", "n"))
    first = {a: max(0, -offset), b: max(0, offset)}

    def places(nest: Nest) -> list[tuple[str, str | None]]:
        last = nest.index[-1]
        return [(f"({last} + {first[k]})" if k in first else nest.index[rest.index(k)], None)
                for k in range(len(shape))]

    mapped(lo, target, (*(shape[k] for k in rest), count), None, shape, places)


def tri(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.tri(n, m, k)`: ones at and below a diagonal."""
    t = target.type
    n = lo.integer(call.args[0])
    m, k = views.argument(call, 1, "M"), views.argument(call, 2, "k")
    if not isinstance(t, Array) or any(name not in ("M", "k", "dtype") for name, _ in call.kwargs):
        raise CannotLower("tri() with these arguments")
    columns = n if m is None or indices._is_const(m, None) else lo.integer(m)
    nest = lo.open((n, columns))
    one, zero = (arithmetic.literal(v if t.kind != "b" else bool(v), t.dtype) for v in (1, 0))
    shift = "0" if k is None else text(lo.integer(k))
    name = nest.fresh(target.hint)
    nest.line(f"{name} = {one} if {nest.index[1]} <= {nest.index[0]} + {shift} else {zero}")
    lo.inner(target, nest, Scalar(name, t.dtype, False))


def triangle(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.tril` and `np.triu` of a matrix."""
    t, k = target.type, given(call, 1, "k").get("k", 0)
    if not isinstance(t, Array) or t.ndim < 2:
        raise CannotLower("a triangle of a line")
    nest, (element,) = lo.elements(call.args[:1])
    i, j = nest.index[-2:]
    name, zero = nest.fresh(target.hint), arithmetic.literal(0 if t.kind != "b" else False, t.dtype)
    keeps = f"{j} <= {i} + {k}" if call.function is np.tril else f"{j} >= {i} + {k}"
    nest.line(f"{name} = {element.text} if {keeps} else {zero}")
    lo.inner(target, nest, Scalar(name, t.dtype, False))


def searchsorted(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.searchsorted(sorted, value)`: bisection; NaN comes last."""
    if len(call.args) < 2:
        raise CannotLower("searchsorted() with these arguments")
    line, side = lo.memory(call.args[0]), views.argument(call, 2, "side")
    right = side is not None and views.static(side) == "right"
    if len(call.args) > 3 or any(k != "side" for k, _ in call.kwargs) or line.dtype.kind not in "fi":
        raise CannotLower("searchsorted() with these arguments")
    number = isinstance(target.type, Num)
    if number:
        sink: Any = lo
        lo.close()
        value = lo.scalar(call.args[1])
    else:
        lo.close()
        sink, (value,) = lo.elements(call.args[1:2])
        if sink.writes_to(line.owner):
            raise CannotLower("searchsorted() of memory that is written")
        sink.reads.append((line.owner, object()))
    low, high, middle, at = (sink.fresh(h) for h in ("low", "high", "middle", "seen"))
    v = arithmetic.simple(sink, value.text)
    sink.line(f"{low} = 0")
    sink.line(f"{high} = {text(lo.w.at_least_zero(line.sizes[0]))}")
    sink.line(f"while {low} < {high}:")
    sink.line(f"    {middle} = ({low} + {high}) >> 1")
    sink.line(f"    {at} = {line.element((middle,))}")
    goes_on = f"{at} <= {v} or {v} != {v}" if right else f"{at} < {v} or ({v} != {v} and {at} == {at})"
    sink.line(f"    if {goes_on}:")
    sink.line(f"        {low} = {middle} + 1")
    sink.line("    else:")
    sink.line(f"        {high} = {middle}")
    found = Scalar(low, I8, False)
    if number:
        kept = lo.fresh(target.hint)
        lo.line(f"{kept} = {low}")
        lo.env[target] = lo.number(kept, target.type)
    else:
        lo.inner(target, sink, found)


MOVERS = {moving.gather: gathered, moving.scatter: scattered, np.pad: pad, moving.pad_source: pad, np.repeat: repeat,
          moving.repeat_source: repeat, moving.diagonal_source: diagonal_source, np.tri: tri, np.tril: triangle,
          np.triu: triangle, np.searchsorted: searchsorted}
