"""Libraries on recorded arrays: functions that do not hand over calls by NumPy's protocols, and written-out ones.

A function with a row of the derivative table is recorded by that row; one with a definition in Python runs as that,
seen through recording namespaces. Everything else runs as it is, and refuses recorded arrays by itself. Objects that
have such functions for methods (a distribution, a generator, a spline) are seen through `Offering`.
"""
from __future__ import annotations

import types
from collections.abc import Callable
from typing import Any

import numpy as np

from . import support
from .recording_math import holds_recorded, is_recorded
from .rules import find
from .rules.written import definition
from .rules.written.draws import MOVING, SCALED, writing

Rebind = Callable[[Any], Any]  # a function of ours or the user's, to be run on recorded arrays


def library_attribute(rebind: Rebind, see: Callable[[Any], Any]) -> Callable[[str, Any], Any]:
    """What a recording namespace of such a library gives for its attributes."""
    def convert(name: str, own: Any) -> Any:
        if isinstance(own, types.ModuleType):
            return see(own)
        return offered(own, rebind)
    return convert


def offered(value: Any, rebind: Rebind) -> Any:
    """A function or object of a library as recording code sees it."""
    if isinstance(value, type):
        method = getattr(value, "__call__", None)  # noqa: B004  (of the class, not of a metaclass)
        known = find(value) is not None or definition(value, (), {}) or find(method)
        return OfferedClass(value, rebind) if known else value
    if isinstance(value, np.ufunc):
        return value if definition(value, (), {}) is None else OfferedFunction(value, rebind)
    if type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocsr"):
        return OfferedMatrix(value)
    if _has_recorded_methods(value):
        return Offering(value, rebind)
    return OfferedFunction(value, rebind) if callable(value) else value


def _has_recorded_methods(value: Any) -> bool:
    kind = type(value)
    if isinstance(value, np.random.Generator | np.random.RandomState):
        return True
    if callable(value) and not isinstance(value, types.FunctionType | types.MethodType | types.BuiltinFunctionType):
        if find(kind.__call__) is not None or definition(value, (), {}) is not None:
            return True
    return kind.__module__.startswith("scipy.stats") and hasattr(value, "rvs")


class OfferedMatrix:
    """A sparse matrix from outside: its products with recorded arrays are recorded, everything else is its own."""

    __array_priority__ = 2000.0
    __array_ufunc__ = None

    def __init__(self, own: Any) -> None:
        self.own = own

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    @property
    def T(self) -> Any:
        return OfferedMatrix(self.own.T)

    def dot(self, other: Any) -> Any:
        return self @ other

    def __matmul__(self, other: Any) -> Any:
        if not is_recorded(other):
            return self.own @ own_object(other)
        from runtime.numpy_calls import call
        from runtime.traced_array import TracedArray

        return call(support.sparse_product, (self.own, other), {}, TracedArray)

    def __rmatmul__(self, other: Any) -> Any:
        if not is_recorded(other):
            return other @ self.own
        return np.transpose(self.T @ np.transpose(other))

    def __add__(self, other: Any) -> Any:
        return OfferedMatrix(self.own + own_object(other))

    def __sub__(self, other: Any) -> Any:
        return OfferedMatrix(self.own - own_object(other))

    def __neg__(self) -> Any:
        return OfferedMatrix(-self.own)

    def __rmul__(self, other: Any) -> Any:
        return NotImplemented if is_recorded(other) else OfferedMatrix(other * self.own)

    def __mul__(self, other: Any) -> Any:
        return self @ other if is_recorded(other) and other.ndim and hasattr(self.own, "getH") else self.own * other


class OfferedFunction:
    """A function whose calls with recorded arguments are recorded by its row, or by its definition."""

    def __init__(self, own: Any, rebind: Rebind) -> None:
        self.own, self.rebind = own, rebind
        self.__name__ = getattr(own, "__name__", "call")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = tuple(map(own_object, args))
        from runtime.dispatch import wants_grad

        given = [*args, *kwargs.values()]
        if self.drawing() and (body := writing(self.__name__, kwargs)) is not None:
            return self.rebind(_bound(body, self.own.__self__))(*args, **kwargs)
        from runtime.traced_functions import SPECIAL

        stand_in = SPECIAL.get(self.own) if isinstance(self.own, types.FunctionType) else None
        if stand_in is not None and any(map(is_recorded, given)):
            return stand_in(*args, **kwargs)  # a view, perhaps, into which recorded values may be written
        if not wants_grad(given) and not any(map(callable, given)):
            return made(self.own(*map(plain, args), **{name: plain(v) for name, v in kwargs.items()}), self.rebind)
        written = self.written(args, kwargs)
        if written is not None:
            return self.rebind(written)(*args, **kwargs)
        row = find(self.own)
        if row is None and type(self.own) is types.FunctionType:
            return self.rebind(self.own)(*args, **kwargs)  # Python of the library's, read like the user's
        if row is None or row.kind == "zero":
            return self.own(*args, **kwargs)
        from runtime.numpy_calls import call
        from runtime.traced_array import TracedArray

        return call(self.own, args, kwargs, TracedArray)

    def drawing(self) -> bool:
        """Whether it is a method of a generator of random numbers."""
        return isinstance(getattr(self.own, "__self__", None), np.random.Generator | np.random.RandomState)

    def written(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The definition that stands for this call."""
        if self.drawing():
            body = SCALED.get(self.__name__) or MOVING.get(self.__name__)
            return None if body is None else _bound(body, self.own.__self__)
        from runtime.dispatch import wants_grad

        return definition(self.own, args, kwargs, active=wants_grad)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def __eq__(self, other: object) -> bool:
        return own_object(other) == self.own

    def __hash__(self) -> int:
        return hash(self.own)


def plain(value: Any) -> Any:
    """An argument without its recorded arrays; results of the library's own kinds stay as they are."""
    from runtime.saved import raw

    return value if isinstance(value, tuple) and type(value) is not tuple else raw(value)


def _bound(body: types.FunctionType, owner: Any) -> Any:
    """The definition of a draw with its generator, as a function that can be rebound like any other."""
    from functools import partial

    return partial(body, owner)


class OfferedClass(OfferedFunction):
    """A class: calling it makes what its definition makes, or an object whose calls are offered."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        args = tuple(map(own_object, args))
        body = definition(self.own, args, kwargs, active=lambda value: True)
        return super().__call__(*args, **kwargs) if body is None else self.rebind(body)(*args, **kwargs)


class Offering:
    """An object of a library whose methods are offered like functions; everything else is the object's own."""

    def __init__(self, own: Any, rebind: Rebind) -> None:
        self.own, self.rebind = own, rebind

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.own, name)
        return offered(found, self.rebind) if callable(found) else found

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        body = definition(self.own, args, kwargs, active=holds_recorded)
        if body is not None:
            return self.rebind(body)(*args, **kwargs)
        method = type(self.own).__call__
        if any(map(holds_recorded, [*args, *kwargs.values()])) and find(method) is not None:
            return OfferedFunction(method, self.rebind)(self.own, *args, **kwargs)
        return made(self.own(*args, **kwargs), self.rebind)


def own_object(value: Any) -> Any:
    """The object behind an offered one."""
    return value.own if isinstance(value, Offering | OfferedFunction | OfferedMatrix) else value


def made(value: Any, rebind: Rebind) -> Any:
    """A result of a library's function: arrays that can record what is stored into them, objects to be offered."""
    from runtime.traced_array import made_as_array, traced

    if is_recorded(value):
        return value
    if isinstance(value, np.ndarray):
        return made_as_array(traced(value)) if type(value) is np.ndarray and value.dtype.kind in "fc" else value
    if type(value).__module__.startswith("scipy.sparse") and hasattr(value, "tocsr"):
        return OfferedMatrix(value)
    return Offering(value, rebind) if _has_recorded_methods(value) else value


def without_record(value: Any) -> Any:
    """A function or class of masked arrays, which would take the numbers of a recorded array and leave its record."""
    if not callable(value):
        return value

    def refuse(*args: Any, **kwargs: Any) -> Any:
        if any(map(holds_recorded, (*args, *kwargs.values()))):
            name = getattr(value, "__name__", "")
            raise TypeError(f"np.ma.{name}: masked arrays have no derivatives: write the mask as np.where")
        return value(*args, **kwargs)

    return refuse
