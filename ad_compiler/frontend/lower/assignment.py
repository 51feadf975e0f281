"""Assignments of every form, `return`, `del`, `assert`, `raise`, definitions, and the statements that do nothing."""
from __future__ import annotations

import ast
from typing import Any

import numpy as np

from ...analysis.indexing import repeats
from ...analysis.infer import Untypable, type_of
from ...ir import nodes as ir
from ...ir.types import Array, ListOf, Num, Seq
from ..frames import MISSING, PathEnd
from ..lowering import Lowering
from ..values import FunctionV, HeapV, TupleV, Value
from .branches import exiting_if, fall, truth
from .exits import has_exit
from .optional import present
from .structures import items_of, store_attribute, store_item

OPERATORS: dict[type, tuple[Any, str]] = {
    ast.Add: (np.add, "+"), ast.Sub: (np.subtract, "-"), ast.Mult: (np.multiply, "*"), ast.Div: (np.divide, "/"),
    ast.Pow: (np.power, "**"), ast.MatMult: (np.matmul, "@"), ast.Mod: (np.remainder, "%"),
    ast.FloorDiv: (np.floor_divide, "//"), ast.BitAnd: (np.bitwise_and, "&"), ast.BitOr: (np.bitwise_or, "|"),
    ast.BitXor: (np.bitwise_xor, "^"), ast.LShift: (np.left_shift, "<<"), ast.RShift: (np.right_shift, ">>"),
}


def lower_assign(lo: Lowering, node: ast.Assign, rest: list[Any]) -> None:
    hint = _hint(node.targets[0])
    value = lo.expr(node.value, hint)
    for target in node.targets:
        bind(lo, target, value)


def _hint(target: ast.expr) -> str | None:
    return target.id if isinstance(target, ast.Name) else None


def lower_ann_assign(lo: Lowering, node: ast.AnnAssign, rest: list[Any]) -> None:
    if node.value is not None:
        bind(lo, node.target, lo.expr(node.value, _hint(node.target)))


def lower_walrus(lo: Lowering, node: ast.NamedExpr, hint: str | None) -> Value:
    value = lo.expr(node.value, node.target.id)
    bind(lo, node.target, value)
    return value


def bind(lo: Lowering, target: ast.expr, value: Value) -> None:
    """Give the value to an assignment target."""
    if isinstance(target, ast.Name):
        set_name(lo, target.id, value)
    elif isinstance(target, (ast.Tuple, ast.List)):
        _unpack(lo, target, value)
    elif isinstance(target, ast.Subscript):
        from .structures import lower_index

        base = lo.expr(target.value)
        store_item(lo, base, lower_index(lo, target.slice), value, target)
    elif isinstance(target, ast.Attribute):
        store_attribute(lo, lo.expr(target.value), target.attr, value, target)
    elif isinstance(target, ast.Starred):
        bind(lo, target.value, value)
    else:
        lo.fail("AD100", target, "this assignment target is not supported")


def set_name(lo: Lowering, name: str, value: Value) -> None:
    frame = lo.frame
    if name in frame.global_names:
        lo.fail("AD131", None, f"the program assigns the global `{name}`", "return the value instead")
    if name in frame.nonlocals:
        owner = frame.parent
        while owner is not None and owner.get(name) is MISSING and owner.parent is not None:
            owner = owner.parent
        if owner is None:
            lo.fail("AD131", None, f"the program assigns `{name}` of a function outside it", "return the value instead")
        owner.set(name, value)
        return
    frame.set(name, value)


def _unpack(lo: Lowering, target: ast.Tuple | ast.List, value: Value) -> None:
    stars = [i for i, t in enumerate(target.elts) if isinstance(t, ast.Starred)]
    n = len(target.elts)
    if stars and isinstance(value, ir.Var) and _unknown_length(value.type):
        return _unpack_ends(lo, target, value, stars[0])
    items = items_of(lo, value, target, None if stars else n, [_hint(t) for t in target.elts])
    if stars:
        i, tail = stars[0], n - stars[0] - 1
        middle = items[i: len(items) - tail]
        from .structures import new_list

        items = [*items[:i], new_list(lo, middle), *items[len(items) - tail:]]
    if len(items) != n:
        lo.fail("AD125", target, f"{len(items)} values are unpacked into {n} names")
    for t, v in zip(target.elts, items, strict=True):
        bind(lo, t, v)


def _unknown_length(t: Any) -> bool:
    return isinstance(t, ListOf) or (isinstance(t, Array) and t.ndim > 0 and not t.dims[0].known)


def _unpack_ends(lo: Lowering, target: ast.Tuple | ast.List, value: ir.Var, star: int) -> None:
    """`a, *rest, b = x` where the length of `x` is not known: items from both ends, and a list of those between."""
    from .builtins_ import run_snippet
    from .structures import load_item

    tail = len(target.elts) - star - 1
    stop = ir.Const(-tail) if tail else ir.Const(None)
    between = load_item(lo, value, ir.Pack("slice", (ir.Const(star), stop, ir.Const(None))), target, None)
    ends = [*range(star), *range(-tail, 0)]
    items = [load_item(lo, value, ir.Const(i), target, None) for i in ends]
    middle = run_snippet(lo, "out = [item for item in source]", {"source": between}, "out", target)
    for t, v in zip(target.elts, [*items[:star], middle, *items[star:]], strict=True):
        bind(lo, t, v)


def lower_aug_assign(lo: Lowering, node: ast.AugAssign, rest: list[Any]) -> None:
    op = node.op
    symbol = OPERATORS[type(op)][1]
    target = node.target
    if isinstance(target, ast.Name):
        old = present(lo, lo.lookup(target.id, target), target)
        value = lo.expr(node.value)
        if isinstance(old, ir.Var) and isinstance(old.type, Array) and symbol not in "+-*/":
            from .expressions import binary

            store_item(lo, old, ir.Const(Ellipsis), binary(lo, op, old, value, node, None), target)
        elif isinstance(old, ir.Var) and isinstance(old.type, Array):
            lo.emit(ir.Store(old, None, symbol, lo.number(value), lo.origin))
            note_write(lo, old)
        elif isinstance(old, ir.Var) and isinstance(old.type, ListOf) and isinstance(op, ast.Add):
            from .containers import extend

            extend(lo, old, value, node)
        elif isinstance(old, HeapV) and old.cls is list and isinstance(op, ast.Add):
            from .containers import extend

            extend(lo, old, value, node)
        else:
            from .expressions import binary

            set_name(lo, target.id, binary(lo, op, old, value, node, target.id))
        return
    if isinstance(target, ast.Attribute):
        from .expressions import binary
        from .structures import load_attribute

        base = lo.expr(target.value)
        old = present(lo, load_attribute(lo, base, target.attr, target), target)
        value = lo.expr(node.value)
        if isinstance(old, ir.Var) and isinstance(old.type, Array):
            lo.emit(ir.Store(old, None, symbol, lo.number(value), lo.origin))
            note_write(lo, old)
        else:
            store_attribute(lo, base, target.attr, binary(lo, op, old, value, node, target.attr), target)
        return
    assert isinstance(target, ast.Subscript)
    _aug_item(lo, node, target, symbol)


def _aug_item(lo: Lowering, node: ast.AugAssign, target: ast.Subscript, symbol: str) -> None:
    from .expressions import binary
    from .structures import load_item, lower_index

    base = lo.expr(target.value)
    index = lower_index(lo, target.slice)
    if isinstance(base, ir.Var) and isinstance(base.type, Array):
        arg = lo.operand(index)
        place, writes, block = len(lo.block.stmts), lo.writes, lo.block
        value = lo.expr(node.value)
        if symbol in "+-*/" and _plain_index(lo, base.type, arg, target) and lo.writes == writes:
            lo.emit(ir.Store(base, arg, symbol, lo.number(value), lo.origin))
            note_write(lo, base)
            return
        # An index that may name an element twice is read, changed and written once, as NumPy does; and the item is
        # read before the value is computed, which matters where computing it writes.
        with lo.into(ir.Block()) as first:
            old = load_item(lo, base, arg, target, None)
        block.stmts[place:place] = first.stmts
        store_item(lo, base, arg, binary(lo, node.op, old, value, node, None), target)
        return
    old = load_item(lo, base, index, target, None)
    value = lo.expr(node.value)
    if isinstance(old, ir.Var) and isinstance(old.type, Array):
        lo.emit(ir.Store(old, None, symbol, lo.number(value), lo.origin))
        note_write(lo, old)
        return
    store_item(lo, base, index, binary(lo, node.op, old, value, node, None), target)


def _plain_index(lo: Lowering, base: Array, index: ir.Arg, node: ast.AST) -> bool:
    """Whether an index names every element once (integers, slices, masks)."""
    try:
        return not repeats(base, index)
    except Untypable as error:
        lo.fail("AD133", node, f"this index cannot be followed: {error}")


def note_write(lo: Lowering, var: ir.Var) -> None:
    """Hook for facts about written arrays; hidden inputs must not be written."""
    for name, (hidden, _) in lo.hidden.items():
        if hidden is var:
            lo.fail("AD132", None, f"the program writes into `{hidden.hint}`, an array from outside it ({name})",
                    "pass the array as an argument, or copy it first")


def lower_return(lo: Lowering, node: ast.Return, rest: list[Any]) -> bool:
    value = ir.Const(None) if node.value is None else lo.expr(node.value, "out")
    return leave(lo, value)


def leave(lo: Lowering, value: Value) -> bool:
    """The current path returns `value` from the function being read."""
    from .loops import RESULT, RETURNED

    if lo.loops:
        lo.frame.set(RETURNED, ir.Const(True))
        lo.frame.set(RESULT, value)
        lo.loops[-1].returned = True
        fall(lo, "break")
    else:
        lo.frame.returns.append(PathEnd(lo.block, "return", {}, value, lo.origin))
    return False


def lower_break(lo: Lowering, node: ast.Break, rest: list[Any]) -> bool:
    from .loops import BROKE

    if lo.loops[-1].has_else:
        lo.frame.set(BROKE, ir.Const(True))
    fall(lo, "break")
    return False


def lower_continue(lo: Lowering, node: ast.Continue, rest: list[Any]) -> bool:
    fall(lo)
    return False


def lower_pass(lo: Lowering, node: ast.stmt, rest: list[Any]) -> None:
    return None


def lower_expr_statement(lo: Lowering, node: ast.Expr, rest: list[Any]) -> None:
    if isinstance(node.value, ast.Constant):
        return
    lo.expr(node.value)


def lower_delete(lo: Lowering, node: ast.Delete, rest: list[Any]) -> None:
    for target in node.targets:
        if isinstance(target, ast.Name):
            lo.frame.set(target.id, MISSING)
        elif isinstance(target, ast.Subscript):
            from .containers import delete_item
            from .structures import lower_index

            delete_item(lo, lo.expr(target.value), lower_index(lo, target.slice), target)
        else:
            lo.fail("AD100", target, "`del` of an attribute is not supported")


def lower_assert(lo: Lowering, node: ast.Assert, rest: list[Any]) -> None:
    cond = truth(lo, lo.expr(node.test), node.test)
    if isinstance(cond, ir.Const) and cond.value:
        return
    message = None if node.msg is None else lo.operand(lo.expr(node.msg))
    lo.emit(ir.Raise(message, cond, lo.origin))


def lower_raise(lo: Lowering, node: ast.Raise, rest: list[Any]) -> bool:
    value: Any = None
    if isinstance(node.exc, ast.Call):
        kind = lo.operand(lo.expr(node.exc.func))
        args = tuple(lo.operand(lo.expr(a)) for a in node.exc.args)
        name = kind.text if isinstance(kind, ir.Const) else None
        value = ir.Call(kind.value if isinstance(kind, ir.Const) else kind, args, (), "call", name)
    elif node.exc is not None:
        value = lo.operand(lo.expr(node.exc))
    lo.emit(ir.Raise(value, None, lo.origin))
    return False


def lower_function_def(lo: Lowering, node: ast.FunctionDef, rest: list[Any]) -> None:
    defaults = default_values(lo, node.args)
    value: Value = FunctionV(node, lo.frame.source, lo.frame, defaults)
    for decorator in reversed(node.decorator_list):
        from .calls import call_value

        value = call_value(lo, lo.expr(decorator), [value], {}, decorator, None)
    lo.frame.set(node.name, value)


def lower_lambda(lo: Lowering, node: ast.Lambda, hint: str | None) -> Value:
    return FunctionV(node, lo.frame.source, lo.frame, default_values(lo, node.args))


def default_values(lo: Lowering, args: ast.arguments) -> dict[str, Value]:
    positional = [*args.posonlyargs, *args.args]
    out = {}
    for a, d in zip(positional[len(positional) - len(args.defaults):], args.defaults, strict=True):
        out[a.arg] = lo.expr(d)
    for a, d in zip(args.kwonlyargs, args.kw_defaults, strict=True):
        if d is not None:
            out[a.arg] = lo.expr(d)
    return out


def lower_nonlocal(lo: Lowering, node: ast.Nonlocal, rest: list[Any]) -> None:
    lo.frame.nonlocals.update(node.names)


def lower_global(lo: Lowering, node: ast.Global, rest: list[Any]) -> None:
    lo.frame.global_names.update(node.names)


def lower_import(lo: Lowering, node: ast.Import | ast.ImportFrom, rest: list[Any]) -> None:
    import importlib

    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            module = importlib.import_module(node.module or "")
            lo.frame.set(alias.asname or alias.name, ir.Const(getattr(module, alias.name), alias.name))
        else:
            module = importlib.import_module(alias.name if alias.asname else alias.name.split(".")[0])
            lo.frame.set(alias.asname or alias.name.split(".")[0], ir.Const(module, module.__name__))


def lower_with(lo: Lowering, node: ast.With, rest: list[Any]) -> bool | None:
    item, *others = node.items
    context = item.context_expr
    managed = _manager(lo, context)
    if managed is not None:
        return _managed(lo, node, managed, rest)
    if not isinstance(context, ast.Call):
        value = lo.operand(lo.expr(context))
        call = ir.Call(_same, (value,))
    else:
        function = lo.operand(lo.expr(context.func))
        if not isinstance(function, ir.Const) or not _passive_context(function.value):
            lo.fail("AD104", context, "this context manager may change what the body computes",
                    "use it outside the differentiated code")
        args = tuple(lo.operand(lo.expr(a)) for a in context.args)
        kwargs = tuple((k.arg or "", lo.operand(lo.expr(k.value))) for k in context.keywords)
        call = ir.Call(function.value, args, kwargs, "call", lo.frame.source.segment(context.func))
    origin = lo.origin
    body: list[Any] = [*node.body] if not others else [ast.copy_location(ast.With(others, node.body), node)]
    leaves = has_exit(node.body) or any(isinstance(n, ast.Raise) for s in node.body for n in ast.walk(s))
    if leaves:
        body += rest
    with lo.into(ir.Block()) as block:
        through = lo.statements(body)
        if leaves and through:
            fall(lo)
    lo.emit(ir.With(call, block, None, origin))
    return False if leaves else None


def _manager(lo: Lowering, context: ast.expr) -> HeapV | None:
    """The object of a user's class that a `with` enters, if that is what its context is."""
    if isinstance(context, ast.Call):
        if not isinstance(context.func, (ast.Name, ast.Attribute)):
            return None
        function = lo.expr(context.func)
        if not isinstance(function, ir.Const) or _passive_context(function.value):
            return None
        if not isinstance(function.value, type) or not hasattr(function.value, "__exit__"):
            return None
    value = lo.expr(context)
    return value if isinstance(value, HeapV) and hasattr(value.cls, "__exit__") else None


def _managed(lo: Lowering, node: ast.With, manager: HeapV, rest: list[Any]) -> None:
    """`with` of a class written in Python: its two methods around the body, which must run to its end."""
    from .calls import call_method

    item, *others = node.items
    body: list[Any] = [*node.body] if not others else [ast.copy_location(ast.With(others, node.body), node)]
    if has_exit(body):
        lo.fail("AD104", node, "the body of this context is left by return, break or continue",
                "leave after the `with`")
    entered = call_method(lo, manager, "__enter__", [], {}, item.context_expr, None)
    if item.optional_vars is not None:
        bind(lo, item.optional_vars, entered)

    def leave_context() -> None:
        out = call_method(lo, manager, "__exit__", [ir.Const(None)] * 3, {}, item.context_expr, None)
        if not isinstance(out, ir.Const) or out.value:
            lo.fail("AD104", item.context_expr, "this context manager may swallow an error of its body",
                    "let `__exit__` return None or False")

    rest[:0] = [*body, leave_context]


def _same(x: Any) -> Any:
    return x


def _passive_context(function: Any) -> bool:
    import contextlib
    import warnings

    return function in (np.errstate, np.printoptions, warnings.catch_warnings, contextlib.suppress,
                        contextlib.nullcontext)


def lower_try(lo: Lowering, node: ast.Try, rest: list[Any]) -> bool | None:
    """`try` whose handlers catch errors that the program does not expect: control leaves it normally.

    An exception that is caught decides the path, so the number of a flag says whether the body ran to its end."""
    if has_exit(node.body) or any(has_exit(h.body) for h in node.handlers) or has_exit(node.orelse):
        return _exiting_try(lo, node, rest)
    if not node.handlers:
        rest[:0] = [*node.body, *node.orelse, *node.finalbody]
        return None
    lo.fail("AD105", node, "`try` with handlers cannot be compiled", "test the condition before, instead of catching")


def _exiting_try(lo: Lowering, node: ast.Try, rest: list[Any]) -> bool | None:
    if not node.handlers and not node.finalbody:
        rest[:0] = [*node.body, *node.orelse]
        return None
    lo.fail("AD105", node, "`try` that is left by return, break or continue cannot be compiled",
            "assign the result and leave after the `try`")


def lower_match(lo: Lowering, node: ast.Match, rest: list[Any]) -> bool | None:
    """`match` on constants, captures and wildcards: a chain of `if`."""
    subject = "<subject>"
    lo.frame.set(subject, lo.expr(node.subject))
    chain: list[ast.stmt] = []
    for case in reversed(node.cases):
        test, binds = _pattern(lo, case.pattern, ast.copy_location(ast.Name(subject, ast.Load()), case.pattern))
        if case.guard is not None:
            test = case.guard if test is None else ast.BoolOp(ast.And(), [test, case.guard])
        body = [*binds, *case.body]
        if test is None:
            chain = body
        else:
            branch = ast.If(test, body, chain)
            chain = [ast.fix_missing_locations(ast.copy_location(branch, case.pattern))]
    rest[:0] = chain
    return None


def _pattern(lo: Lowering, pattern: ast.pattern, subject: ast.Name) -> tuple[ast.expr | None, list[ast.stmt]]:
    at = ast.copy_location
    match pattern:
        case ast.MatchValue(value) | ast.MatchSingleton(value):
            right = value if isinstance(value, ast.expr) else at(ast.Constant(value), pattern)
            op: ast.cmpop = ast.Eq() if isinstance(pattern, ast.MatchValue) else ast.Is()
            return at(ast.Compare(subject, [op], [right]), pattern), []
        case ast.MatchAs(None, None):
            return None, []
        case ast.MatchAs(None, str(name)):
            target = at(ast.Name(name, ast.Store()), pattern)
            return None, [ast.fix_missing_locations(at(ast.Assign([target], subject), pattern))]
        case ast.MatchOr(patterns):
            tests = [_pattern(lo, p, subject)[0] for p in patterns]
            if any(t is None for t in tests):
                return None, []
            return at(ast.BoolOp(ast.Or(), tests), pattern), []  # type: ignore[arg-type]
        case _:
            lo.fail("AD106", pattern, "this `match` pattern is not supported", "use constants, `|`, names and `_`")


__all__ = ["OPERATORS", "HeapV", "Num", "Seq", "TupleV", "bind", "exiting_if", "type_of"]
