"""Arrays that share memory with another: transposes, new axes, shapes."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, size, symbol
from .lower import Lowering
from .values import Arr, Inner, Scalar, contiguous
from .writer import ONE, ZERO, CannotLower, Int, text


def permuted(lo: Lowering, target: ir.Var, source: ir.Arg, order: list[int]) -> None:
    array = lo.memory(source)
    lo.env[target] = array.with_axes(tuple(array.sizes[k] for k in order), tuple(array.strides[k] for k in order))


def transpose(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    ndim = rank(call.args[0])
    axes = axes_argument(call, 1, "axes")
    order = list(range(ndim))[::-1] if axes is None else [a % ndim for a in axes]
    permuted(lo, target, call.args[0], order)


def matrix_transpose(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    ndim = rank(call.args[0])
    permuted(lo, target, call.args[0], [*range(ndim - 2), ndim - 1, ndim - 2])


def swapaxes(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    order = list(range(rank(call.args[0])))
    a, b = static(argument(call, 1, "axis1")), static(argument(call, 2, "axis2"))
    order[a], order[b] = order[b], order[a]
    permuted(lo, target, call.args[0], order)


def moveaxis(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    ndim = rank(call.args[0])
    source, destination = ([a % ndim for a in _tuple(static(argument(call, k, name)))]
                           for k, name in ((1, "source"), (2, "destination")))
    order = [k for k in range(ndim) if k not in source]
    for to, a in sorted(zip(destination, source, strict=True)):
        order.insert(to, a)
    permuted(lo, target, call.args[0], order)


def expand_dims(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    value = lo.read(call.args[0])
    if isinstance(value, Scalar):
        array = replace(lo.as_array(value, target, 0), loose=False)
    else:
        array = lo.memory(call.args[0])
    axes = _tuple(static(argument(call, 1, "axis")))
    ndim = len(array.sizes) + len(axes)
    new = {a % ndim for a in axes}
    old = iter(zip(array.sizes, array.strides, strict=True))
    pairs = [(ONE, ZERO) if k in new else next(old) for k in range(ndim)]
    lo.env[target] = array.with_axes(tuple(n for n, _ in pairs), tuple(s for _, s in pairs))


def squeeze(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    array = lo.memory(call.args[0])
    axis = argument(call, 1, "axis")
    ndim = len(array.sizes)
    gone = {k for k, n in enumerate(array.sizes) if n == ONE} if axis is None or static(axis) is None else {
        a % ndim for a in _tuple(static(axis))}
    for k in gone:
        lo.require_equal(array.sizes[k], ONE)
    kept = [k for k in range(ndim) if k not in gone]
    want = target.type.ndim if isinstance(target.type, Array) else 0
    if len(kept) != want:
        raise CannotLower("squeeze() of sizes that are not known")
    view = array.with_axes(tuple(array.sizes[k] for k in kept), tuple(array.strides[k] for k in kept))
    lo.env[target] = view if isinstance(target.type, Array) else lo.item(view)


def flip(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    array = lo.memory(call.args[0])
    ndim = len(array.sizes)
    given = {np.flipud: 0, np.fliplr: 1}.get(call.function)
    axis = given if given is not None else argument(call, 1, "axis")
    value = axis if isinstance(axis, int) or axis is None else static(axis)
    axes = range(ndim) if value is None else [a % ndim for a in _tuple(value)]
    offset, strides = array.offset, list(array.strides)
    for k in axes:
        offset = offset + lo.w.times(array.sizes[k] - 1, strides[k])
        strides[k] = -strides[k]
    lo.env[target] = array.with_axes(array.sizes, tuple(strides), offset)


def broadcast_to(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    value = lo.read(call.args[0], loose=True)  # a number is repeated like an axis of one element
    sizes = lo.integers(argument(call, 1, "shape"))
    if isinstance(value, Scalar):
        nest = lo.open(sizes)
        lo.inner(target, nest, value)
        return
    lo.env[target] = replace(lo.fit(lo.memory(call.args[0], loose=True), sizes), loose=False)


def reshape(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """A view of memory without gaps; a copy of any other. In Fortran's order it is the transpose that is reshaped."""
    array = lo.memory(call.args[0])
    ravel, method = call.function is np.ravel, call.style == "method"
    options = dict(call.kwargs)
    order = argument(call, 1, "order") if ravel else options.get("order") if method else argument(call, 2, "order")
    order = "C" if order is None else static(order)
    if set(options) - {"shape", "newshape", "order"} or order not in ("C", "F"):
        raise CannotLower("reshape() in another order")
    if ravel:
        shape: tuple[Int, ...] = (size(-1),)
    else:
        given = call.args[1:] if method else call.args[1:2]
        shape = tuple(n for a in given for n in lo.integers(a)) if given else lo.integers(options["shape"])
    if order == "F":
        array, shape = array.with_axes(array.sizes[::-1], array.strides[::-1]), shape[::-1]
    total = product(lo, array.sizes)
    unknown = [k for k, n in enumerate(shape) if n == size(-1)]
    if unknown:
        shape = _solved(lo, shape, unknown[0], total)
    else:
        lo.require_equal(product(lo, shape), total)
    if array.strides != contiguous(lo.w, array.sizes):
        lo.close()
        nest = lo.open(array.sizes)
        fresh = lo.allocate(array.dtype, array.sizes, target)
        nest.store(fresh, nest.load(array).text)
        lo.close()
        array = fresh
    strides = contiguous(lo.w, shape)
    lo.env[target] = array.with_axes(shape, strides) if order == "C" else array.with_axes(shape[::-1], strides[::-1])


def _solved(lo: Lowering, shape: tuple[Int, ...], unknown: int, total: Int) -> tuple[Int, ...]:
    """The shape with its -1 replaced."""
    rest = product(lo, tuple(n for k, n in enumerate(shape) if k != unknown))
    if rest == ONE:
        found = total
    elif total.known and rest.known and rest.const:
        found = size(total.const // rest.const)
    else:
        lo.w.fail_if(f"{text(rest)} == 0 or {text(total)} % max(1, {text(rest)}) != 0")
        found = symbol(lo.w.once(f"{lo.w.named(total)} // ({text(rest)})", "n"))
        lo.w.facts.low[text(found)] = ZERO
    return (*shape[:unknown], found, *shape[unknown + 1:])


def product(lo: Lowering, sizes: tuple[Int, ...]) -> Int:
    total = ONE
    for n in sizes:
        total = lo.w.times(total, n)
    return total


# --- arguments ----------------------------------------------------------------------------------------------
def argument(call: ir.Call, position: int, name: str) -> Any:
    """An argument by place or by name, or None."""
    return call.args[position] if len(call.args) > position else dict(call.kwargs).get(name)


def static(arg: Any) -> Any:
    """The value of an argument that must be a constant."""
    if isinstance(arg, ir.Const):
        return arg.value
    if isinstance(arg, ir.Pack):
        return tuple(static(i) for i in arg.items)
    raise CannotLower("an argument that must be known when compiling")


def _tuple(value: Any) -> tuple[int, ...]:
    return (int(value),) if isinstance(value, (int, np.integer)) else tuple(value)


def axes_argument(call: ir.Call, position: int, name: str) -> tuple[int, ...] | None:
    rest = call.args[position:]
    if len(rest) > 1:
        return tuple(static(a) for a in rest)
    given = argument(call, position, name)
    return None if given is None or static(given) is None else _tuple(static(given))


def rank(arg: ir.Arg) -> int:
    t = arg.type if isinstance(arg, ir.Var) else None
    if not isinstance(t, Array):
        raise CannotLower("something else where an array is needed")
    return t.ndim


def shape(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    value = lo.read(call.args[0], loose=target in lo.shapes_for_sums)
    if not isinstance(value, (Arr, Inner)):
        raise CannotLower("the shape of something else")
    lo.env[target] = tuple(length(lo, n) for n in value.sizes)


def length(lo: Lowering, n: Int) -> Scalar:
    """A size as a number of the program."""
    n = lo.w.at_least_zero(n)
    return Scalar(lo.w.named(n), np.dtype(np.int64), True, n, n.const if n.known else None)


def dim(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    value = lo.read(call.args[0])
    if not isinstance(value, (Arr, Inner)):
        raise CannotLower("the shape of something else")
    lo.env[target] = length(lo, value.sizes[static(call.args[1])])
