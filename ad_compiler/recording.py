"""Running plain code on recorded arrays: its globals seen through namespaces that keep the record."""
from __future__ import annotations

import builtins
import math
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

_LIBRARIES = ("numpy", "math", "cmath", "scipy", "runtime", "ad_compiler")
_CREATES = frozenset({"zeros", "ones", "empty", "full", "arange", "linspace", "eye", "identity", "zeros_like",
                      "ones_like", "empty_like", "full_like", "logspace", "geomspace", "tri"})
_MATH = {"sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
         "atan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh,
         "acosh": np.arccosh, "atanh": np.arctanh, "exp": np.exp, "expm1": np.expm1, "exp2": np.exp2,
         "log1p": np.log1p, "log2": np.log2, "log10": np.log10, "sqrt": np.sqrt, "cbrt": np.cbrt, "pow": np.power,
         "fabs": np.abs, "floor": np.floor, "ceil": np.ceil, "hypot": np.hypot, "copysign": np.copysign,
         "degrees": np.degrees, "radians": np.radians, "fmod": np.fmod, "isnan": np.isnan, "isinf": np.isinf,
         "isfinite": np.isfinite, "trunc": np.trunc}


def _recorded(value: Any) -> bool:
    return type(value).__name__ == "TracedArray"


def _holds_recorded(value: Any) -> bool:
    return _recorded(value) or (isinstance(value, (list, tuple)) and any(map(_holds_recorded, value)))


class _Namespace(types.ModuleType):
    """A module whose functions keep the record."""

    def __init__(self, module: types.ModuleType, convert: Callable[[str, Any], Any]) -> None:
        super().__init__(module.__name__)
        self._module, self._convert = module, convert

    def __getattr__(self, name: str) -> Any:
        found = self._convert(name, getattr(self._module, name))
        self.__dict__[name] = found
        return found


def _numpy(name: str, value: Any) -> Any:
    if name in _CREATES:
        return _creating(value)
    if name in ("asarray", "asanyarray"):
        return lambda a, *args, **kwargs: a if _recorded(a) and not args and not kwargs else _array(a, *args, **kwargs)
    if name in ("array", "ascontiguousarray"):
        return _array
    if name in ("split", "array_split", "hsplit", "vsplit", "dsplit"):
        return _splitting(value, {"hsplit": 1, "vsplit": 0, "dsplit": 2}.get(name))
    return value


def _splitting(function: Callable[..., Any], fixed: int | None) -> Callable[..., Any]:
    """Splitting by slices, so that the pieces are views like any other."""
    def split(ary: Any, sections: Any, axis: int = 0) -> Any:
        if not _recorded(ary):
            return function(ary, sections) if fixed is not None else function(ary, sections, axis)
        along = axis if fixed is None else min(fixed, ary.ndim - 1)
        strict = np.array_split if function is np.array_split else np.split
        pieces = strict(np.arange(ary.shape[along]), sections)
        before = (slice(None),) * (along % ary.ndim)
        return [ary[(*before, slice(int(p[0]), int(p[-1]) + 1) if len(p) else slice(0, 0))] for p in pieces]

    return split


def _creating(function: Callable[..., Any]) -> Callable[..., Any]:
    def create(*args: Any, **kwargs: Any) -> Any:
        from runtime.traced_array import traced

        made = function(*args, **kwargs)
        if _recorded(made) or not isinstance(made, np.ndarray) or made.dtype.kind not in "fc":
            return made
        return traced(made)

    return create


def _array(object: Any, *args: Any, **kwargs: Any) -> Any:
    """`np.array` of nested sequences that may hold recorded numbers."""
    from runtime.traced_array import traced

    if _recorded(object):
        return np.copy(object)
    if _holds_recorded(object):
        return np.stack([_array(item) if isinstance(item, (list, tuple)) else item if _recorded(item)
                         else traced(np.asarray(item, float)) for item in object])
    made = np.array(object, *args, **kwargs)
    return traced(made) if made.dtype.kind in "fc" else made


def _math(name: str, value: Any) -> Any:
    if not callable(value):
        return value

    def call(*args: Any, **kwargs: Any) -> Any:
        if not any(map(_holds_recorded, args)):
            return value(*args, **kwargs)
        if name == "log":
            return np.log(args[0]) if len(args) == 1 else np.log(args[0]) / np.log(args[1])
        if name in ("fsum", "prod"):
            return (np.sum if name == "fsum" else np.prod)(_array(list(args[0])))
        if name == "dist":
            return np.sqrt(np.sum((_array(list(args[0])) - _array(list(args[1]))) ** 2))
        if name in ("erf", "erfc", "gamma", "lgamma"):
            import scipy.special as special

            return {"erf": special.erf, "erfc": special.erfc, "gamma": special.gamma, "lgamma": special.gammaln}[
                name](*args)
        return _MATH[name](*args) if name in _MATH else value(*args)

    return call


def _float(value: Any = 0.0) -> Any:
    return np.reshape(value, ()) if _recorded(value) else builtins.float(value)


_float.dtype = np.dtype(np.float64)  # type: ignore[attr-defined]  # `x.astype(float)`, `np.zeros(3, float)`


def _isinstance(value: Any, classes: Any) -> bool:
    if not _recorded(value):
        plain = tuple(float if c is _float else c for c in classes) if builtins.isinstance(classes, tuple) else classes
        return builtins.isinstance(value, float if plain is _float else plain)
    group = [float if c is _float else c for c in (classes if builtins.isinstance(classes, tuple) else (classes,))]
    as_what = (np.ndarray,) if value.ndim else (float, np.floating, np.float64)
    return any(builtins.isinstance(c, type) and any(issubclass(a, c) for a in as_what) for c in group)


_BUILTINS = {"float": _float, "isinstance": _isinstance}


class _Globals(dict):  # type: ignore[type-arg]
    """A function's globals, seen through recording namespaces. What the program assigns is kept apart until the end."""

    def __init__(self, original: dict[str, Any], memo: dict[Any, Any]) -> None:
        super().__init__()
        self.original, self.memo = original, memo
        super().__setitem__("__builtins__", builtins)

    def __getitem__(self, name: str) -> Any:
        if dict.__contains__(self, name):
            return dict.__getitem__(self, name)
        if name in self.original:
            return through(self.original[name], self.memo)
        if name in _BUILTINS:
            return _BUILTINS[name]
        raise KeyError(name)


def through(value: Any, memo: dict[Any, Any]) -> Any:
    """A value from outside as recording code sees it."""
    if value is np:
        return _NUMPY
    if value is math:
        return _MATHS
    if isinstance(value, types.FunctionType):
        module = (value.__module__ or "").split(".")[0]
        if module in _LIBRARIES:
            return _creating(value) if module == "numpy" and value.__name__ in _CREATES else value
        return _function(value, memo)
    if isinstance(value, types.BuiltinFunctionType):
        module = (value.__module__ or "").split(".")[0]
        if module == "math":
            return _math(value.__name__, value)
        if module == "numpy":
            return _numpy(value.__name__, value)
        return value
    if callable(value) and getattr(np, getattr(value, "__name__", ""), None) is value:
        return _numpy(value.__name__, value)
    return value


def _function(function: types.FunctionType, memo: dict[Any, Any]) -> types.FunctionType:
    found = memo.get(function)
    if found is not None:
        return found
    key = id(function.__globals__)
    if key not in memo:
        memo[key] = _Globals(function.__globals__, memo)
    cells = tuple(_cell(c, memo) for c in function.__closure__ or ())
    new = types.FunctionType(function.__code__, memo[key], function.__name__, function.__defaults__,
                             cells if function.__closure__ else None)
    new.__kwdefaults__ = function.__kwdefaults__
    memo[function] = new
    for old, cell in zip(function.__closure__ or (), cells, strict=True):
        if cell is not old:
            cell.cell_contents = through(old.cell_contents, memo)
    return new


def _cell(cell: types.CellType, memo: dict[Any, Any]) -> types.CellType:
    """Captured functions and modules are seen through namespaces; captured data is shared."""
    try:
        content = cell.cell_contents
    except ValueError:
        return cell
    if isinstance(content, (types.FunctionType, types.ModuleType, types.BuiltinFunctionType)):
        return types.CellType(content)
    return cell


_NUMPY = _Namespace(np, _numpy)
_MATHS = _Namespace(math, _math)


def rebound(function: types.FunctionType) -> Callable[..., Any]:
    """The function, to be run on recorded arrays; globals that it assigns are assigned when it returns."""
    memo: dict[Any, Any] = {}
    recorded = _function(function, memo)

    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return recorded(*args, **kwargs)
        finally:
            for space in [v for v in memo.values() if isinstance(v, _Globals)]:
                space.original.update({k: v for k, v in dict.items(space) if k != "__builtins__"})

    return run


__all__ = ["rebound", "sys", "through"]
