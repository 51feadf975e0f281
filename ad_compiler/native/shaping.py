"""Functions that move elements: concatenate, stack, roll, diag; and those that run along an axis."""
from __future__ import annotations

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num, size, symbol
from . import arithmetic, views
from .calls import in_type
from .lower import Lowering
from .reductions import reduce_element
from .values import Arr, Inner, Scalar
from .writer import ZERO, CannotLower, Int, text


def attribute(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`x.size` and `x.ndim`"""
    found, name = lo.read(call.args[0]), views.static(call.args[1])
    if not isinstance(found, (Arr, Inner)) or name not in ("size", "ndim"):
        raise CannotLower(f"the attribute {name}")
    if name == "ndim":
        lo.env[target] = lo.constant(len(found.sizes))
    else:
        lo.env[target] = views.length(lo, views.product(lo, tuple(lo.w.at_least_zero(n) for n in found.sizes)))


def roll(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.roll` along one axis, by a constant: two pieces."""
    array = lo.memory(call.args[0])
    shift, axis = views.static(views.argument(call, 1, "shift")), views.argument(call, 2, "axis")
    along = None if axis is None else views.static(axis)
    if not isinstance(shift, int) or not isinstance(along, int | None) or (along is None and len(array.sizes) != 1):
        raise CannotLower("roll() along several axes")
    along = (along or 0) % len(array.sizes)
    n = array.sizes[along]
    if shift == 0:
        raise CannotLower("roll() by nothing")
    lo.w.fail_if(f"{text(n)} <= {abs(shift)}")
    out = lo.allocate(array.dtype, array.sizes, target)
    first = size(shift) if shift > 0 else n + shift  # where element 0 goes
    stride, step = array.strides[along], out.strides[along]
    for count, source, place in ((n - first, ZERO, first), (first, n - first, ZERO)):
        sizes = tuple(count if k == along else m for k, m in enumerate(array.sizes))
        nest = lo.open(sizes)
        piece = array.with_axes(sizes, array.strides, array.offset + lo.w.times(source, stride))
        element = nest.load(piece)
        nest.store(out.with_axes(sizes, out.strides, out.offset + lo.w.times(place, step)), element.text)
        lo.close()
    lo.env[target] = out


def diagonal(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.diag(x, k)`: a matrix with this diagonal, or the diagonal of a matrix."""
    array = lo.memory(call.args[0])
    k = views.argument(call, 1, "k")
    offset = 0 if k is None else views.static(k)
    if len(array.sizes) == 2 and isinstance(target.type, Array):
        line = diagonal_of(lo, array, offset)
        nest = lo.open(line.sizes)
        lo.inner(target, nest, nest.load(line))
        return
    if len(array.sizes) != 1:
        raise CannotLower("diag() of more axes")
    n = lo.w.at_least_zero(array.sizes[0]) + abs(offset)
    out = lo.allocate(array.dtype, (n, n), target)
    nest = lo.open((n, n))
    nest.store(out, arithmetic.literal(0, array.dtype))
    lo.close()
    nest = lo.open(array.sizes)
    element = nest.load(array)
    start = out.offset + (size(offset) if offset >= 0 else lo.w.times(size(-offset), n))
    nest.store(out.with_axes(array.sizes, (n + 1,), start), element.text)
    lo.close()
    lo.env[target] = out


def diagonal_of(lo: Lowering, array: Arr, offset: int = 0) -> Arr:
    """The diagonal of a matrix, as a view."""
    (n, m), (s, t) = array.sizes, array.strides
    start = array.offset + (t.scaled(offset) if offset >= 0 else s.scaled(-offset))
    rows, columns = (n, m - offset) if offset >= 0 else (n + offset, m)
    count = rows if rows == columns else symbol(lo.w.once(f"min({text(rows)}, {text(columns)})", "n"))
    return array.with_axes((count,), (s + t,), start)


def trace(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    array = lo.memory(call.args[0])
    if len(call.args) > 1 or call.kwargs or len(array.sizes) != 2:
        raise CannotLower("trace() with these arguments")
    line = diagonal_of(lo, array)
    nest = lo.open(line.sizes)
    reduce_element(lo, target, nest, nest.load(line), (0,), "sum")


def diff(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """First differences along an axis."""
    if len(call.args) != 1 or any(k not in ("axis", "n") for k, _ in call.kwargs):
        raise CannotLower("diff() with these arguments")
    given = {k: views.static(v) for k, v in call.kwargs}
    array = lo.memory(call.args[0])
    if given.get("n", 1) != 1 or array.dtype.kind not in "fci":
        raise CannotLower("differences of higher order")
    along = given.get("axis", -1) % len(array.sizes)
    n, stride = array.sizes[along], array.strides[along]
    sizes = tuple(n - 1 if k == along else m for k, m in enumerate(array.sizes))
    nest = lo.open(sizes)
    pair = [nest.load(array.with_axes(sizes, array.strides, array.offset + stride)),
            nest.load(array.with_axes(sizes, array.strides))]
    lo.inner(target, nest, arithmetic.apply(nest, np.subtract, pair, array.dtype, False, target.hint))


def vdot(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """The sum of products of all elements of two arrays of one shape, the first conjugated."""
    nest, pair = lo.elements(call.args)
    if not isinstance(target.type, Num):
        raise CannotLower("vdot() of something else")
    if pair[0].kind == "c":
        pair[0] = arithmetic.apply(nest, np.conjugate, pair[:1], pair[0].dtype, False)
    product = arithmetic.apply(nest, np.multiply, pair, target.type.dtype, False)
    reduce_element(lo, target, nest, product, tuple(range(len(nest.sizes))), "sum")


def einsum(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.einsum("ij,jk->ik", a, b)`: a nest over all letters, those that are summed inside."""
    formula = views.static(call.args[0])
    options = {k for k, _ in call.kwargs} - {"optimize"}
    if options or not isinstance(formula, str) or "->" not in formula or "." in formula:
        raise CannotLower("einsum() with these arguments")
    left, _, right = formula.replace(" ", "").partition("->")
    terms = left.split(",")
    letters = [*right, *(c for c in dict.fromkeys(left.replace(",", "")) if c not in right)]
    known: dict[str, Int] = {}
    values: list[Arr | Scalar] = []
    for term, arg in zip(terms, call.args[1:], strict=True):
        found = lo.read(arg)
        if isinstance(found, Scalar) and not term:
            values.append(found)
            continue
        array = lo.memory(arg)
        values.append(array)
        for c, n in zip(term, array.sizes, strict=True):
            if c in known:
                lo.require_equal(known[c], n)
            known.setdefault(c, n)
    sizes = tuple(known[c] for c in letters)
    lo.close()
    nest = lo.open(sizes)
    product: Scalar | None = None
    for term, value in zip(terms, values, strict=True):
        element = value if isinstance(value, Scalar) else nest.load(_spread(value, term, letters, sizes))
        product = element if product is None else arithmetic.apply(
            nest, np.multiply, [product, element], np.result_type(product.dtype, element.dtype), False)
    assert product is not None
    if len(right) == len(letters):
        lo.inner(target, nest, in_type(nest, product, target))
    else:
        reduce_element(lo, target, nest, product, tuple(range(len(right), len(letters))), "sum")


def _spread(array: Arr, term: str, letters: list[str], sizes: tuple[Int, ...]) -> Arr:
    """An operand over the axes of all letters; a letter that occurs twice walks along a diagonal."""
    strides = []
    for c in letters:
        step = ZERO
        for own, stride in zip(term, array.strides, strict=True):
            if own == c:
                step = step + stride
        strides.append(step)
    return array.with_axes(sizes, tuple(strides))


def stacks(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`a @ b` of stacks of matrices."""
    a, b = (lo.memory(x) for x in call.args)
    a = lo.memory(call.args[0])
    if len(a.sizes) < 2 or len(b.sizes) < 2:
        raise CannotLower("a product of a stack with a vector")
    (n, k), (k2, m) = a.sizes[-2:], b.sizes[-2:]
    lo.require_equal(k, k2)
    batch = lo.broadcast([a.sizes[:-2], b.sizes[:-2]])
    left = lo.fit(a.with_axes(a.sizes[:-2], a.strides[:-2]), batch).strides
    right = lo.fit(b.with_axes(b.sizes[:-2], b.strides[:-2]), batch).strides
    sizes = (*batch, n, k, m)
    lo.close()
    nest = lo.open(sizes)
    pair = [nest.load(a.with_axes(sizes, (*left, a.strides[-2], a.strides[-1], ZERO))),
            nest.load(b.with_axes(sizes, (*right, ZERO, b.strides[-2], b.strides[-1])))]
    product = arithmetic.apply(nest, np.multiply, pair, target.type.dtype, False)
    reduce_element(lo, target, nest, product, (len(batch) + 1,), "sum")
    lo.close()
