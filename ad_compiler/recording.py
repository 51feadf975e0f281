"""Running plain code on recorded arrays: its globals seen through namespaces that keep the record."""
from __future__ import annotations

import builtins
import cmath
import functools
import math
import sys
import types
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from typing import Any

import numpy as np

from .errors import Diagnostic, UnsupportedError
from .frontend.signature import refuse_other_arrays
from .recording_classes import settle, stand_in
from .recording_effects import Plain
from .recording_libraries import library_attribute, offered, without_record
from .recording_math import BUILTINS, NUMBERS, holds_recorded, of_cmath, of_math
from .recording_numpy import of_numpy
from .rules import find as find_row
from .rules.written import definition
from .rules.written import find as has_definition

_LIBRARIES = frozenset(sys.stdlib_module_names) | {"numpy", "scipy", "runtime", "ad_compiler", "numba", "optree"}
# NumPy's modules whose functions are plain Python on arrays and do not dispatch: they are rebound like the user's.
_PLAIN_NUMPY = "numpy.polynomial"
# Where library functions are written out in Python: read like the user's functions.
_WRITTEN = "ad_compiler.rules.written"
# Emitted code, of derivatives that are differentiated once more.
_GENERATED = "ad_compiler.generated"


class Namespace(types.ModuleType):
    """A module whose functions keep the record. What is assigned to it is assigned to the module."""

    def __init__(self, module: types.ModuleType, convert: Callable[[str, Any], Any]) -> None:
        self.__dict__.update(_module=module, _convert=convert, _made={})
        super().__init__(module.__name__)

    def __getattr__(self, name: str) -> Any:
        own = getattr(self._module, name)
        kept = self._made.get(name)
        if kept is None or kept[0] is not own:
            kept = self._made[name] = own, self._convert(name, own)
        return kept[1]

    def __setattr__(self, name: str, value: Any) -> None:
        if name.startswith("__"):
            super().__setattr__(name, value)
        else:
            setattr(self._module, name, value)


#: Globals that no program assigns: a warning that is shown for a line leaves a note in its globals.
_OF_PYTHON = {"__builtins__", "__warningregistry__"}


class Globals(dict):
    """A function's globals, seen through recording namespaces. What the program assigns is kept apart until the end."""

    def __init__(self, original: dict[str, Any], memo: dict[Any, Any]) -> None:
        super().__init__()
        self.original, self.memo = original, memo
        self.read: set[str] = set()
        super().__setitem__("__builtins__", BUILTINS | {"__import__": _importing(memo)})

    def __getitem__(self, name: str) -> Any:
        if dict.__contains__(self, name):
            return dict.__getitem__(self, name)
        if name in self.original:
            self.read.add(name)
            return through(self.original[name], self.memo)
        raise KeyError(name)

    def __contains__(self, name: object) -> bool:
        return dict.__contains__(self, name) or name in self.original

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys([*self.original, *dict.keys(self)]))

    def __len__(self) -> int:
        return len(self.original.keys() | dict.keys(self))

    # what a program asks of `globals()` is answered from the original too
    get, keys, values, items, setdefault = (  # pyright: ignore[reportAssignmentType]
        Mapping.get, Mapping.keys, Mapping.values, Mapping.items, MutableMapping.setdefault)

    def behind(self, function: types.FunctionType) -> types.FunctionType:
        """The program's own function behind one that was rebound, for a transform that is called while recording;
        the rebound one itself where the program has assigned globals since."""
        if not dict.keys(self) <= _OF_PYTHON:
            return function
        return next((old for old, new in self.memo.items() if new is function), function)


def _importing(memo: dict[Any, Any]) -> Callable[..., Any]:
    def load(name: str, globals: Any = None, *args: Any) -> Any:
        space = globals.original if isinstance(globals, Globals) else globals
        return through(builtins.__import__(name, space, *args), memo)

    return load


def through(value: Any, memo: dict[Any, Any]) -> Any:
    """A value from outside as recording code sees it."""
    if isinstance(value, types.ModuleType):
        return _module(value, memo)
    refuse_other_arrays(value, "an array from outside")
    if type(value) is np.ndarray and value.dtype.kind in "fc":
        return _recording_array(value, memo)
    if isinstance(value, np.vectorize):
        return of_numpy("vectorize", np.vectorize)(through(value.pyfunc, memo))
    if getattr(type(value), "__ad_keeps_arguments__", False):
        return through(value.primal, memo)  # checkpointed code: the tape keeps all of it
    if type(value).__module__.startswith("numba") and isinstance(getattr(value, "py_func", None), types.FunctionType):
        value = value.py_func  # machine code keeps no record
    module = getattr(value, "__module__", None) or ""
    if module.startswith("numpy.ma"):
        return without_record(value)
    if module == "scipy._lib._array_api" and getattr(value, "__name__", "") == "array_namespace":
        return lambda *arrays, **options: _module(np, memo)
    if module.startswith(_WRITTEN) and find_row(value) is not None:
        return offered(value, lambda f: _rebound_definition(f, memo))
    if isinstance(value, type) and module.startswith(_WRITTEN):
        return _class(value, memo)
    if type(value).__module__.startswith(("scipy", "numpy.random")) or module.startswith(("scipy", "numpy.random")):
        return offered(value, lambda f: _rebound_definition(f, memo))
    if isinstance(value, type) and module.split(".")[0] not in _LIBRARIES:
        return stand_in(value, memo, lambda f: _function(f, memo))
    if isinstance(value, (types.FunctionType, types.BuiltinFunctionType, type, np.ufunc)) or callable(value):
        name = getattr(value, "__name__", "")
        if value is float or value is complex:
            return NUMBERS[name]
        if module in ("math", "cmath"):
            return (of_math if module == "math" else of_cmath)(name, value)
        if module.startswith("numpy") or isinstance(value, np.ufunc):
            return _from_numpy(name, value, memo)
        if isinstance(value, types.FunctionType) and (
                module.split(".")[0] not in _LIBRARIES or module.startswith((_WRITTEN, _GENERATED))):
            return _function(value, memo)
    return value


def _recording_array(value: np.ndarray, memo: dict[Any, Any]) -> Any:
    """An array from outside, on the same memory, so that what the program makes of it can be written to."""
    from runtime.traced_array import traced

    kept = memo.get(("array", id(value)))
    if kept is None:
        kept = memo["array", id(value)] = value, traced(value)  # the array is kept, so that its id stays its own
    return kept[1]


def _from_numpy(name: str, value: Any, memo: dict[Any, Any]) -> Any:
    if isinstance(value, types.FunctionType) and value.__module__.startswith(_PLAIN_NUMPY):
        return _function(value, memo)
    if not isinstance(value, (types.FunctionType, types.BuiltinFunctionType, type, np.ufunc)) and (
            type(value).__name__ != "_ArrayFunctionDispatcher"):
        return value  # a callable object of NumPy's (a polynomial, a generator's method)
    if getattr(value, "__self__", None) is not None and not isinstance(value.__self__, types.ModuleType):
        return value
    return _of_numpy(name, value, memo)


def _of_numpy(name: str, value: Any, memo: dict[Any, Any]) -> Any:
    """A function of NumPy that keeps the record. A transform of it is one of the function itself."""
    made = _keeping_record(name, value, memo)
    if isinstance(made, types.FunctionType) and made is not value:
        made.__dict__["__ad_behind__"] = value
    return made


def _keeping_record(name: str, value: Any, memo: dict[Any, Any]) -> Any:
    """A function of NumPy: its definition where a call has recorded arguments that no row of it takes."""
    recorded = of_numpy(name, value)
    if type(value) is types.FunctionType and find_row(value) is not None and name not in ("full", "full_like"):
        return offered(value, lambda f: _rebound_definition(f, memo))  # a function that does not dispatch
    if isinstance(value, (type, np.ufunc)) or not callable(value) or not has_definition(value):
        return recorded

    from runtime.dispatch import wants_grad

    def call(*args: Any, **kwargs: Any) -> Any:
        body = None
        if any(map(holds_recorded, [*args, *kwargs.values()])) or any(map(callable, args)):
            body = definition(value, args, kwargs, active=wants_grad)
        return recorded(*args, **kwargs) if body is None else _function(body, memo)(*args, **kwargs)

    call.__name__ = name
    return call


def _rebound_definition(body: Any, memo: dict[Any, Any]) -> Any:
    """A definition of a library's function, to be run on recorded arrays."""
    if isinstance(body, functools.partial):
        return functools.partial(_function(body.func, memo), *(through(a, memo) for a in body.args))
    if isinstance(body, type):
        return _class(body, memo)
    return _function(body, memo)


def _class(body: type, memo: dict[Any, Any]) -> type:
    """A class of a definition, its methods to be run on recorded arrays."""
    found = memo.get(body)
    if found is None:
        methods = {k: _function(v, memo) for k, v in vars(body).items() if isinstance(v, types.FunctionType)}
        found = memo[body] = type(body.__name__, (body,), methods)
    return found


def _module(value: types.ModuleType, memo: dict[Any, Any]) -> Any:
    if isinstance(value, Namespace):
        return value
    found = memo.get(value)
    if found is not None:
        return found
    top = value.__name__.split(".")[0]
    if value is math or value is cmath:
        convert: Callable[[str, Any], Any] = of_math if value is math else of_cmath
    elif value is np or value.__name__.startswith(("numpy.linalg", "numpy.fft", "numpy.lib")):
        convert = _numpy_attribute(memo)
    elif top == "scipy" or value.__name__.startswith("numpy.random"):
        convert = library_attribute(lambda f: _rebound_definition(f, memo), lambda m: through(m, memo))
    elif top in _LIBRARIES and not value.__name__.startswith(_WRITTEN) and not value.__name__.startswith(_PLAIN_NUMPY):
        return value
    else:
        convert = _user_attribute(memo)
    memo[value] = Namespace(value, convert)
    return memo[value]


def _numpy_attribute(memo: dict[Any, Any]) -> Callable[[str, Any], Any]:
    return lambda name, own: through(own, memo) if isinstance(own, types.ModuleType) else _of_numpy(name, own, memo)


def _user_attribute(memo: dict[Any, Any]) -> Callable[[str, Any], Any]:
    return lambda name, own: through(own, memo)


def _function(function: types.FunctionType, memo: dict[Any, Any]) -> types.FunctionType:
    found = memo.get(function)
    if found is not None:
        return found
    if isinstance(function.__globals__, Globals) and function.__globals__.memo is not memo:
        own = function.__globals__.behind(function)
        if own is not function:  # it was rebound for another recording
            return _function(own, memo)
        raise UnsupportedError(Diagnostic(
            "AD160", None, f"`{function.__name__}` was made by a function that runs on the tape: this derivative of it "
            "is not taken there", "use ad.grad, ad.vjp or ad.jvp of it, or make it outside"))
    key = id(function.__globals__)
    if key not in memo:
        memo[key] = Globals(function.__globals__, memo)
    cells = tuple(c if name == "__class__" else _cell(c, memo)  # `super()` asks for the class of the text
                  for name, c in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False))
    defaults = function.__defaults__
    new = types.FunctionType(function.__code__, memo[key], function.__name__,
                             None if defaults is None else tuple(_default(v, memo) for v in defaults),
                             cells if function.__closure__ else None)
    new.__kwdefaults__ = function.__kwdefaults__ and {k: _default(v, memo) for k, v in function.__kwdefaults__.items()}
    new.__dict__ = function.__dict__  # attributes of the function are its state
    memo[function] = new
    for old, cell in zip(function.__closure__ or (), cells, strict=True):
        if cell is not old:
            cell.cell_contents = through(old.cell_contents, memo)
    return new


def _default(value: Any, memo: dict[Any, Any]) -> Any:
    return through(value, memo) if callable(value) or isinstance(value, types.ModuleType) else value


_NAMESPACED = (types.ModuleType, types.FunctionType, type)  # what they capture may capture them


def _cell(cell: types.CellType, memo: dict[Any, Any]) -> types.CellType:
    """Captured functions and modules are seen through namespaces; captured data is shared."""
    try:
        content = cell.cell_contents
    except ValueError:
        return cell
    refuse_other_arrays(content, "an array from outside")
    if isinstance(content, _NAMESPACED) or (callable(content) and through(content, {}) is not content):
        return types.CellType(content)
    return cell


def rebound(function: types.FunctionType, keep: bool = False) -> Callable[..., Any]:
    """The function, to be run on recorded arrays; globals that it assigns are assigned when it returns. With `keep`
    the record has copies of what it saved of arrays from outside, which may change before it is used."""
    memo: dict[Any, Any] = {}
    recorded = _function(function, memo)

    def run(*args: Any, **kwargs: Any) -> Any:
        try:
            return recorded(*(_default(a, memo) for a in args), **{k: _default(a, memo) for k, a in kwargs.items()})
        finally:
            _settle(memo)
            if keep:
                _keep(memo)

    run.__name__ = function.__name__
    return run


def _keep(memo: dict[Any, Any]) -> None:
    from runtime.traced_writes import preserve

    for key, pair in memo.items():
        if isinstance(key, tuple) and key[0] == "array":
            preserve(pair[1])


def _settle(memo: dict[Any, Any]) -> None:
    """Leave what the program wrote outside itself (globals, captured variables, defaults) without its record."""
    plain = Plain()
    for pair in [v for k, v in memo.items() if isinstance(k, tuple)]:
        plain.made[id(pair[1])] = pair[1], pair[0]  # the program's own arrays stay themselves
    for found, made in list(memo.items()):
        if isinstance(made, Globals):
            made.original.update({k: plain.of(v) for k, v in dict.items(made) if k != "__builtins__"})
            for name in made.read:
                plain.of(made.original.get(name))
        elif isinstance(found, type):
            settle(found, made, plain.of)
        elif isinstance(found, types.FunctionType):
            for cell in found.__closure__ or ():
                _settle_cell(cell, plain)
            plain.of([*(found.__defaults__ or ()), *(found.__kwdefaults__ or {}).values()])
            plain.of(found.__dict__)


def _settle_cell(cell: types.CellType, plain: Plain) -> None:
    try:
        content = cell.cell_contents
    except ValueError:  # still empty
        return
    cleared = plain.of(content)
    if cleared is not content:
        cell.cell_contents = cleared
