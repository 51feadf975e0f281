"""Applying a row of the derivative table to a call: the cotangents of its operands."""
from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..analysis.alias import BY_LAYOUT
from ..analysis.infer import type_of
from ..analysis.undecided import elementwise
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Num, Seq, Type, is_float_like, same_shape
from ..rules import find
from ..rules.row import FACTS, OMITTED, Partial, Row, formula_reads
from .bars import expand, full_array, project
from .handles import BranchesOnValue, Handle, to_arg, wrap
from .recent import is_literal

if TYPE_CHECKING:
    from ..analysis.alias import Aliases
    from .reverse import Reverse

# Parameters that are lists of axes, which formulas read as such.
AXES = ("axes", "axis", "source", "destination", "pad_width")

#: Functions of matrices and vectors that stretch no operand, and whose formulas give the shapes of the operands.
_EXACT = frozenset((np.matmul, np.dot, np.concatenate))

IDENTITIES = (float, complex, np.float64, np.float32, np.complex128, np.complex64)


def row_contributions(rev: Reverse, stmt: ir.Assign, call: ir.Call, bar: Any) -> None:
    """Add the cotangents of a call's operands, given the cotangent of its result (a list for several results)."""
    if call.function in IDENTITIES:
        rev.contribute(call.args[0], wrap(rev.emitter, bar))
        return
    row = find(call.function)
    if row is None:
        rev.refuse(stmt, f"`{call.text or getattr(call.function, '__name__', call.function)}` has no derivative rule",
                   "use a function that has one (docs/coverage.md)")
        return
    if row.kind == "zero":
        return
    kwargs = dict(call.kwargs)
    try:
        bound = row.bind(call.args, kwargs)
    except TypeError as error:
        rev.refuse(stmt, str(error))
        return
    _check_parameters(rev, stmt, row, bound)
    names = [name for name in row.operands if _active(rev, bound.get(name)) and not (
        row.zero_for_real and not _is_complex(bound[name]))]
    several = len(names) > 1 and not same_part(rev.aliases, bound[names[0]], bound[names[1]])
    if isinstance(bar, ir.Var) and (several or rev.bars.held(bar)):
        rev.emitter.kept.add(bar)
    try:
        if rev.emitter.factor and _twice(rev, stmt, row, names, bound, bar):
            return
        for name in names:
            arg = bound[name]
            contribution = _cotangent(rev, stmt, row, name, bound, bar)
            if isinstance(arg, ir.Pack) and name not in row.sequences:
                contribution = _of_items(rev, arg, contribution)
            _distribute(rev, arg, contribution)
    except BranchesOnValue as error:
        rev.refuse(stmt, f"`{row.name}`: {error}", "give the parameters of this call as constants")
    except NotImplementedError as error:  # a formula says what it does not hold for
        rev.refuse(stmt, f"`{row.name}`: {error}")


def _twice(rev: Reverse, stmt: ir.Assign, row: Row, names: list[str], bound: dict[str, Any], bar: Any) -> bool:
    """Two operands that are one variable and get the same, as in `u * u`: it gets twice that. True if done."""
    if len(names) != 2 or not same_part(rev.aliases, bound[names[0]], bound[names[1]]):
        return False
    bound = {**bound, names[1]: bound[names[0]]}
    one, other = (_cotangent(rev, stmt, row, name, bound, bar) for name in names)
    if isinstance(one, Handle) and isinstance(other, Handle) and one._arg is other._arg and is_float_like(one.type):
        rev.contribute(bound[names[0]], 2.0 * one)  # pyright: ignore[reportOperatorIssue]  # NumPy's mixin has no types
    else:
        for c in (one, other):
            if c is not None:
                rev.contribute(bound[names[0]], c)
    return True


def same_part(aliases: Aliases, a: Any, b: Any) -> bool:
    """Whether two operands are one variable, or the same part of one array."""
    if not isinstance(a, ir.Var) or not isinstance(b, ir.Var):
        return False
    if a is b:
        return True
    one, other = aliases.derivation.get(a), aliases.derivation.get(b)
    return (one is not None and other is not None and one.function is other.function is prims.item
            and one.args[0] is other.args[0] and same_index(one.args[1], other.args[1]))


def same_index(a: Any, b: Any) -> bool:
    """Whether two indices name the same place: equal constants, equal numbers."""
    if isinstance(a, ir.Const) and isinstance(b, ir.Const):
        return type(a.value) is type(b.value) and a.value == b.value
    if isinstance(a, ir.Pack) and isinstance(b, ir.Pack):
        return a.kind == b.kind and len(a.items) == len(b.items) and all(map(same_index, a.items, b.items))
    if isinstance(a, ir.Var) and isinstance(b, ir.Var) and isinstance(a.type, Num) and isinstance(b.type, Num):
        return a is b or (a.type.kind == "i" and a.type.dim is not None and a.type.dim == b.type.dim)
    return a is b


def _of_items(rev: Reverse, items: ir.Pack, contribution: Any) -> Any:
    """The cotangent of a list that is used as an array: at the array's full shape, so that it has one part an item."""
    like = rev.emitter.call(np.asarray, (items,), text="np.asarray")
    value = project(rev.emitter, contribution, like, like.type)
    return wrap(rev.emitter, expand(rev.emitter, to_arg(value), like, like.type))


def _active(rev: Reverse, arg: Any) -> bool:
    if isinstance(arg, (list, tuple)):
        return any(_active(rev, a) for a in arg)
    return isinstance(arg, (ir.Var, ir.Pack)) and any(v in rev.active for v in visit.variables(arg))


def _check_parameters(rev: Reverse, stmt: ir.Assign, row: Row, bound: dict[str, Any]) -> None:
    for name, arg in bound.items():
        if name not in row.partials and name not in row.constants and _active(rev, arg):
            rev.refuse(stmt, f"`{row.name}` has no derivative with respect to its argument `{name}`",
                       "compute it from constants if it is meant to be constant")


def _is_complex(arg: Any) -> bool:
    t = type_of(arg) if isinstance(arg, (ir.Var, ir.Const, ir.Pack)) else None
    return getattr(t, "kind", "") == "c"


def _cotangent(rev: Reverse, stmt: ir.Assign, row: Row, name: str, bound: dict[str, Any], bar: Any) -> Any:
    out_type = stmt.target.type
    partial = row.partials[name]
    conjugate = row.holomorphic and (_is_complex(stmt.target) or _is_complex(bound[name]))
    if row.kind == "elementwise":
        assert not isinstance(partial, Partial)
        values = [read(rev, stmt, row, bound, r) for r in formula_reads(partial)]
        g = wrap(rev.emitter, bar)
        p = partial(*values)
        if is_literal(p, 0):
            return None
        if conjugate and not (isinstance(p, (int, float))):
            p = np.conj(p) if not isinstance(p, Handle) or p.dtype.kind == "c" else p
        c = g * p
        return _spread(rev, stmt, bound[name], c, out_type)
    vjp = partial.vjp if isinstance(partial, Partial) else partial
    reads = formula_reads(vjp)[1:]
    g = _full(rev, stmt, bar)
    if conjugate:
        g = conjugated(g)
    values = [read(rev, stmt, row, bound, r) for r in reads]
    c = vjp(g, *values)
    if row.function in _EXACT:
        _take_shape(rev, c, bound[name])
    return conjugated(c) if conjugate else c


def _take_shape(rev: Reverse, c: Any, operand: Any) -> None:
    """Note that cotangents have the shapes of their operands, where types do not show it: what a function without
    broadcasting gives back has the sizes that were put in."""
    if isinstance(c, (list, tuple)) and isinstance(operand, (list, ir.Pack)):
        for part, item in zip(c, operand.items if isinstance(operand, ir.Pack) else operand, strict=False):
            _take_shape(rev, part, item)
    elif isinstance(c, Handle) and isinstance(operand, ir.Var) and isinstance(c.type, Array) and isinstance(
            operand.type, Array) and c.ndim == operand.type.ndim <= 2 and c._arg in rev.emitter.definition:
        c._arg.type = Array(c.dtype, operand.type.dims)


def conjugated(value: Any) -> Any:
    """The complex conjugate; of a real value the value itself."""
    if isinstance(value, (list, tuple)):
        return type(value)(conjugated(v) for v in value)
    if isinstance(value, Handle):
        return np.conj(value) if value.dtype.kind == "c" else value
    return value.conjugate() if isinstance(value, complex) else value


def _full(rev: Reverse, stmt: ir.Assign, bar: Any) -> Any:
    """The cotangent of the result as formulas that are not elementwise need it: of the result's own shape."""
    if isinstance(bar, list):
        t = stmt.target.type
        assert isinstance(t, Seq)
        return tuple(None if b is None else wrap(rev.emitter, b) for b in bar)
    if isinstance(stmt.target.type, Array):
        if not isinstance(type_of(bar), Array) or not same_shape(type_of(bar), stmt.target.type):
            return wrap(rev.emitter, expand(rev.emitter, bar, stmt.target, stmt.target.type))
    return wrap(rev.emitter, bar)


def _spread(rev: Reverse, stmt: ir.Assign, operand: Any, c: Any, out_type: Type) -> Any:
    """An elementwise cotangent that is smaller than the result stands for one of full shape. That is right for an
    operand of the result's shape; an operand that was broadcast has to be summed over what it was broadcast to."""
    t = c.type if isinstance(c, Handle) else type_of(to_arg(c))
    if not isinstance(out_type, Array):
        return c
    if rev.numbers and stmt.target not in rev.numbers and not _surely_full(rev, c) and (
            operand in rev.emitter.summed or isinstance(t, Array)):
        return wrap(rev.emitter, full_array(rev.emitter, to_arg(c), stmt.target))
    if same_shape(t, out_type):
        return c
    operand_type = type_of(operand)
    if isinstance(operand_type, Array) and same_shape(operand_type, out_type):
        return c
    return wrap(rev.emitter, expand(rev.emitter, to_arg(c), stmt.target, out_type))


def _surely_full(rev: Reverse, c: Any) -> bool:
    """Whether a cotangent with the type of an array is one at run time: it may be a product of what only may be."""
    arg = c._arg if isinstance(c, Handle) else c
    if not isinstance(arg, ir.Var) or not isinstance(arg.type, Array):
        return False
    call = rev.emitter.definition.get(arg)
    if isinstance(call, ir.Call) and elementwise(call):
        return any(_surely_full(rev, wrap(rev.emitter, a)) and same_shape(type_of(a), arg.type) for a in call.args
                   if isinstance(a, ir.Var))
    return arg not in rev.numbers


def read(rev: Reverse, stmt: ir.Assign, row: Row, bound: dict[str, Any], name: str) -> Any:
    """What a formula's parameter of this name stands for."""
    if name == "out":
        return _result(rev, stmt)
    if name in bound:
        arg = bound[name]
        tuple_too = row.kind == "elementwise" and name in row.partials
        if isinstance(arg, ir.Pack) and (arg.kind == "list" or tuple_too) and (
                name not in row.sequences and name not in AXES):
            arg = rev.emitter.call(np.asarray, (arg,), text="np.asarray")  # a list where an array is meant
        return wrap(rev.emitter, arg) if row.function in BY_LAYOUT else _value(rev, stmt, arg)
    for fact in FACTS:
        if name.endswith(f"_{fact}"):
            subject = name[: -len(fact) - 1]
            if subject == "out":
                return _fact(rev, stmt.target, fact, stmt)
            return _facts(rev, bound[subject], fact, stmt)
    raise KeyError(f"a formula reads `{name}`, which is neither an argument nor a fact")


def _result(rev: Reverse, stmt: ir.Assign) -> Any:
    value = rev.residual_value(stmt.target, stmt)
    if isinstance(value, Handle) and isinstance(value.type, Seq):
        return tuple(value[i] for i in range(len(value.type.items)))
    return value


def _value(rev: Reverse, stmt: ir.Assign, arg: Any) -> Any:
    if isinstance(arg, (ir.Var, ir.Const, ir.Pack)):
        value = rev.residual_value(arg, stmt)
        if isinstance(value, Handle) and isinstance(value.type, Seq):
            return [value[i] for i in range(len(value.type.items))]
        return value
    if isinstance(arg, list):
        return [_value(rev, stmt, a) for a in arg]
    return arg


def _facts(rev: Reverse, arg: Any, fact: str, stmt: ir.Assign) -> Any:
    if isinstance(arg, ir.Pack):
        return [_facts(rev, i, fact, stmt) for i in arg.items]
    if isinstance(arg, list):
        return [_facts(rev, i, fact, stmt) for i in arg]
    if isinstance(arg, ir.Var) and isinstance(arg.type, Seq):
        h = Handle(rev.emitter, arg)
        return [getattr(h[i], fact) for i in range(len(arg.type.items))]
    return _fact(rev, arg, fact, stmt)


def _fact(rev: Reverse, arg: Any, fact: str, stmt: ir.Assign) -> Any:
    if isinstance(arg, ir.Const):
        return getattr(np.asarray(arg.value), fact)
    if arg is OMITTED or arg is None:
        return None
    t = type_of(arg)
    if fact == "dtype" and isinstance(t, (Num, Array)):
        return t.dtype
    return getattr(Handle(rev.emitter, arg), fact)


def _keep_shared(rev: Reverse, parts: Any) -> None:
    """What several operands get is changed in place for none of them: all parts are computed before one is given away.

    `np.einsum("i,i,i->", v, v, v)` has three equal ones.
    """
    roots = [rev.emitter.root(part._arg) for part in parts if isinstance(part, Handle) and isinstance(
        part._arg, ir.Var)] if isinstance(parts, (list, tuple)) else []
    rev.handed_out.update(root for root in roots if roots.count(root) > 1)


def _distribute(rev: Reverse, arg: Any, contribution: Any) -> None:
    """Give the parts of a contribution to the operands of a group."""
    _keep_shared(rev, contribution)
    if isinstance(arg, (list, tuple)):
        for a, c in zip(arg, contribution, strict=True):
            if a is not None and c is not None:
                _distribute(rev, a, c)
    elif isinstance(arg, ir.Pack):
        if isinstance(contribution, Handle) and isinstance(contribution.type, Array):
            for k, a in enumerate(arg.items):
                if any(v in rev.active for v in visit.variables(a)):
                    _distribute(rev, a, contribution[k])
            return
        for a, c in zip(arg.items, contribution, strict=True):
            _distribute(rev, a, c)
    elif isinstance(arg, ir.Var) and isinstance(arg.type, Seq):
        for k, t in enumerate(arg.type.items):
            if isinstance(t, (Array, Num)) and t.kind in "fc" and arg in rev.active:
                rev.bars.add((arg, k), to_arg(contribution[k]), f"{arg.hint}_bar", t)
    elif isinstance(arg, ir.Var) and contribution is not None:
        rev.contribute(arg, contribution)
