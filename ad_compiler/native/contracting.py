"""Products that add up over axes: einsum, inner, tensordot, vecdot, stacks of matrices, kron.

Every one is a formula like einsum's: a letter for each axis of each operand, and the letters that are left.

    np.tensordot(a, b, 1)          ==>     "ij,jk->ik"
"""
from __future__ import annotations

from collections.abc import Sequence
from string import ascii_letters
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array
from . import arithmetic, views
from .composed import given
from .copying import in_type
from .lower import Lowering
from .reductions import reduce_element
from .values import Arr, Scalar, contiguous
from .writer import ONE, ZERO, CannotLower, Int


def einsum(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.einsum("ij,jk->ik", a, b)`; `...` stands for the axes that an operand has beyond its letters."""
    formula = views.static(call.args[0])
    options = {k for k, _ in call.kwargs} - {"optimize"}
    if options or not isinstance(formula, str):
        raise CannotLower("einsum() with these arguments")
    left, arrow, right = formula.replace(" ", "").partition("->")
    if not arrow:  # the letters that occur once, in their order
        plain = left.replace("...", "").replace(",", "")
        right = "..." * ("..." in left) + "".join(sorted(c for c in set(plain) if plain.count(c) == 1))
    contracted(lo, target, *_without_dots(left.split(","), right, call.args[1:]), call.args[1:],
               broadcast=True)


def _without_dots(terms: list[str], right: str, args: Sequence[ir.Arg]) -> tuple[list[str], str]:
    """The formula with letters for what `...` stands for."""
    if not any("..." in term for term in (*terms, right)):
        return terms, right
    free = [c for c in ascii_letters if c not in "".join((*terms, right))]
    ranks = [views.rank(a) if isinstance(a, ir.Var) and isinstance(a.type, Array) else 0 for a in args]
    extra = [rank - len(term.replace("...", "")) if "..." in term else 0 for rank, term in zip(
        ranks, terms, strict=True)]
    letters = "".join(free[:max(extra)])
    terms = [term.replace("...", letters[len(letters) - n:]) for term, n in zip(terms, extra, strict=True)]
    return terms, right.replace("...", letters)


def contracted(lo: Lowering, target: ir.Var, terms: Sequence[str], right: str, args: Sequence[ir.Arg],
               broadcast: bool = False) -> None:
    """A nest over all letters, those that are summed inside. An axis of one element is repeated, one over which is
    summed only with `broadcast`, as in einsum."""
    letters = [*right, *(c for c in dict.fromkeys("".join(terms)) if c not in right)]
    known: dict[str, Int] = {}
    values: list[Arr | Scalar] = []
    for term, arg in zip(terms, args, strict=True):
        found = lo.read(arg)
        if isinstance(found, Scalar) and not term:
            values.append(found)
            continue
        array = lo.memory(arg)
        values.append(array)
        for c, n in zip(term, array.sizes, strict=True):
            if not broadcast and c not in right:
                lo.require_equal(known.setdefault(c, n), n)
            elif known.setdefault(c, n) == ONE:
                known[c] = n
            elif n != ONE:
                lo.require_equal(known[c], n)
    sizes = tuple(known[c] for c in letters)
    values = [v if isinstance(v, Scalar) else lo.memory(a) for v, a in zip(values, args, strict=True)]
    lo.close()
    nest = lo.open(sizes)
    product: Scalar | None = None
    for term, value in zip(terms, values, strict=True):
        element = value if isinstance(value, Scalar) else nest.load(_spread(value, term, letters, known))
        product = element if product is None else arithmetic.apply(
            nest, np.multiply, [product, element], np.result_type(product.dtype, element.dtype), False)
    assert product is not None
    if len(right) == len(letters):
        lo.inner(target, nest, in_type(nest, product, target))
    else:
        reduce_element(lo, target, nest, product, tuple(range(len(right), len(letters))), "sum")


def _spread(array: Arr, term: str, letters: list[str], known: dict[str, Int]) -> Arr:
    """An operand over the axes of all letters; a letter that occurs twice walks along a diagonal."""
    strides = []
    for c in letters:
        step = ZERO
        for own, n, stride in zip(term, array.sizes, array.strides, strict=True):
            if own == c and not (n == ONE and known[c] != ONE):
                step = step + stride
        strides.append(step)
    return array.with_axes(tuple(known[c] for c in letters), tuple(strides))


def _ranks(call: ir.Call) -> tuple[int, int]:
    if len(call.args) < 2:
        raise CannotLower("a product with these arguments")
    a, b = (views.rank(x) if isinstance(x, ir.Var) and isinstance(x.type, Array) else 0 for x in call.args[:2])
    return a, b


def inner(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.inner`: over the last axes; `np.dot` of stacks: the last and the last but one."""
    n, m = _ranks(call)
    if not n or not m:
        from .calls import elementwise

        return elementwise(lo, target, ir.Call(np.multiply, call.args[:2]))
    a, b = ascii_letters[:n], ascii_letters[n:n + m]
    at = len(b) - (2 if call.function is np.dot and m > 1 else 1)
    return contracted(lo, target, [a, b[:at] + a[-1] + b[at + 1:]], a[:-1] + b[:at] + b[at + 1:], call.args[:2])


def tensordot(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.tensordot(a, b, axes)`"""
    n, m = _ranks(call)
    axes: Any = given(call, 2, "axes").get("axes", 2)
    if isinstance(axes, (int, np.integer)):
        first, second = list(range(n - int(axes), n)), list(range(int(axes)))
    else:
        first, second = ([k % rank for k in views._tuple(part)] for part, rank in zip(axes, (n, m), strict=True))
    a, b = ascii_letters[:n], list(ascii_letters[n:n + m])
    for p, q in zip(first, second, strict=True):
        b[q] = a[p]
    right = "".join(c for k, c in enumerate(a) if k not in first) + "".join(
        c for k, c in enumerate(b) if k not in second)
    contracted(lo, target, [a, "".join(b)], right, call.args[:2])


PRODUCTS = {"vecdot": ("...i", "...i", "..."), "matvec": ("...ij", "...j", "...i"),
            "vecmat": ("...i", "...ij", "...j"), "matmul": ("...ij", "...jk", "...ik")}


def product(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.vecdot`, `np.matvec`, `np.vecmat` and the like: over the last axes, one result for each of those before."""
    n, m = _ranks(call)
    options = given(call, 2, "axis")
    name = call.function.__name__
    if name == "matmul" and max(n, m) < 3:
        from .products import dot

        return dot(lo, target, ir.Call(np.matmul, call.args[:2]))
    if name == "matmul" and min(n, m) == 1:
        name = "vecmat" if n == 1 else "matvec"
    if options.get("axis", -1) != -1 or (
            name != "matmul" and lo.memory(call.args[0]).dtype.kind not in "fiu"):
        raise CannotLower(f"{name}() with these arguments")
    left, right, out = PRODUCTS[name]
    terms, out = _without_dots([left, right], out, call.args[:2])
    return contracted(lo, target, terms, out, call.args[:2])


def kron(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.kron(a, b)`: each element of `a` times all of `b`."""
    if not isinstance(target.type, Array):
        raise CannotLower("kron() of numbers")
    a, b = (lo.memory(x) for x in call.args[:2])
    a = lo.memory(call.args[0])
    rank = max(len(a.sizes), len(b.sizes))
    a, b = (x.with_axes((ONE,) * (rank - len(x.sizes)) + x.sizes, (ZERO,) * (rank - len(x.sizes)) + x.strides)
            for x in (a, b))
    whole = tuple(lo.w.times(n, m) for n, m in zip(a.sizes, b.sizes, strict=True))
    out = lo.allocate(target.type.dtype, whole, target)
    sizes = tuple(k for pair in zip(a.sizes, b.sizes, strict=True) for k in pair)
    lo.close()
    nest = lo.open(sizes)
    steps = [(s, t) for s, t in zip(a.strides, b.strides, strict=True)]
    pair = [nest.load(a.with_axes(sizes, tuple(k for s, _ in steps for k in (s, ZERO)))),
            nest.load(b.with_axes(sizes, tuple(k for _, t in steps for k in (ZERO, t))))]
    place = tuple(k for stride, m in zip(contiguous(lo.w, whole), b.sizes, strict=True)
                  for k in (lo.w.times(stride, m), stride))
    value = arithmetic.apply(nest, np.multiply, pair, target.type.dtype, False)
    nest.store(out.with_axes(sizes, place), arithmetic.cast(value, out.dtype))
    lo.close()
    lo.env[target] = out


def outer(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.outer` of operands of any rank, one after the other."""
    from .creating import outer as of_vectors

    n, m = _ranks(call)
    if (n, m) == (1, 1):
        return of_vectors(lo, target, ir.Call(np.outer, call.args[:2]))
    if not n or not m or len(call.args) > 2 or call.kwargs:
        raise CannotLower("outer() of numbers")
    flat = []
    for arg in call.args:
        var = ir.Var("line", Array(lo.memory(arg).dtype, (ONE,)))
        views.reshape(lo, var, ir.Call(np.ravel, (arg,)))
        lo.left[var] = 1
        flat.append(var)
    return of_vectors(lo, target, ir.Call(np.outer, tuple(flat)))


def of_pairs(lo: Lowering, target: ir.Var, call: ir.Call) -> None:
    """`np.add.outer(a, b)` and its like: every element of one operand with every element of the other."""
    if call.kwargs or len(call.args) != 2 or not isinstance(target.type, Array):
        raise CannotLower("outer() of numbers, or with options")
    first, second = (lo.memory(arg) for arg in call.args)
    n, m = len(first.sizes), len(second.sizes)
    sizes = (*first.sizes, *second.sizes)
    nest = lo.open(sizes)
    a = nest.load(first.with_axes(sizes, (*first.strides, *(ZERO,) * m)))
    b = nest.load(second.with_axes(sizes, (*(ZERO,) * n, *second.strides)))
    value = arithmetic.apply(nest, call.function.__self__, [a, b], target.type.dtype, False, target.hint)
    lo.inner(target, nest, value)


HANDLERS: dict[Any, Any] = {
    **{fn.outer: of_pairs for fn in (np.add, np.subtract, np.multiply, np.divide, np.maximum, np.minimum, np.power,
                                     np.less, np.greater, np.equal, np.arctan2, np.hypot)},
    np.einsum: einsum, np.inner: inner, np.tensordot: tensordot, np.linalg.tensordot: tensordot, np.kron: kron,
    np.outer: outer, np.linalg.outer: outer, np.linalg.matmul: product,
    **{getattr(where, name): product for where in (np, np.linalg) for name in ("vecdot", "matvec", "vecmat")
       if hasattr(where, name)},
}
