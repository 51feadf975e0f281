"""NumPy as recording code sees it: what does not dispatch on recorded arrays by itself.

NumPy's own protocols lead most functions to the tape. Left are the functions that make arrays, those whose recorded
numbers lie in lists, helpers that look into arrays (`np.r_`, `np.ndenumerate`, `np.vectorize`), and number types.
"""
from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .recording_math import NumberType, array, holds_recorded, is_number, is_recorded, lost

_CREATES = frozenset({"zeros", "ones", "empty", "arange", "linspace", "eye", "identity", "zeros_like", "ones_like",
                      "empty_like", "logspace", "geomspace", "tri", "hanning", "hamming", "blackman", "bartlett",
                      "kaiser", "fromiter", "fromfunction", "indices"})
_SEQUENCES = frozenset({"concatenate", "stack", "vstack", "hstack", "dstack", "column_stack", "row_stack", "block",
                        "select", "choose", "multi_dot", "broadcast_arrays", "ix_", "meshgrid", "einsum"})
_TYPES = {"float64", "float32", "float16", "longdouble", "complex64", "complex128", "double", "single"}


def of_numpy(name: str, value: Any) -> Any:
    """The attribute `name` of NumPy (or of one of its modules) that keeps the record."""
    own = _OWN.get(name)
    if own is not None and value is getattr(np, name, None):
        return own
    if name in _CREATES:
        return _creating(value)
    if isinstance(value, type):
        return NumberType(value) if value.__name__ in _TYPES or name in _TYPES else value
    if isinstance(value, np.ufunc):
        return Ufunc(value)
    return _from_lists(value) if callable(value) else value


def _creating(function: Callable[..., Any]) -> Callable[..., Any]:
    def create(*args: Any, **kwargs: Any) -> Any:
        from runtime.traced_array import made_as_array, traced

        if any(map(holds_recorded, [*args, *kwargs.values()])):
            from runtime.numpy_calls import call
            from runtime.traced_array import TracedArray

            return call(function, args, kwargs, TracedArray)
        made = function(*args, **kwargs)
        if is_recorded(made) or not isinstance(made, np.ndarray) or made.dtype.kind not in "fc":
            return made
        return made_as_array(traced(made))

    return create


def _listed(value: Any, sequence: bool) -> Any:
    if isinstance(value, (list, tuple)) and holds_recorded(value):
        if sequence:
            return [array(v) if isinstance(v, (list, tuple)) else v for v in value]
        return array(value)
    return value


def _from_lists(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function on arrays that also takes recorded numbers in lists."""
    name = getattr(function, "__name__", "")

    def call(*args: Any, **kwargs: Any) -> Any:
        keep = name == "block"
        if not keep:
            args = tuple(_listed(a, name in _SEQUENCES) for a in args)
            kwargs = {k: _listed(v, name in _SEQUENCES) for k, v in kwargs.items()}
        return function(*args, **kwargs)

    call.__name__ = name
    return call


def _written_or(call: Callable[..., Any], method: Any) -> Callable[..., Any]:
    """A ufunc's method, by its definition where it has one and no row."""
    from .rules.written import definition

    def run(*args: Any, **kwargs: Any) -> Any:
        from runtime.dispatch import wants_grad

        from .recording import _function

        body = definition(method, args, kwargs, active=wants_grad) if any(map(holds_recorded, args)) else None
        return call(*args, **kwargs) if body is None else _function(body, {})(*args, **kwargs)

    return run


class Ufunc:
    """A ufunc that also takes recorded numbers in lists; everything else is the ufunc's own."""

    def __init__(self, own: np.ufunc) -> None:
        self.own = self.__ad_behind__ = own

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.own(*(_listed(a, False) for a in args), **kwargs)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.own, name)
        if not callable(found) or name == "at":
            return found
        return _written_or(_from_lists(found), found)

    def __eq__(self, other: object) -> bool:
        return other is self.own or (isinstance(other, Ufunc) and other.own is self.own)

    def __hash__(self) -> int:
        return hash(self.own)

    def __repr__(self) -> str:
        return repr(self.own)


def _array(object: Any, dtype: Any = None, *, copy: bool | None = True, order: Any = "K", subok: bool = False,
           ndmin: int = 0, like: Any = None) -> Any:
    """`np.array`, recorded."""
    from runtime.traced_array import made_as_array

    if not holds_recorded(object):
        made = np.array(object, dtype, copy=copy, order=order, subok=subok, ndmin=ndmin)
        # memory of the program's own is left alone: a recorded array on it would hide writes made to it directly
        own = made.dtype.kind in "fc" and not np.may_share_memory(made, object)
        return made_as_array(array(made)) if own else made
    made = array(object)
    number = is_recorded(object) and not object.ndim and copy is True
    if dtype is not None and np.dtype(dtype) != made.dtype:
        made = made.astype(np.dtype(dtype))
    if made is object and (copy is True or is_number(object)):  # an array of its own, also of a number of Python's
        made = np.copy(made, order=order)
    made = _ordered(made, order)
    if number:
        made = made_as_array(made)
    return made if made.ndim >= ndmin else made[(None,) * (ndmin - made.ndim)]


def _asarray(a: Any, dtype: Any = None, order: Any = None, *, copy: Any = None, **options: Any) -> Any:
    if not holds_recorded(a):
        made = np.asarray(a, dtype, order, **options, **({} if copy is None else {"copy": copy}))
        return array(made) if isinstance(a, (list, tuple)) else made
    return _array(a, dtype, copy=copy, order=order or "K")


def _ordered(a: Any, order: Any) -> Any:
    """`a`, copied if its memory does not have the order asked for."""
    if order not in ("C", "F"):
        return a
    flags = a.value.flags
    if (order == "C" and not flags.c_contiguous) or (order == "F" and not flags.f_contiguous):
        return np.copy(a, order=order)
    return a


def _contiguous(order: str) -> Callable[..., Any]:
    def make(a: Any, dtype: Any = None) -> Any:
        return np.atleast_1d(_asarray(a, dtype, order))

    return make


def _require(a: Any, dtype: Any = None, requirements: Any = None) -> Any:
    if not holds_recorded(a):
        return np.require(a, dtype, requirements)
    wanted = {str(r)[0].upper() for r in requirements or ()}
    return _ordered(_asarray(a, dtype), "F" if "F" in wanted else "C" if "C" in wanted else None)


def _full(shape: Any, fill_value: Any, dtype: Any = None, order: Any = "C", **options: Any) -> Any:
    if not holds_recorded(fill_value):
        return array(np.full(shape, fill_value, dtype, order, **options))
    from runtime.traced_array import made_as_array

    value = _array(fill_value, dtype)
    return made_as_array(np.copy(np.broadcast_to(value, shape), order=order))


def _full_like(a: Any, fill_value: Any, dtype: Any = None, **options: Any) -> Any:
    shape = options.get("shape")
    like = a.value if is_recorded(a) else np.asarray(a)
    made = np.empty_like(like, dtype, options.get("order", "K"), shape=shape)
    return _full(made.shape, fill_value, made.dtype, "F" if made.flags.fnc else "C")


def _vectorize(pyfunc: Any, *args: Any, **kwargs: Any) -> Any:
    """`np.vectorize`, recorded: a loop."""
    plain = np.vectorize(pyfunc, *args, **kwargs)

    def call(*values: Any, **named: Any) -> Any:
        if not any(map(holds_recorded, [*values, *named.values()])):
            return plain(*values, **named)
        if named or kwargs.get("excluded") or kwargs.get("signature"):
            raise lost("np.vectorize with keywords, excluded= or signature= is not recorded on the tape")
        arrays = np.broadcast_arrays(*(_asarray(v) for v in values))
        shape = np.shape(arrays[0])
        parts = [pyfunc(*(a[i] for a in arrays)) for i in np.ndindex(*shape)]
        if parts and isinstance(parts[0], tuple):
            return tuple(np.reshape(array(list(column)), shape) for column in zip(*parts, strict=True))
        return np.reshape(array(parts), shape)

    return call


def _ndenumerate(arr: Any) -> Iterator[Any]:
    return ((i, arr[i]) for i in np.ndindex(*arr.shape)) if is_recorded(arr) else iter(np.ndenumerate(arr))


def _nditer(op: Any, *args: Any, **kwargs: Any) -> Any:
    if any(map(is_recorded, op if isinstance(op, (list, tuple)) else [op])):
        raise lost("np.nditer gives bare memory, which keeps no record: loop over the elements instead")
    return np.nditer(op, *args, **kwargs)


class _Rows:
    """`np.r_` and `np.c_`."""

    def __init__(self, own: Any, columns: bool) -> None:
        self.own, self.columns = own, columns

    def __getitem__(self, key: Any) -> Any:
        items = key if isinstance(key, tuple) else (key,)
        if not any(map(holds_recorded, items)):
            return array(self.own[key])
        if any(isinstance(i, str) for i in items):
            raise lost("np.r_ with a string is not recorded on the tape: use np.concatenate")
        parts = [np.r_[i] if isinstance(i, slice) else _asarray(i) for i in items]
        if self.columns:
            return np.concatenate([p[:, None] if np.ndim(p) == 1 else np.atleast_2d(p) for p in parts], axis=-1)
        return np.concatenate([np.atleast_1d(p) for p in parts])




_OWN: dict[str, Any] = {
    "array": _array, "asarray": _asarray, "asanyarray": _asarray, "ascontiguousarray": _contiguous("C"),
    "asfortranarray": _contiguous("F"), "require": _require, "full": _full, "full_like": _full_like,
    "vectorize": _vectorize, "ndenumerate": _ndenumerate, "nditer": _nditer, "r_": _Rows(np.r_, False),
    "c_": _Rows(np.c_, True)}
