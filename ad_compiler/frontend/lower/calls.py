"""Calls: of functions of the table, of plain Python functions (read in place), of classes and methods."""
from __future__ import annotations

import ast
import dataclasses
import enum
import functools
import types
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import Passive
from ..lowering import Lowering
from ..values import ExternalV, FunctionV, HeapV, MethodV, PartialV, PickedV, RowV, StarV, TupleV, Value
from . import loggers
from .array_writes import ufunc_at
from .class_definitions import as_dict, dispatched
from .given_out import stored, without_out
from .inlining import call_python, inline
from .objects import COPY_REPLACE, construct, replaced, replaced_copy, written_in_python
from .on_tape import or_on_tape
from .optional import present, shape_of_optional
from .picked import each_member, each_way
from .raising import impossible, new_error
from .remembering import remembered_by
from .row_objects import opened_row
from .sets import call_of_set
from .stars import arguments, spread
from .superclasses import lower_super


def lower_call(lo: Lowering, node: ast.Call, hint: str | None) -> Value:
    if isinstance(node.func, ast.Name) and node.func.id == "super":
        return lower_super(lo, node)
    function = lo.expr(node.func)
    args: list[Value] = []
    for a in node.args:
        if isinstance(a, ast.Starred):
            args += spread(lo, lo.expr(a.value), a)
        else:
            args.append(lo.expr(a))
    kwargs: dict[str, Value] = {}
    for k in node.keywords:
        if k.arg is None:
            from .dicts import mapping_items

            kwargs.update(mapping_items(lo, lo.expr(k.value), k.value))
        else:
            kwargs[k.arg] = lo.expr(k.value)
    return call_value(lo, function, args, kwargs, node, hint)


def call_value(lo: Lowering, function: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
               hint: str | None) -> Value:
    match function:
        case FunctionV():
            return inline(lo, function.node, function.source, function.frame.globals, args, kwargs, node,
                          parent=function.frame, defaults=function.defaults, identity=function.node,
                          body=function.body)
        case PartialV(inner, first, named):
            from .partials import completed

            return call_value(lo, inner, completed(lo, first, args, node), {**named, **kwargs}, node, hint)
        case MethodV(receiver, name, method):
            if method in loggers.METHODS:
                return call_constant(lo, ir.Const(method, name), [receiver, *args], kwargs, node, hint)
            if method is not None:
                return call_python(lo, method, [receiver, *args], kwargs, node, hint)
            return call_method(lo, receiver, name, args, kwargs, node, hint)
        case ir.Const(value=enum.Enum() as member) if isinstance(
                own := vars(type(member)).get("__call__"), types.FunctionType):
            return call_python(lo, own, [function, *args], kwargs, node, hint)
        case ir.Const():
            return call_constant(lo, function, args, kwargs, node, hint)
        case ir.Var(type=Passive(cls=cls)) if cls is not None and issubclass(cls, enum.Enum):
            return each_member(lo, function, cls, lambda v: call_value(lo, v, args, kwargs, node, hint), hint, node)
        case ExternalV(value, path):
            return _call_external(lo, function, value, path, args, kwargs, node, hint)
        case PickedV():
            return each_way(lo, function, lambda f: call_value(lo, f, args, kwargs, node, hint), hint, node)
        case HeapV() | RowV():
            return call_method(lo, function, "__call__", args, kwargs, node, hint)
        case _:
            lo.fail("AD107", node, "this value cannot be called")


def _call_external(lo: Lowering, function: ExternalV, value: Any, path: str, args: list[Value],
                   kwargs: dict[str, Value], node: ast.AST, hint: str | None) -> Value:
    from .attributes import load_attribute
    from .python_draws import DRAWS

    emitted = getattr(value, "__ad_transform__", None)
    if emitted is not None:
        return emitted(lo, function, args, kwargs, node, hint)
    if isinstance(value, np.vectorize):
        from .builtin_functions import vectorized_object

        return call_value(lo, vectorized_object(lo, value, node), args, kwargs, node, hint)
    if isinstance(value, functools.partial):
        from .partials import parts_outside

        behind, first, named = parts_outside(lo, value, path)
        return call_value(lo, PartialV(ir.Const(behind), first, named), args, kwargs, node, hint)
    if isinstance(value, types.MethodType):
        if value in DRAWS:
            return call_constant(lo, ir.Const(value, path), args, kwargs, node, hint)
        return call_python(lo, value.__func__, [ExternalV(value.__self__, f"{path}.__self__"), *args], kwargs, node,
                           hint)
    plain = python_function(value)
    if plain is not None:
        remembered_by(lo, value, [*args, *kwargs.values()], node)
        return call_value(lo, ir.Const(plain), args, kwargs, node, hint)
    return call_value(lo, load_attribute(lo, function, "__call__", node), args, kwargs, node, hint)


def python_function(value: Any) -> Any:
    """The plain function behind a decorated one (functools.wraps, lru_cache, numba.njit, np.vectorize); or what the
    front end is told how to read (a function with a derivative rule). None if there is none."""
    seen = 0
    while not isinstance(value, types.FunctionType) and seen < 20:
        seen += 1
        for name in ("__wrapped__", "py_func", "pyfunc", "primal"):
            inner = getattr(value, name, None)
            if callable(inner):
                if hasattr(type(inner), "__ad_transform__"):
                    return inner
                value = inner
                break
        else:
            return None
    return value if isinstance(value, types.FunctionType) else None


def call_constant(lo: Lowering, function: ir.Const, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
                  hint: str | None) -> Value:
    """A call of something whose identity is known."""
    from ...rules import find
    from .array_calls import ARRAY_CALLS
    from .builtins_ import BUILTINS, arguments_of
    from .draws import is_random
    from .tables import call_table, collected

    value = _same_in_python(function.value)
    emitted = getattr(value, "__ad_transform__", None)
    if emitted is not None:
        return emitted(lo, value, args, kwargs, node, hint)
    if any(isinstance(a, StarV) for a in args) and python_function(value) is None:
        args = arguments(lo, value, args, node)
    handler = _hashed(BUILTINS, value)
    if handler is not None:
        args, kwargs = arguments_of(lo, value, args, kwargs, node)
    handler = handler or _hashed(ARRAY_CALLS, value)
    if value is dataclasses.replace:
        handler = replaced
    elif value is COPY_REPLACE and args:
        handler = replaced_copy(args[0])
    if handler is None and isinstance(getattr(value, "__self__", None), np.ufunc) and value.__name__ == "at":
        handler = ufunc_at
    if handler is not None:
        if (shape := shape_of_optional(lo, function, args)) is not None:
            return shape
        args = [present(lo, a, node) for a in args]
        kwargs = {k: present(lo, v, node) for k, v in kwargs.items()}
        return handler(lo, function, args, kwargs, node, hint)
    of_arrays = type(value).__name__ == "method_descriptor" and value.__objclass__ is np.ndarray
    if of_arrays and args and find(value) is None:
        return call_method(lo, args[0], value.__name__, args[1:], kwargs, node, hint)
    if isinstance(value, types.FunctionType) and hasattr(value, "dispatch") and hasattr(value, "registry") and args:
        return dispatched(lo, value, args, kwargs, node, hint)
    args = collected(lo, value, args, node)
    if (out := _read_instead(lo, value, args, kwargs, node, hint)) is not None:
        return out
    if isinstance(value, type) and issubclass(value, BaseException) and not written_in_python(value):
        return new_error(lo, value, args, function.text)
    if isinstance(value, type) and not is_random(value):
        return construct(lo, value, args, kwargs, node, hint)
    if isinstance(value, types.MethodType) and not is_random(value) and find(value) is None:
        return call_python(lo, value.__func__, [ir.Const(value.__self__), *args], kwargs, node, hint)
    out = call_table(lo, function, args, kwargs, node, hint)
    if out is not None:
        return out
    plain = python_function(value)
    if plain is not None and plain is not value:
        remembered_by(lo, value, [*args, *kwargs.values()], node)
        return call_value(lo, ir.Const(plain), args, kwargs, node, hint)
    if plain is not None:
        return call_python(lo, plain, args, kwargs, node, hint)
    name = function.text or getattr(value, "__name__", repr(value))
    return or_on_tape(lo, value, args, kwargs, node, hint, lambda: lo.fail(
        "AD108", node, f"`{name}` has neither a derivative rule nor Python source",
        "write it in Python, or with functions that have a derivative (docs/coverage.md)"))


def _read_instead(lo: Lowering, value: Any, args: list[Value], kwargs: dict[str, Value], node: ast.AST, hint: str | None
                  ) -> Value | None:
    """A call of a library's function that is read as its definition in Python."""
    from .tables import written_out

    body = written_out(lo, value, args, kwargs)
    if body is None:
        return None
    found, named, outs = without_out(value, args, kwargs)
    if not outs:
        return call_value(lo, ir.Const(body), args, kwargs, node, hint)
    if (body := written_out(lo, value, found, named)) is None:
        return None
    result = lo.operand(call_value(lo, ir.Const(body), found, named, node, hint), node)
    return stored(lo, result, [lo.operand(out, node) for out in outs], None, node)


def _same_in_python(value: Any) -> Any:
    """What other libraries' functions are outside compiled code: `numba.prange` is `range` there."""
    from .matrices import is_sparse

    module, name = getattr(value, "__module__", None) or "", getattr(value, "__name__", "")
    if name == "prange" and module.startswith("numba"):
        return range
    return is_sparse if name == "issparse" and module.startswith("scipy.") else value


def _hashed(table: dict[Any, Any], key: Any) -> Any:
    try:
        return table.get(key)
    except TypeError:
        return None


def call_method(lo: Lowering, receiver: Value, name: str, args: list[Value], kwargs: dict[str, Value],
                node: ast.AST, hint: str | None) -> Value:
    from .attributes import load_attribute
    from .containers import METHODS as CONTAINER_METHODS
    from .matrices import is_matrix, sparse_product
    from .operator_methods import call_operator

    if isinstance(receiver, PickedV):
        return each_way(lo, receiver, lambda v: call_method(lo, v, name, args, kwargs, node, hint), hint, node)
    if isinstance(receiver, HeapV) and receiver.cls is set:
        return call_of_set(lo, receiver, name, args, node)
    if name.startswith("__"):
        answer = call_operator(lo, receiver, name, args, node)
        if answer is not None:
            return answer
    if isinstance(receiver, RowV) and receiver.row.cls is dict:
        receiver = opened_row(lo, receiver)
    if isinstance(receiver, RowV) or (isinstance(receiver, HeapV) and receiver.cls not in (list, dict)):
        method = load_attribute(lo, receiver, name, node)
        if isinstance(method, MethodV) and method.function is None:
            cls = receiver.row.cls if isinstance(receiver, RowV) else receiver.cls
            lo.fail("AD129", node, f"`{cls.__name__}` has no method `{name}` in Python")
        return call_value(lo, method, args, kwargs, node, hint)
    if name == "dot" and len(args) == 1 and is_matrix(receiver):
        product = sparse_product(lo, receiver, args[0], True, hint)
        if product is not None:
            return product
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
        if name == "_asdict":
            return as_dict(lo, receiver)
        method = load_attribute(lo, receiver, name, node)
        if isinstance(method, MethodV) and method.function is not None:
            return call_value(lo, method, args, kwargs, node, hint)
    handler = CONTAINER_METHODS.get(name)
    if isinstance(receiver, ir.Const) and receiver.value is None:
        impossible(lo, AttributeError, node, f"'NoneType' object has no attribute '{name}'")
        lo.fail("AD129", node, f"None, which this is here, has no method `{name}`")
    if isinstance(receiver, ir.Const) and not isinstance(receiver.value, (list, tuple, dict)):
        handler = None  # of a text
    if handler is not None:
        return handler(lo, receiver, args, kwargs, node, hint)
    if isinstance(receiver, (ir.Var, ir.Const)):
        from .arrays import passive_method

        return passive_method(lo, receiver, name, args, kwargs, node, hint)
    lo.fail("AD107", node, f"the method `{name}` is not supported here")
