"""Calls: of functions of the table, of plain Python functions (read in place), of classes and methods."""
from __future__ import annotations

import ast
import dataclasses
import functools
import types
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ..frames import MISSING, Frame, PathEnd
from ..lowering import Lowering
from ..source import read_source
from ..values import (
    ExternalV,
    FunctionV,
    GeneratorV,
    HeapV,
    MethodV,
    PartialV,
    SuperV,
    TupleV,
    Value,
)
from .branches import join_values, new_heap_frame
from .optional import present

MAX_DEPTH = 24


def lower_call(lo: Lowering, node: ast.Call, hint: str | None) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super" and not node.args:
        return _super(lo, node)
    function = lo.expr(node.func)
    args: list[Value] = []
    for a in node.args:
        if isinstance(a, ast.Starred):
            from .structures import items_of

            args += items_of(lo, lo.expr(a.value), a)
        else:
            args.append(lo.expr(a))
    kwargs: dict[str, Value] = {}
    for k in node.keywords:
        if k.arg is None:
            from .containers import mapping_items

            kwargs.update(mapping_items(lo, lo.expr(k.value), k.value))
        else:
            kwargs[k.arg] = lo.expr(k.value)
    return call_value(lo, function, args, kwargs, node, hint)


def _super(lo: Lowering, node: ast.Call) -> Value:
    frame: Frame | None = lo.frame
    while frame is not None and frame.receiver_class is None:
        frame = frame.parent
    if frame is None:
        lo.fail("AD121", node, "`super()` outside a method")
    assert frame.receiver_class is not None
    first = frame.source.node.args.args[0].arg
    return SuperV(frame.receiver_class, frame.env[first])


def call_value(lo: Lowering, function: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
               hint: str | None) -> Value:
    match function:
        case FunctionV():
            return inline(lo, function.node, function.source, function.frame.globals, args, kwargs, node,
                          parent=function.frame, defaults=function.defaults, identity=function.node)
        case PartialV(inner, first, named):
            return call_value(lo, inner, [*first, *args], {**named, **kwargs}, node, hint)
        case MethodV(receiver, name, method):
            if method is not None:
                return call_python(lo, method, [receiver, *args], kwargs, node, hint)
            return call_method(lo, receiver, name, args, kwargs, node, hint)
        case ir.Const():
            return call_constant(lo, function, args, kwargs, node, hint)
        case ExternalV(value, path):
            return _call_external(lo, function, value, path, args, kwargs, node, hint)
        case HeapV():
            return call_method(lo, function, "__call__", args, kwargs, node, hint)
        case _:
            lo.fail("AD107", node, "this value cannot be called")


def _call_external(lo: Lowering, function: ExternalV, value: Any, path: str, args: list[Value],
                   kwargs: dict[str, Value], node: ast.AST, hint: str | None) -> Value:
    from .structures import load_attribute

    if isinstance(value, np.vectorize):
        from .builtins_ import vectorized_call

        return call_value(lo, ir.Const(vectorized_call), [ir.Const(value.pyfunc), *args], kwargs, node, hint)
    if isinstance(value, functools.partial):
        from .names import external

        first = [external(lo, a, f"{path}.args[{i}]", f"arg{i}") for i, a in enumerate(value.args)]
        named = {k: external(lo, v, f"{path}.keywords[{k!r}]", k) for k, v in value.keywords.items()}
        return call_value(lo, ir.Const(value.func), [*first, *args], {**named, **kwargs}, node, hint)
    if isinstance(value, types.MethodType):
        return call_python(lo, value.__func__, [ExternalV(value.__self__, f"{path}.__self__"), *args], kwargs, node,
                           hint)
    plain = python_function(value)
    if plain is not None:
        return call_python(lo, plain, args, kwargs, node, hint)
    return call_value(lo, load_attribute(lo, function, "__call__", node), args, kwargs, node, hint)


def python_function(value: Any) -> types.FunctionType | None:
    """The plain function behind a decorated one (functools.wraps, lru_cache, numba.njit, np.vectorize)."""
    seen = 0
    while not isinstance(value, types.FunctionType) and seen < 20:
        seen += 1
        for name in ("__wrapped__", "py_func", "pyfunc", "primal"):
            inner = getattr(value, name, None)
            if callable(inner):
                value = inner
                break
        else:
            return None
    return value if isinstance(value, types.FunctionType) else None


def call_constant(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                  hint: str | None) -> Value:
    """A call of something whose identity is known."""
    from .arrays import ARRAY_CALLS
    from .builtins_ import BUILTINS
    from .tables import call_table

    value = function.value
    emitted = getattr(value, "__ad_transform__", None)
    if emitted is not None:
        return emitted(lo, value, args, kwargs, node, hint)
    handler = _hashed(BUILTINS, value) or _hashed(ARRAY_CALLS, value)
    if value is dataclasses.replace:
        handler = replaced
    if handler is not None:
        args = [present(lo, a, node) for a in args]
        kwargs = {k: present(lo, v, node) for k, v in kwargs.items()}
        return handler(lo, function, args, kwargs, node, hint)
    if isinstance(value, type):
        return construct(lo, value, args, kwargs, node, hint)
    if isinstance(value, types.MethodType):
        return call_python(lo, value.__func__, [ir.Const(value.__self__), *args], kwargs, node, hint)
    out = call_table(lo, function, args, kwargs, node, hint)
    if out is not None:
        return out
    plain = python_function(value)
    if plain is not None:
        return call_python(lo, plain, args, kwargs, node, hint)
    name = function.text or getattr(value, "__name__", repr(value))
    lo.fail("AD108", node, f"`{name}` has neither a derivative rule nor Python source",
            "write it in Python, or with functions that have a derivative (docs/coverage.md)")


def _hashed(table: dict[Any, Any], key: Any) -> Any:
    try:
        return table.get(key)
    except TypeError:
        return None


def call_method(lo: Lowering, receiver: Value, name: str, args: list[Value], kwargs: dict[str, Value],
                node: ast.AST, hint: str | None) -> Value:
    from .containers import METHODS as CONTAINER_METHODS
    from .structures import load_attribute

    if isinstance(receiver, HeapV) and receiver.cls not in (list, dict):
        method = load_attribute(lo, receiver, name, node)
        if isinstance(method, MethodV) and method.function is None:
            lo.fail("AD129", node, f"`{receiver.cls.__name__}` has no method `{name}` in Python")
        return call_value(lo, method, args, kwargs, node, hint)
    if isinstance(receiver, ExternalV) and not isinstance(receiver.value, (list, tuple, dict, set)):
        method = load_attribute(lo, receiver, name, node)
        if not (isinstance(method, MethodV) and method.function is None):
            return call_value(lo, method, args, kwargs, node, hint)
        from .arrays import passive_method

        return passive_method(lo, receiver, name, args, kwargs, node, hint)
    if isinstance(receiver, (ir.Var, ir.Const)) and lo.is_number(receiver):
        from .arrays import array_method

        return array_method(lo, receiver, name, args, kwargs, node, hint)
    if isinstance(receiver, TupleV) and hasattr(receiver.cls, "_fields"):
        if name == "_replace":
            values = dict(zip(receiver.cls._fields, receiver.items, strict=True)) | kwargs
            return TupleV(list(values.values()), receiver.cls)
        method = load_attribute(lo, receiver, name, node)
        if isinstance(method, MethodV) and method.function is not None:
            return call_value(lo, method, args, kwargs, node, hint)
    handler = CONTAINER_METHODS.get(name)
    if name in ("index", "count") and isinstance(receiver, ir.Const):
        handler = None  # of a text
    if handler is not None:
        return handler(lo, receiver, args, kwargs, node, hint)
    if isinstance(receiver, (ir.Var, ir.Const)):
        from .arrays import passive_method

        return passive_method(lo, receiver, name, args, kwargs, node, hint)
    lo.fail("AD107", node, f"the method `{name}` is not supported here")


# --- reading Python functions in place --------------------------------------------------------------------------------
def call_python(lo: Lowering, function: types.FunctionType, args: list[Value], kwargs: dict[str, Value],
                node: ast.AST, hint: str | None) -> Value:
    from .names import external, function_path

    source = read_source(function)
    defaults: dict[str, Value] = {}
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    path = function_path(function)
    for name, value in zip(names[len(names) - len(function.__defaults__ or ()):], function.__defaults__ or (),
                           strict=True):
        defaults[name] = _default(lo, value, f"{path}.{name}=", name, external)
    for name, value in (function.__kwdefaults__ or {}).items():
        defaults[name] = _default(lo, value, f"{path}.{name}=", name, external)
    lo.guards.setdefault(path, function)
    return inline(lo, source.node, source, function.__globals__, args, kwargs, node, function=function,
                  defaults=defaults, identity=code)


def _default(lo: Lowering, value: Any, path: str, name: str, external: Any) -> Value:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ir.Const(value)
    return external(lo, value, path, name)


def inline(lo: Lowering, tree: ast.FunctionDef | ast.Lambda, source: Any, globals_: dict[str, Any],
           args: list[Value], kwargs: dict[str, Value], node: ast.AST, *, parent: Frame | None = None,
           function: Any = None, defaults: dict[str, Value] | None = None, identity: Any = None) -> Value:
    """Read a function's body here, on these arguments; its value is the join of what its paths return."""
    name = tree.name if isinstance(tree, ast.FunctionDef) else "<lambda>"
    depth = sum(1 for f in lo.stack if f.source is source and getattr(f.source, "node", None) is not None
                and f.name == name)
    if depth > MAX_DEPTH or len(lo.stack) > 4 * MAX_DEPTH:
        lo.fail("AD140", node, f"the recursion of `{name}` does not end when compiling",
                "let its depth depend on sizes or constants, not on values")
    frame = lo.new_frame(source, globals_, name, function, parent)
    bind_arguments(lo, frame, tree.args, args, kwargs, defaults or {}, name, node)
    if args and isinstance(args[0], HeapV) and function is not None and "." in function.__qualname__:
        frame.receiver_class = _defining_class(args[0].cls, function)
    elif args and isinstance(args[0], ExternalV) and function is not None:
        frame.receiver_class = _defining_class(type(args[0].value), function)
    if isinstance(tree, ast.FunctionDef) and _is_generator(tree):
        return GeneratorV(tree, frame)
    with lo.inside(frame):
        if isinstance(tree, ast.Lambda):
            lo.origin = lo.origin or lo.at(tree)
            return lo.expr(tree.body)
        return run_body(lo, frame, tree.body)


def _defining_class(cls: type, function: types.FunctionType) -> type | None:
    for k in cls.__mro__:
        found = k.__dict__.get(function.__name__)
        if found is function or getattr(found, "fget", None) is function or getattr(
                found, "__func__", None) is function:
            return k
    return None


def _is_generator(tree: ast.FunctionDef) -> bool:
    stack: list[ast.AST] = list(tree.body)
    while stack:
        n = stack.pop()
        if isinstance(n, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(n, (ast.FunctionDef, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(n))
    return False


def run_body(lo: Lowering, frame: Frame, nodes: list[ast.stmt]) -> Value:
    """Read a function body and join the values of its returns."""
    start = lo.block
    if lo.statements(nodes):
        frame.returns.append(PathEnd(lo.block, "return", {}, ir.Const(None), lo.origin))
    ends = frame.returns
    if not ends:
        return ir.Const(None)
    if len(ends) == 1 and ends[0].block is start:
        return ends[0].value  # type: ignore[return-value]
    from ..values import JoinError

    try:
        return join_values(lo, [(e.block, e.value) for e in ends], "out",  # type: ignore[misc]
                           partial=any(e.block is not start for e in ends))
    except JoinError as error:
        lo.fail("AD122", frame.source.node, f"`{frame.name}` returns values of different kinds: {error}",
                "return the same kind of value on every path")


def bind_arguments(lo: Lowering, frame: Frame, spec: ast.arguments, args: list[Value], kwargs: dict[str, Value],
                   defaults: dict[str, Value], name: str, node: ast.AST) -> None:
    """Give a function's parameters their values, as Python does."""
    positional = [a.arg for a in [*spec.posonlyargs, *spec.args]]
    rest = dict(kwargs)
    if len(args) > len(positional) and spec.vararg is None:
        lo.fail("AD109", node, f"{name}() takes {len(positional)} positional arguments but {len(args)} were given")
    for parameter, value in zip(positional, args, strict=False):
        frame.env[parameter] = value
    if spec.vararg is not None:
        frame.env[spec.vararg.arg] = TupleV(list(args[len(positional):]))
    for parameter in [*positional[len(args):], *(a.arg for a in spec.kwonlyargs)]:
        if parameter in rest:
            frame.env[parameter] = rest.pop(parameter)
        elif parameter in defaults:
            frame.env[parameter] = defaults[parameter]
        else:
            lo.fail("AD109", node, f"{name}() is missing the argument `{parameter}`")
    if spec.kwarg is not None:
        heap = HeapV(dict, new_heap_frame(lo, spec.kwarg.arg))
        heap.slots.update(rest)
        frame.env[spec.kwarg.arg] = heap
    elif rest:
        lo.fail("AD109", node, f"{name}() got an unexpected keyword argument `{next(iter(rest))}`")


# --- objects ----------------------------------------------------------------------------------------------------------
def construct(lo: Lowering, cls: type, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
              hint: str | None) -> Value:
    """An instance of a class, taken apart from the start."""
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        values = dict(zip(cls._fields, args, strict=False)) | kwargs
        for k, d in cls._field_defaults.items():
            values.setdefault(k, ir.Const(d))
        return TupleV([values[k] for k in cls._fields], cls)
    if issubclass(cls, (BaseException, np.generic)) or cls.__module__ in ("numpy", "builtins"):
        from .tables import call_table

        out = call_table(lo, ir.Const(cls, cls.__name__), args, kwargs, node, hint)
        if out is not None:
            return out
        lo.fail("AD108", node, f"`{cls.__name__}` cannot be created inside differentiated code")
    obj = HeapV(cls, new_heap_frame(lo, hint or cls.__name__.lower()))
    _class_numbers(lo, obj, cls)
    if dataclasses.is_dataclass(cls) and "__init__" in cls.__dict__ and not _has_source(cls.__init__):
        _dataclass_init(lo, obj, cls, args, kwargs, node)
        return obj
    init = next((k.__dict__["__init__"] for k in cls.__mro__ if "__init__" in k.__dict__), None)
    if isinstance(init, types.FunctionType):
        call_python(lo, init, [obj, *args], kwargs, node, hint)
    elif args or kwargs:
        lo.fail("AD108", node, f"`{cls.__name__}` is not a Python class that can be read")
    return obj


def _class_numbers(lo: Lowering, obj: HeapV, cls: type) -> None:
    """Numbers that the class holds are where the object's attributes of that name begin (`self.count += 1`)."""
    from .names import external

    for k in reversed(cls.__mro__):
        for name, value in vars(k).items():
            if isinstance(value, (int, float, complex)) and not isinstance(value, bool) and not name.startswith("__"):
                obj.slots[name] = external(lo, value, f"{k.__module__}.{k.__qualname__}.{name}", name)


def _has_source(function: Any) -> bool:
    try:
        read_source(function)
    except Exception:
        return False
    return True


def _dataclass_init(lo: Lowering, obj: HeapV, cls: type, args: list[Value], kwargs: dict[str, Value],
                    node: ast.AST) -> None:
    from .names import external

    rest = dict(kwargs)
    values = list(args)
    for f in dataclasses.fields(cls):
        if not f.init:
            continue
        if values and not f.kw_only:
            obj.slots[f.name] = values.pop(0)
        elif f.name in rest:
            obj.slots[f.name] = rest.pop(f.name)
        elif f.default is not dataclasses.MISSING:
            obj.slots[f.name] = external(lo, f.default, f"{cls.__qualname__}.{f.name}=", f.name) if not isinstance(
                f.default, (int, float)) else ir.Const(f.default)
        elif f.default_factory is not dataclasses.MISSING:
            obj.slots[f.name] = call_value(lo, ir.Const(f.default_factory), [], {}, node, f.name)
        else:
            lo.fail("AD109", node, f"{cls.__name__}() is missing the argument `{f.name}`")
    post = getattr(cls, "__post_init__", None)
    if isinstance(post, types.FunctionType):
        call_python(lo, post, [obj], {}, node, None)


def replaced(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
             hint: str | None) -> Value:
    """`dataclasses.replace(obj, name=value)`: a new object made from the fields of another."""
    from .structures import load_attribute

    obj = args[0]
    cls = obj.cls if isinstance(obj, HeapV) else type(obj.value) if isinstance(obj, ExternalV) else None
    if cls is None or not dataclasses.is_dataclass(cls):
        lo.fail("AD107", node, "`dataclasses.replace` takes an object of a dataclass")
    fields = {f.name: kwargs[f.name] if f.name in kwargs else load_attribute(lo, obj, f.name, node)
              for f in dataclasses.fields(cls) if f.init}
    return construct(lo, cls, [], {**fields, **kwargs}, node, hint)


__all__ = ["MISSING", "call_method", "call_value", "inline", "lower_call"]
