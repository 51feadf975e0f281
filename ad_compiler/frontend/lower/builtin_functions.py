"""Functions about functions (`functools`, `np.vectorize`) and the combinations of `itertools`."""
from __future__ import annotations

import ast
import itertools
import typing
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import Array, Num
from .. import emulated_iterators
from ..lowering import Lowering
from ..values import FunctionV, IterV, PartialV, TupleV, Value
from .builtin_sequences import INT, Handler
from .one_shot import one_shot
from .snippets import run_snippet


def unchanged(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
              ) -> Value:
    """`functools.wraps(f)`: a decorator that changes nothing that is computed."""
    return PartialV(ir.Const(unwrapped, "wraps"), [], {})


#: Decorators for type checkers, which give back what they are given. `typing.override` is there from 3.12 on.
MARKS: tuple[Any, ...] = (typing.final, typing.no_type_check, *(
    getattr(typing, name) for name in ("override",) if hasattr(typing, name)))


def marked(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    """A definition under one of `MARKS`."""
    return args[0]


def first_argument(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                   ) -> Value:
    """`functools.update_wrapper(wrapper, f)` of an object."""
    if isinstance(args[0], FunctionV):
        lo.fail("AD107", node, "`functools.update_wrapper` of a function is not followed", "use `functools.wraps`")
    return args[0]


def unwrapped(f: Any) -> Any:
    return f


def chain_(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    from .calls import call_value
    from .iterators import partly
    from .unrolling import unroll_items

    with partly(lo):  # when the items will be taken is not known
        parts = [unroll_items(lo, a) for a in args]
    if any(p is None for p in parts):
        return call_value(lo, ir.Const(emulated_iterators.chain), args, {}, node, hint)
    return _in_turn(lo, [v for p in parts for v in p or []])


def chain_from_iterable(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST,
                        hint: str | None) -> Value:
    from .calls import call_value
    from .unrolling import unroll_items

    parts = unroll_items(lo, args[0])
    if parts is None:
        return call_value(lo, ir.Const(emulated_iterators.chain_from), args, {}, node, hint)
    return chain_(lo, function, parts, {}, node, hint)


def _in_turn(lo: Lowering, items: list[Value]) -> Value:
    """An iterator over items that are known."""
    return one_shot(lo, IterV("iter", [TupleV(items)]))


def new_ndarray(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                hint: str | None) -> Value:
    """`np.ndarray(shape, dtype)` is `np.empty`; over memory that is there already it is not read."""
    from .calls import call_value

    if len(args) > 2 or not kwargs.keys() <= {"shape", "dtype", "order"}:
        lo.fail("AD107", node, "`np.ndarray` over memory that is there already is not compiled",
                "use a view of an array")
    return call_value(lo, ir.Const(np.empty, "np.empty"), args, kwargs, node, hint)


def combined(kind: str) -> Handler:
    def run(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
        from .sequences import items_of

        if kind == "product":
            repeat: Any = kwargs.get("repeat", ir.Const(1))
            lists = [items_of(lo, a, node) for a in args] * int(repeat.value)
            return _in_turn(lo, [TupleV(list(row)) for row in itertools.product(*lists)])
        pick = getattr(itertools, kind)
        rows = pick(items_of(lo, args[0], node), *[a.value for a in args[1:]])
        return _in_turn(lo, [TupleV(list(row)) for row in rows])

    return run


def fromfunction(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                  ) -> Value:
    from .calls import call_value

    shape = lo.operand(args[1])
    grids = lo.call(np.indices, (shape,), text="np.indices")
    from .items import load_item

    n = grids.type.ndim - 1
    parts = [load_item(lo, grids, ir.Const(i), node, None) for i in range(n)]
    floats = [lo.call(np.astype, (p, ir.Const(float, "float")), text="np.astype") for p in parts]
    return call_value(lo, args[0], list(floats), {}, node, hint)


def vectorize(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
               ) -> Value:
    """`np.vectorize(f)`, to be called."""
    given = {name: value.value if isinstance(value, ir.Const) else value for name, value in kwargs.items()}
    return _vectorized(lo, args[0], given.get("excluded"), given.get("signature"), node)


def vectorized_object(lo: Lowering, value: np.vectorize, node: ast.AST) -> Value:
    """A `np.vectorize(f)` from outside, to be called."""
    return _vectorized(lo, ir.Const(value.pyfunc), value.excluded or None, value.signature, node)


def _vectorized(lo: Lowering, f: Value, excluded: Any, signature: str | None, node: ast.AST) -> Value:
    if excluded:
        lo.fail("AD107", node, "`np.vectorize` with excluded= is not supported", "bind the argument with a lambda")
    if signature is None:
        return PartialV(ir.Const(vectorized_call, "np.vectorize"), [f], {})
    from ...rules.written.calling import over_cores

    inputs, _, outputs = signature.replace(" ", "").partition("->")
    if outputs.count("(") != 1:
        lo.fail("AD107", node, "`np.vectorize` of a function with several results is not supported")
    cores = tuple(len([name for name in part.split(",") if name]) for part in inputs[1:-1].split("),("))
    return PartialV(ir.Const(over_cores), [f, ir.Const(cores)], {})


def vectorized_call(f: Any, *arrays: Any) -> Any:
    """The call of a vectorised function: `f` on every tuple of elements."""
    return np.vectorize(f)(*arrays)


def call_vectorized(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                    ) -> Value:
    from ...analysis.infer import broadcast, shape_of, type_of
    from ...ir.types import Seq
    from .calls import call_value

    f, *rest = args
    if kwargs:
        lo.fail("AD107", node, "a function of `np.vectorize` called with arguments by name is not compiled",
                "give the arguments in order")
    operands = [lo.number(a, node) for a in rest]
    dims = broadcast([shape_of(lo.type_of(o)) for o in operands])
    if not dims:
        return call_value(lo, f, list(operands), {}, node, hint)
    shape = lo.call(np.broadcast_shapes, [lo.call(np.shape, (o,), text="np.shape") for o in operands],
                    text="np.broadcast_shapes", type_=Seq(tuple(Num(INT.dtype, dim=d) for d in dims)))
    flat = [lo.call(np.ravel, (lo.call(np.broadcast_to, (o, shape), text="np.broadcast_to",
                                       type_=Array(type_of(o).dtype, dims)),), text="np.ravel")
            for o in operands]
    env: dict[str, Value] = {f"x{i}": v for i, v in enumerate(flat)} | {"f": f}
    items = run_snippet(lo, f"out = [f({', '.join(f'x{i}[k]' for i in range(len(flat)))}) for k in range(len(x0))]",
                        env, "out", node)
    array = lo.call(np.array, (lo.operand(items),), text="np.array")
    return lo.call(np.reshape, (array, shape), text="np.reshape", hint=hint,
                   type_=Array(array.type.dtype, dims))
