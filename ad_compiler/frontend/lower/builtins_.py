"""Python's own functions, `functools` and `itertools`."""
from __future__ import annotations

import ast
import builtins
import functools
import itertools
import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import BOOL, FLOAT, Array, ListOf, Num, Passive
from ..lowering import Lowering
from ..values import ExternalV, GeneratorV, HeapV, IterV, PartialV, RangeV, ShapeV, TupleV, Value
from .optional import present

_INT = Num(np.dtype(np.int64))
Handler = Callable[..., Value]


def length_of(lo: Lowering, value: Value, node: ast.AST | None) -> Value:
    from .iteration import unroll_items

    if isinstance(value, ir.Var):
        t = value.type
        if isinstance(t, Array):
            if t.dims[0].known:
                return ir.Const(t.dims[0].const)
            return lo.call(len, (value,), type_=Num(_INT.dtype, dim=t.dims[0]), text="len")
        return lo.call(len, (value,), type_=_INT, text="len")
    if isinstance(value, RangeV):
        return _range_length(lo, value, node)
    items = unroll_items(lo, value)
    if items is None:
        if isinstance(value, (GeneratorV, IterV)):
            from .iteration import collect

            return length_of(lo, collect(lo, value, node), node)
        lo.fail("AD107", node, "the length of this value is not known")
    return ir.Const(len(items))


def _range_length(lo: Lowering, value: RangeV, node: ast.AST | None) -> Value:
    from .expressions import binary

    parts = (value.start, value.stop, value.step)
    if all(isinstance(p, ir.Const) for p in parts):
        return ir.Const(len(range(*[p.value for p in parts])))  # type: ignore[union-attr]
    if isinstance(value.start, ir.Const) and value.start.value == 0 and isinstance(value.step, ir.Const) and \
            value.step.value == 1:
        return value.stop
    del binary
    whole = lo.call(range, parts, type_=ListOf(_INT), text="range")
    return lo.call(len, (whole,), type_=_INT, text="len")


def _len(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    if isinstance(args[0], HeapV) and args[0].cls not in (list, dict):
        from .calls import call_method

        return call_method(lo, args[0], "__len__", [], {}, node, hint)
    return length_of(lo, args[0], node)


def _range(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    parts = [lo.operand(a, node) for a in args]
    if any(isinstance(p, ir.Pack) for p in parts):
        lo.fail("AD110", node, "`range` takes integers")
    zero, one = ir.Const(0), ir.Const(1)
    start, stop, step = {1: (zero, parts[0], one)}.get(len(parts)) or (*parts, one)[:3]  # type: ignore[misc]
    return RangeV(start, stop, step)  # type: ignore[arg-type]


def _slice(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    parts = [lo.operand(a, node) for a in args]
    none = ir.Const(None)
    start, stop, step = (none, parts[0], none) if len(parts) == 1 else (*parts, none)[:3]
    return ir.Pack("slice", (start, stop, step))


def _iterator(kind: str) -> Handler:
    def make(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
             ) -> Value:
        if kind in ("map", "filter"):
            return IterV(kind, args[1:], args[0])
        if kind == "enumerate" and "start" in kwargs:
            args = [*args, kwargs["start"]]
        if kind == "ndindex" and len(args) == 1:
            from .structures import items_of

            args = items_of(lo, args[0], node) if not isinstance(args[0], (ir.Const,)) and not lo.is_number(
                args[0]) else args
        return IterV(kind, list(args))

    return make


def _list(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    from .containers import created_list
    from .iteration import collect, unroll_items

    if not args:
        return created_list(lo, [], node, hint)
    if isinstance(args[0], (GeneratorV, IterV)):
        return collect(lo, args[0], node)
    items = unroll_items(lo, args[0])
    if items is not None:
        return created_list(lo, items, node, hint)
    from ..frames import Frame
    from .iteration import run_collecting

    name = ast.copy_location(ast.Name("<source>", ast.Load()), node)
    loop = ast.For(ast.Name("<item>", ast.Store()), name, [ast.Expr(ast.Call(ast.Attribute(
        ast.Name("<items>", ast.Load()), "append", ast.Load()), [ast.Name("<item>", ast.Load())], []))], [])
    for n in ast.walk(loop):
        if isinstance(n, (ast.expr, ast.stmt)) and not hasattr(n, "lineno"):
            ast.copy_location(n, node)
    frame = Frame(lo.frame.source, lo.journal, lo.frame.globals, lo.frame, name=lo.frame.name)
    frame.env["<source>"] = args[0]
    return run_collecting(lo, frame, [loop], hint or "items", node)


def _tuple(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    from .structures import items_of

    if not args:
        return TupleV([])
    if isinstance(args[0], ir.Var) and isinstance(args[0].type, ListOf):
        return args[0]
    return TupleV(items_of(lo, args[0], node))


def _dict(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    from .branches import new_heap_frame
    from .containers import mapping_items
    from .structures import items_of

    heap = HeapV(dict, new_heap_frame(lo, hint or ""))
    if args and isinstance(args[0], (HeapV, ExternalV)) and not isinstance(args[0], IterV):
        heap.slots.update(mapping_items(lo, args[0], node))
    elif args:
        for pair in items_of(lo, args[0], node):
            key, value = items_of(lo, pair, node)
            if not isinstance(key, ir.Const):
                lo.fail("AD128", node, "this dict key is not known when compiling")
            heap.slots[key.value] = value
    heap.slots.update(kwargs)
    return heap


def _cast(dtype: str) -> Handler:
    def cast(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
             ) -> Value:
        if not args:
            return ir.Const(function.value())
        if len(args) == 2 and dtype == "c16":
            from .expressions import binary

            turned = binary(lo, ast.Mult(), ir.Const(1j), args[1], node, None)
            return binary(lo, ast.Add(), args[0], turned, node, hint)
        operand = lo.operand(args[0], node)
        if isinstance(operand, ir.Const):
            if isinstance(operand.value, float) and dtype == "f8":
                return operand
            return ir.Const(function.value(operand.value))
        if dtype == "?":
            from .branches import truth

            return truth(lo, args[0], node)
        t = lo.type_of(operand)  # type: ignore[arg-type]
        if isinstance(t, Num) and t.weak and t.dtype == np.dtype(dtype):
            return operand  # type: ignore[return-value]
        dim = t.dim if isinstance(t, Num) and dtype == "i8" else None
        return lo.call(function.value, (operand,), type_=Num(np.dtype(dtype), dim=dim), hint=hint,
                       text=function.value.__name__)

    return cast


def _extreme(which: str) -> Handler:
    def extreme(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                hint: str | None) -> Value:
        from .branches import choose, compare
        from .iteration import unroll_items

        key = kwargs.get("key")
        items = args
        if len(args) == 1:
            found = unroll_items(lo, args[0])
            if found is None:
                return _fold_dynamic(lo, args[0], which, kwargs, node, hint)
            items = found
        if not items:
            return kwargs.get("default") or lo.fail("AD107", node, f"`{which}` of an empty sequence")
        if key is None and all(isinstance(i, ir.Const) for i in items):
            return ir.Const(getattr(builtins, which)(i.value for i in items))  # type: ignore[union-attr]
        op = ast.Gt() if which == "max" else ast.Lt()
        best = items[0]
        for other in items[1:]:
            if key is None and lo.is_number(best) and lo.is_number(other) and _integers(lo, best, other):
                best = lo.call(getattr(builtins, which), (lo.operand(best), lo.operand(other)), type_=_INT, hint=hint,
                               text=which)
                continue
            a, b = (best, other) if key is None else (_key(lo, key, best, node), _key(lo, key, other, node))
            from .branches import truth

            cond = truth(lo, compare(lo, op, b, a, node, None), node)
            if isinstance(cond, ir.Const):
                best = other if cond.value else best
            else:
                best = choose(lo, cond, lambda o=other: o, lambda b=best: b, hint or "best", node)
        return best

    return extreme


def _integers(lo: Lowering, a: Value, b: Value) -> bool:
    return all(isinstance(t := lo.type_of(v), Num) and t.kind in "bi" for v in (a, b))


def _key(lo: Lowering, key: Value, item: Value, node: ast.AST) -> Value:
    from .calls import call_value

    return call_value(lo, key, [item], {}, node, None)


def _fold_dynamic(lo: Lowering, value: Value, which: str, kwargs: dict[str, Value], node: ast.AST, hint: str | None
                  ) -> Value:
    if isinstance(value, ir.Var) and isinstance(value.type, Array) and value.type.ndim == 1 and not kwargs:
        return lo.call(getattr(np, which), (value,), text=f"np.{which}", hint=hint)
    if isinstance(value, ir.Var) and isinstance(value.type, Passive):
        return lo.call(getattr(builtins, which), (value,), type_=_INT, text=which, hint=hint)
    op = ">" if which == "max" else "<"
    return run_snippet(lo, f"""
best = source[0]
for i in range(1, len(source)):
    candidate = source[i]
    if {"key(candidate) " + op + " key(best)" if "key" in kwargs else "candidate " + op + " best"}:
        best = candidate
""", {"source": _gathered(lo, value, node), **kwargs}, "best", node)


def _gathered(lo: Lowering, value: Value, node: ast.AST) -> Value:
    from .iteration import collect

    return collect(lo, value, node) if isinstance(value, (GeneratorV, IterV)) else value


def run_snippet(lo: Lowering, text: str, env: dict[str, Value], result: str, node: ast.AST) -> Value:
    """Read a few lines of Python that say what a builtin does."""
    from ..frames import Frame

    nodes = ast.parse(text).body
    for n in nodes:
        for inner in ast.walk(n):
            if hasattr(inner, "lineno"):
                ast.copy_location(inner, node) if hasattr(node, "lineno") else None
    frame = Frame(lo.frame.source, lo.journal, lo.frame.globals, None, name=lo.frame.name)
    frame.env.update(env)
    origin, outer = lo.origin, lo.frame
    lo.frame = frame
    try:
        lo.statements(nodes)
    finally:
        lo.frame, lo.origin = outer, origin
    return frame.env[result]


def _sum(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
         hint: str | None) -> Value:
    from .expressions import binary
    from .iteration import unroll_items

    start = args[1] if len(args) > 1 else kwargs.get("start", ir.Const(0))
    items = unroll_items(lo, args[0])
    if items is not None:
        total = start
        for k, item in enumerate(items):
            if k == 0 and isinstance(start, ir.Const) and start.value == 0 and lo.is_number(item):
                total = item
            else:
                total = binary(lo, ast.Add(), total, item, node, hint)
        return total
    if isinstance(args[0], ir.Var) and isinstance(args[0].type, Array):
        total = lo.call(np.sum, (args[0],), {"axis": ir.Const(0)} if args[0].type.ndim > 1 else {}, text="np.sum",
                        hint=hint)
        return total if isinstance(start, ir.Const) and start.value == 0 else binary(lo, ast.Add(), start, total, node,
                                                                                     hint)
    if isinstance(args[0], GeneratorV) and args[0].node is not None:
        return _sum_generator(lo, args[0], start, node, hint)
    return run_snippet(lo, "for item in source:\n    total = total + item\n",
                       {"source": _gathered(lo, args[0], node), "total": start}, "total", node)


def _sum_generator(lo: Lowering, value: GeneratorV, start: Value, node: ast.AST, hint: str | None) -> Value:
    """`sum(f(x) for x in xs)` as the loop that it is, without the list."""
    from ..frames import Frame

    body: list[ast.stmt] = [ast.AugAssign(ast.Name("<total>", ast.Store()), ast.Add(), value.node.elt)]
    for g in reversed(value.node.generators):
        for test in reversed(g.ifs):
            body = [ast.If(test, body, [])]
        body = [ast.For(g.target, g.iter, body, [])]
    for n in ast.walk(body[0]):
        if isinstance(n, (ast.stmt, ast.expr)) and not hasattr(n, "lineno"):
            ast.copy_location(n, value.node)
    frame = Frame(value.frame.source, lo.journal, value.frame.globals, value.frame, name=value.frame.name)
    frame.env["<total>"] = start
    outer, lo.frame, origin = lo.frame, frame, lo.origin
    try:
        lo.statements(body)
    finally:
        lo.frame, lo.origin = outer, origin
    return frame.env["<total>"]


def _any_all(which: str) -> Handler:
    def run(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
            ) -> Value:
        from .branches import truth
        from .iteration import unroll_items

        items = unroll_items(lo, args[0])
        if items is None:
            if isinstance(args[0], ir.Var) and isinstance(args[0].type, Array):
                return lo.call(getattr(np, which), (args[0],), text=f"np.{which}", hint=hint)
            items_value = _gathered(lo, args[0], node)
            return run_snippet(lo, f"out = {which == 'all'}\nfor item in source:\n    if "
                               f"{'not ' if which == 'all' else ''}item:\n        out = {which != 'all'}\n",
                               {"source": items_value}, "out", node)
        from ...ir import prims

        out: ir.Operand = ir.Const(which == "all")
        for item in items:
            cond = truth(lo, item, node)
            if isinstance(cond, ir.Const):
                if bool(cond.value) is not (which == "all"):
                    return ir.Const(which != "all")
            elif isinstance(out, ir.Const):
                out = cond
            else:
                out = lo.call(prims.and_ if which == "all" else prims.or_, (out, cond), style="op", type_=BOOL)
        return out

    return run


def _print(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
           hint: str | None) -> Value:
    operands = tuple(lo.operand(a, node) for a in args)
    named = tuple((k, lo.operand(v)) for k, v in kwargs.items())
    lo.emit(ir.Effect(ir.Call(print, operands, named, "call", "print"), lo.origin))
    return ir.Const(None)


def _isinstance(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                ) -> Value:
    classes = args[1]
    names = [c.value for c in classes.items] if isinstance(classes, TupleV) else [classes.value]  # type: ignore
    return ir.Const(any(issubclass(class_of(lo, args[0], node), c) for c in names))


def class_of(lo: Lowering, value: Value, node: ast.AST | None) -> type:
    """The class that a value has at run time."""
    value = present(lo, value, node)
    match value:
        case ir.Const():
            return type(value.value)
        case HeapV(cls):
            return cls
        case TupleV(cls=cls):
            return cls
        case ExternalV(external):
            return type(external)
        case ShapeV():
            return tuple
        case RangeV():
            return range
        case ir.Var(type=Array()):
            return np.ndarray
        case ir.Var(type=Num(dtype, weak)):
            return {"b": bool, "i": int, "f": float, "c": complex}[dtype.kind] if weak else dtype.type
        case ir.Var(type=ListOf()):
            return list
        case ir.Var(type=Passive(cls)) if cls is not None:
            return cls
        case _:
            import types

            return types.FunctionType if not isinstance(value, ir.Var) else object


def _type(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    cls = class_of(lo, args[0], node)
    return ir.Const(cls, cls.__name__)


def _hasattr(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
             ) -> Value:
    name = args[1].value  # type: ignore[union-attr]
    if isinstance(args[0], HeapV):
        return ir.Const(name in args[0].slots or hasattr(args[0].cls, name))
    if isinstance(args[0], (ExternalV, ir.Const)):
        return ir.Const(hasattr(args[0].value, name))
    return ir.Const(hasattr(class_of(lo, args[0], node), name))


def _getattr(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
             ) -> Value:
    from .structures import load_attribute

    if not isinstance(args[1], ir.Const):
        lo.fail("AD128", node, "the name of this attribute is not known when compiling")
    if len(args) > 2 and not _hasattr(lo, function, args[:2], {}, node, None).value:  # type: ignore[union-attr]
        return args[2]
    return load_attribute(lo, args[0], args[1].value, node, hint)


def _setattr(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
             ) -> Value:
    from .structures import store_attribute

    store_attribute(lo, args[0], args[1].value, args[2], node)  # type: ignore[union-attr]
    return ir.Const(None)


def _callable(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
              ) -> Value:
    from ..values import FunctionV, MethodV

    value = args[0]
    if isinstance(value, (ir.Const, ExternalV)):
        return ir.Const(callable(value.value))
    return ir.Const(isinstance(value, (FunctionV, MethodV, PartialV))
                    or (isinstance(value, HeapV) and any("__call__" in vars(k) for k in value.cls.__mro__)))


def _text(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    operands = [lo.operand(a, node) for a in args]
    if all(isinstance(o, ir.Const) for o in operands):
        return ir.Const(function.value(*[o.value for o in operands]))  # type: ignore[union-attr]
    return lo.call(function.value, operands, type_=Passive(str), text=function.value.__name__)


def _sorted(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
    """Sorting by value: the order is found once, and the items are taken in that order."""
    from .iteration import unroll_items

    items = unroll_items(lo, args[0])
    key, backwards = kwargs.get("key"), kwargs.get("reverse", ir.Const(False))
    if items is not None and key is None and all(isinstance(i, ir.Const) for i in items):
        return TupleV([ir.Const(v) for v in sorted((i.value for i in items),  # type: ignore[union-attr]
                                                   reverse=bool(backwards.value))], list)  # type: ignore[union-attr]
    if isinstance(args[0], ir.Var) and isinstance(args[0].type, Array) and key is None:
        out = lo.call(np.sort, (args[0],), text="np.sort", hint=hint)
        if isinstance(backwards, ir.Const) and backwards.value:
            out = lo.call(np.flip, (out,), text="np.flip", hint=hint)
        return out
    source = _gathered(lo, args[0], node)
    return run_snippet(lo, f"""
keys = [{'key(x)' if key is not None else 'x'} for x in source]
order = argsort(keys, kind="stable")
out = [source[order[{'len(keys) - 1 - i' if isinstance(backwards, ir.Const) and backwards.value else 'i'}]]
       for i in range(len(keys))]
""", {"source": source, "argsort": ir.Const(np.argsort, "np.argsort"), **({"key": key} if key is not None else {})},
        "out", node)


def _reduce(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
            ) -> Value:
    from .calls import call_value
    from .iteration import unroll_items

    items = unroll_items(lo, args[1])
    if items is None:
        env = {"f": args[0], "source": _gathered(lo, args[1], node)}
        if len(args) > 2:
            return run_snippet(lo, "out = start\nfor item in source:\n    out = f(out, item)\n",
                               {**env, "start": args[2]}, "out", node)
        return run_snippet(lo, "out = source[0]\nfor i in range(1, len(source)):\n    out = f(out, source[i])\n", env,
                           "out", node)
    rest = list(items)
    value = args[2] if len(args) > 2 else rest.pop(0)
    for item in rest:
        value = call_value(lo, args[0], [value, item], {}, node, hint)
    return value


def _partial(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    return PartialV(args[0], args[1:], dict(kwargs))


def _identity(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
              ) -> Value:
    """Decorators and wrappers that change nothing that is computed (wraps, lru_cache)."""
    from ..values import FunctionV

    if args and isinstance(args[0], FunctionV):
        return args[0]
    return PartialV(ir.Const(_returned, "wraps"), [], {})


def _returned(f: Any) -> Any:
    return f


def _returned_value(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                    ) -> Value:
    return args[0]


def _round(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    operands = [lo.operand(a) for a in args]
    return lo.call(round, operands, type_=_INT if len(args) == 1 else FLOAT, text="round", hint=hint)


def _divmod(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
            ) -> Value:
    from .expressions import binary

    return TupleV([binary(lo, ast.FloorDiv(), *args, node, None), binary(lo, ast.Mod(), *args, node, None)])


def _pow(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    from .expressions import binary

    return binary(lo, ast.Pow(), args[0], args[1], node, hint)


def _operator(op: ast.operator) -> Handler:
    def run(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
        from .expressions import binary

        return binary(lo, op, args[0], args[1], node, hint)

    return run


def _negative(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
              ) -> Value:
    return lo.call(np.negative, (lo.operand(args[0]),), style="op", hint=hint)


def _chain(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None) -> Value:
    from .structures import items_of

    return TupleV([v for a in args for v in items_of(lo, a, node)])


def _accumulate(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                hint: str | None) -> Value:
    f = args[1] if len(args) > 1 else kwargs.get("func")
    step = "f(total, source[i])" if f is not None else "total + source[i]"
    env = {"source": _gathered(lo, args[0], node)} | ({"f": f} if f is not None else {})
    return run_snippet(lo, f"total = source[0]\nout = [total]\nfor i in range(1, len(source)):\n    total = {step}\n"
                       "    out.append(total)\n", env, "out", node)


def _product(kind: str) -> Handler:
    def run(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
            hint: str | None) -> Value:
        from .structures import items_of

        if kind == "product":
            lists = [items_of(lo, a, node) for a in args] * kwargs.get("repeat", ir.Const(1)).value  # type: ignore
            return TupleV([TupleV(list(row)) for row in itertools.product(*lists)])
        pick = getattr(itertools, kind)
        rows = pick(items_of(lo, args[0], node), *[a.value for a in args[1:]])  # type: ignore[union-attr]
        return TupleV([TupleV(list(row)) for row in rows])

    return run


def _fromfunction(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                  ) -> Value:
    from .calls import call_value

    shape = lo.operand(args[1])
    grids = lo.call(np.indices, (shape,), text="np.indices")
    from .structures import load_item

    n = grids.type.ndim - 1  # type: ignore[union-attr]
    parts = [load_item(lo, grids, ir.Const(i), node, None) for i in range(n)]
    floats = [lo.call(np.astype, (p, ir.Const(float, "float")), text="np.astype") for p in parts]  # type: ignore
    return call_value(lo, args[0], list(floats), {}, node, hint)


def _vectorize(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
               ) -> Value:
    """`np.vectorize(f)`, to be called."""
    return PartialV(ir.Const(vectorized_call, "np.vectorize"), [args[0]], {})


def vectorized_call(f: Any, *arrays: Any) -> Any:
    """The call of a vectorised function: `f` on every tuple of elements."""
    return np.vectorize(f)(*arrays)


def call_vectorized(lo: Lowering, function: ir.Const, args: list[Value], kwargs: Any, node: ast.AST, hint: str | None
                    ) -> Value:
    from ...analysis.infer import broadcast, shape_of
    from ...ir.types import Seq
    from .calls import call_value

    f, *rest = args
    operands = [lo.number(a, node) for a in rest]
    dims = broadcast([shape_of(lo.type_of(o)) for o in operands])  # type: ignore[arg-type]
    if not dims:
        return call_value(lo, f, list(operands), {}, node, hint)
    shape = lo.call(np.broadcast_shapes, [lo.call(np.shape, (o,), text="np.shape") for o in operands],
                    text="np.broadcast_shapes", type_=Seq(tuple(Num(_INT.dtype, dim=d) for d in dims)))
    flat = [lo.call(np.ravel, (lo.call(np.broadcast_to, (o, shape), text="np.broadcast_to",
                                       type_=Array(lo.type_of(o).dtype, dims)),), text="np.ravel")  # type: ignore
            for o in operands]
    env: dict[str, Value] = {f"x{i}": v for i, v in enumerate(flat)} | {"f": f}
    items = run_snippet(lo, f"out = [f({', '.join(f'x{i}[k]' for i in range(len(flat)))}) for k in range(len(x0))]",
                        env, "out", node)
    array = lo.call(np.array, (lo.operand(items),), text="np.array")
    return lo.call(np.reshape, (array, shape), text="np.reshape", hint=hint,
                   type_=Array(array.type.dtype, dims))  # type: ignore[union-attr]


_OPS = {operator.add: ast.Add(), operator.sub: ast.Sub(), operator.mul: ast.Mult(), operator.truediv: ast.Div(),
        operator.pow: ast.Pow(), operator.matmul: ast.MatMult()}

BUILTINS: dict[Any, Handler] = {
    vectorized_call: call_vectorized,
    len: _len, range: _range, slice: _slice, zip: _iterator("zip"), enumerate: _iterator("enumerate"),
    reversed: _iterator("reversed"), map: _iterator("map"), filter: _iterator("filter"),
    np.ndindex: _iterator("ndindex"), np.ndenumerate: _iterator("ndenumerate"),
    itertools.pairwise: _iterator("pairwise"), itertools.count: _iterator("count"), iter: _returned_value,
    list: _list, tuple: _tuple, dict: _dict, float: _cast("f8"), int: _cast("i8"), complex: _cast("c16"),
    bool: _cast("?"), max: _extreme("max"), min: _extreme("min"), sum: _sum, any: _any_all("any"),
    all: _any_all("all"), print: _print, isinstance: _isinstance, type: _type, hasattr: _hasattr, getattr: _getattr,
    setattr: _setattr, callable: _callable, str: _text, repr: _text, format: _text, sorted: _sorted,
    functools.reduce: _reduce, functools.partial: _partial, functools.wraps: _identity,
    functools.lru_cache: _identity, functools.cache: _identity, round: _round, divmod: _divmod, pow: _pow,
    itertools.chain: _chain, itertools.accumulate: _accumulate, itertools.product: _product("product"),
    itertools.combinations: _product("combinations"), itertools.permutations: _product("permutations"),
    np.fromfunction: _fromfunction, operator.neg: _negative, _returned: _returned_value,
    np.vectorize: _vectorize,
    **{f: _operator(op) for f, op in _OPS.items()},
}
