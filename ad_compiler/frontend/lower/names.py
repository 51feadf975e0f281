"""Names: local, captured, global; what comes from outside becomes a constant or a hidden input."""
from __future__ import annotations

import ast
import builtins
import enum
import types
from typing import Any

import numpy as np

from ...ir import nodes as ir
from ...ir.types import Array, Num, symbol
from ..frames import MISSING, Frame
from ..lowering import Lowering, Unwound
from ..signature import refuse_other_arrays
from ..values import ExternalV, Unusable, Value
from .apart import unusable
from .one_shot import named

#: How the name of what the body of a loop over a generator returns begins. Where it has no value, no path returns.
OUT = "<out "
_NUMERIC_MODULES = ("numpy", "math", "cmath", "scipy")


def lower_name(lo: Lowering, node: ast.Name, hint: str | None) -> Value:
    return named(lo, lo.lookup(node.id, node), node)


def lookup(lo: Lowering, name: str, node: ast.AST | None) -> Value:
    frame: Any = lo.frame
    while frame.body_of is not None and frame.get(name) is MISSING:
        frame = frame.body_of
    if name in frame.global_names:
        return _global(lo, frame, name, node)
    while frame is not None:
        value = frame.get(name)
        if value is not MISSING:
            if isinstance(value, Unusable):
                unusable(lo, value, f"`{name}`", node)
            return value
        found = _captured(lo, frame, name)
        if found is not MISSING:
            return found
        if frame.parent is None:
            break
        frame = frame.parent
    return _global(lo, frame, name, node)


def _captured(lo: Lowering, frame: Frame, name: str) -> Value:
    """A variable that a real Python function captured."""
    function = frame.function
    if not isinstance(function, types.FunctionType) or not function.__closure__:
        return MISSING
    free = function.__code__.co_freevars
    if name not in free:
        return MISSING
    cell = function.__closure__[free.index(name)]
    try:
        value = cell.cell_contents
    except ValueError:
        return MISSING
    return external(lo, value, f"{function_path(function)}.<{name}>", name)


def function_path(function: Any) -> str:
    return f"{function.__module__}:{function.__qualname__}@{id(function):x}"


def class_path(lo: Lowering, cls: type) -> str:
    """The path of a class; one that a function defines is found by itself when the emitted code runs."""
    if "<locals>" not in cls.__qualname__:
        return f"{cls.__module__}.{cls.__qualname__}"
    path = f"{cls.__module__}:{cls.__qualname__}@{id(cls):x}"
    lo.guards[path] = cls
    return path


def _global(lo: Lowering, frame: Frame, name: str, node: ast.AST | None) -> Value:
    if name in frame.globals:
        module = frame.globals.get("__name__", "")
        return external(lo, frame.globals[name], f"{module}.{name}", name)
    if hasattr(builtins, name):
        return ir.Const(getattr(builtins, name), name)
    guess = lo.frame.guessed.get(name)
    if guess is not None and lo.loops:
        raise_needs_phi(lo, name)
    if name.startswith(OUT):
        raise Unwound
    lo.fail("AD121", node, f"`{name}` is not defined here", "assign it on every path that leads here")


def raise_needs_phi(lo: Lowering, name: str) -> None:
    """A name read before the loop body assigns it, but assigned by an earlier iteration."""
    raise NeedCarried((lo.frame, name))


class NeedCarried(Exception):
    """A loop must carry a name that has no value before it."""

    def __init__(self, key: Any) -> None:
        self.key = key
        super().__init__(key[1])


def external(lo: Lowering, value: Any, path: str, hint: str) -> Value:
    """A value that exists before the call: a constant if its identity is what matters, else a hidden input."""
    if isinstance(value, enum.Enum) and not isinstance(value, (int, float)):
        return ir.Const(value, hint)
    if isinstance(value, (bool, str, bytes, type(None), type, np.dtype, types.ModuleType, types.FunctionType,
                          types.BuiltinFunctionType, np.ufunc, slice, type(Ellipsis))):
        return ir.Const(value, hint if not isinstance(value, (bool, str, type(None))) else None)
    if isinstance(value, (int, float, complex, np.generic, np.ndarray)):
        return hidden_input(lo, value, path, hint)
    if callable(value) and (not hasattr(value, "__dict__") or type(value).__name__ == "cython_function_or_method"
                            or isinstance(getattr(value, "__self__", None), np.random.RandomState) or (
            type(value).__module__.split(".")[0] in _NUMERIC_MODULES and not isinstance(value, np.vectorize))
            or _in_table(value)):
        return ir.Const(value, hint)
    return ExternalV(value, path)


def _in_table(value: Any) -> bool:
    """Whether a callable object of a library has a row or a definition (`scipy.fft.fft` is no function)."""
    from ...rules import find, written

    return (getattr(value, "__module__", None) or "").split(".")[0] in _NUMERIC_MODULES and (
        find(value) is not None or written.find(value) is not None)


def hidden_input(lo: Lowering, value: Any, path: str, hint: str) -> Value:
    if path in lo.replaced:
        return lo.replaced[path]
    if path in lo.static_paths:
        lo.guards[path] = value
        return ir.Const(value, None)
    if isinstance(value, np.generic) and value.dtype.kind not in "biufc":
        return ir.Const(value)
    try:
        refuse_other_arrays(value, hint)
    except TypeError as error:
        lo.fail("AD130", None, str(error))
    if isinstance(value, np.ndarray) and value.dtype.kind not in "biufc":
        lo.fail("AD130", None, f"`{hint}` is an array of dtype {value.dtype}, which cannot be differentiated",
                "use a numeric dtype")
    known = lo.hidden.get(path)
    if known is not None:
        return known[0]
    var = ir.Var(hint, type_of_input(value, f"@{path}"))
    lo.hidden[path] = (var, value)
    return var


def type_of_input(value: Any, name: str) -> Array | Num:
    """The type of a number or array given from outside; sizes that are 1 are known, others are symbols."""
    if isinstance(value, np.ndarray):
        return Array(value.dtype, tuple(
            symbol(f"{name}.{i}") if n != 1 else _one() for i, n in enumerate(value.shape)))
    if isinstance(value, np.generic):
        return Num(value.dtype, weak=False)
    if isinstance(value, bool):
        return Num(np.dtype(np.bool_))
    if isinstance(value, int):
        return Num(np.dtype(np.int64), dim=symbol(f"{name[1:]}#"))
    return Num(np.dtype(np.complex128 if isinstance(value, complex) else np.float64))


def _one() -> Any:
    from ...ir.types import ONE

    return ONE


def module_constant(module: types.ModuleType, name: str) -> bool:
    """Whether `module.name` is a number that never changes (np.pi, math.e)."""
    return module.__name__.split(".")[0] in _NUMERIC_MODULES
