"""`TracedArray`: NumPy's front of a recorded array.

It answers like an ndarray - NumPy's methods, promotion, indexing, in-place writes - and records like a tensor, on
the same nodes, engine and rules. The formulas of the derivative table run on it when a backward is itself
recorded, and so does code that the compiler cannot read.

    >>> import numpy as np
    >>> from runtime.traced_array import TracedArray, traced
    >>> x = traced(np.array([1.0, 2.0]), requires_grad=True)
    >>> y = np.sum(np.sin(x) * x, axis=0)
    >>> y.node.name()
    'SumBackward0'
"""
from __future__ import annotations

import operator
from typing import Any

import numpy as np

from ad_compiler.rules.calls import innocent, place_of_out, without_sugar
from ad_compiler.rules.methods import ATTRIBUTES, METHODS
from runtime.core import Recorded, edge, leaf, meta, target
from runtime.numpy_calls import call, find
from runtime.traced_functions import SPECIAL, Flat, round_number
from runtime.traced_operators import equip, imag_part, real_part
from runtime.traced_refusals import refused
from runtime.traced_writes import assign, store, ufunc_at


class TracedArray(Recorded):
    """An ndarray that records what is done to it. Made by `traced`, or by operations on others."""

    __slots__ = ()

    numbers = True
    __array_priority__ = 2000

    @property
    def shape(self) -> tuple[int, ...]:
        return self._data.shape

    @property
    def dtype(self) -> np.dtype:
        return self._data.dtype

    @property
    def ndim(self) -> int:
        return self._data.ndim

    @property
    def size(self) -> int:
        return self._data.size

    @property
    def nbytes(self) -> int:
        return self._data.nbytes

    @property
    def itemsize(self) -> int:
        return self._data.itemsize

    @property
    def flags(self) -> Any:
        return self._data.flags

    @property
    def strides(self) -> tuple[int, ...]:
        return self._data.strides

    @property
    def flat(self) -> Flat:
        """The elements in C order."""
        return Flat(self)

    @flat.setter
    def flat(self, value: Any) -> None:
        Flat(self)[:] = value

    @property
    def real(self) -> Any:
        """The real part, a view of a complex array."""
        return real_part(self) if self._data.dtype.kind == "c" else self

    @real.setter
    def real(self, value: Any) -> None:
        store(real_part(self) if self._data.dtype.kind == "c" else self, value)

    def conj(self, *out: Any) -> Any:
        """The complex conjugate; of a real array itself."""
        return sugared(np.conjugate, (self, *out), {}) if out or self._data.dtype.kind == "c" else self

    conjugate = conj

    @property
    def imag(self) -> Any:
        """The imaginary part, a view of a complex array."""
        return imag_part(self) if self._data.dtype.kind == "c" else np.imag(self)

    @imag.setter
    def imag(self, value: Any) -> None:
        if self._data.dtype.kind != "c":
            raise TypeError("cannot set imaginary part of a non-complex array")
        store(imag_part(self), value)

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this array."""
        return self._req

    @property
    def node(self) -> Any:
        """The node that produced this array, None for a leaf."""
        return target(edge(self))[0] if self._req else None

    @property
    def value(self) -> np.ndarray:
        """The plain array (the same memory)."""
        return self._data

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        if any(type(v).__name__ == "Tensor" for v in inputs):
            return NotImplemented
        if method == "at":
            ufunc_at(ufunc, *inputs)
            return None
        if method != "__call__":
            return call(getattr(ufunc, method), inputs, kwargs, TracedArray)
        return sugared(ufunc, inputs, kwargs)

    def __array_function__(self, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if not getattr(function, "__module__", "numpy").startswith("numpy") and find(function) is None:
            return NotImplemented  # a support function without a row: its body is made of NumPy functions
        special = SPECIAL.get(function)
        return sugared(function, args, kwargs) if special is None else special(*args, **kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self._req:
            raise refused(RuntimeError(
                "Can't turn an array that requires grad into a plain one. Use `.value` for its numbers."))
        return self._data if dtype is None else self._data.astype(dtype)

    def __getattr__(self, name: str) -> Any:
        method = METHODS.get(name)
        if method is not None:
            def bound(*args: Any, **kwargs: Any) -> Any:
                full, named = method.arguments(self, args, kwargs)
                if method.function in SPECIAL:
                    return SPECIAL[method.function](*full, **named)
                return sugared(method.function, full, named)
            return bound
        if name in ATTRIBUTES:
            return sugared(ATTRIBUTES[name], (self,), {})
        error = AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        raise refused(error) if hasattr(np.ndarray, name) and not name.startswith("__") else error

    def __getitem__(self, index: Any) -> Any:
        from runtime.ops.index import getitem
        part = getitem(TracedArray, self, index, numpy=True)
        if isinstance(part, TracedArray) and not part._data.ndim and np.may_share_memory(part._data, self._data) and (
                not _has_ellipsis(index)):
            return np.copy(part)  # NumPy gives a number here, which later writes to the array do not change
        return part

    def __setitem__(self, index: Any, value: Any) -> None:
        assign(self, index, value)

    def __iter__(self) -> Any:
        if not self._data.ndim:
            raise TypeError("iteration over a 0-d array")
        return (self[i] for i in range(len(self._data)))

    def __len__(self) -> int:
        return len(self._data)

    def __copy__(self) -> Any:
        return np.copy(self)

    def __deepcopy__(self, memo: Any) -> Any:
        return np.copy(self)

    def item(self, *index: Any) -> Any:
        """One element, as a number of Python's; unlike NumPy's, it keeps its record."""
        from runtime.traced_number import as_number

        if not index:
            return as_number(np.reshape(self, ()))
        if len(index) == 1 and not isinstance(index[0], tuple):  # the place in C order
            return as_number(np.reshape(self, (-1,))[index[0]])
        return as_number(self[index[0]] if len(index) == 1 else self[index])

    def tolist(self) -> Any:
        """Nested lists of elements, which keep their records."""
        return [part.tolist() for part in self] if self._data.ndim else self.item()

    def sort(self, axis: int = -1, **options: Any) -> None:
        """Sort in place."""
        store(self, np.sort(self, axis=axis, **options))

    def fill(self, value: Any) -> None:
        """Set every element to `value`."""
        assign(self, Ellipsis, value)

    def __hash__(self) -> int:
        error = TypeError(f"unhashable type: '{type(self).__name__}'")
        raise error if self._data.ndim else refused(error)  # NumPy's numbers are hashable

    def __bool__(self) -> bool:
        return bool(self._data)

    def __float__(self) -> float:
        if self._req:
            raise refused(TypeError("a value with derivatives would become a plain float here and lose them. Use "
                                    "`.value` where that is meant."))
        return float(self._data)

    def __int__(self) -> int:
        return int(self._data)

    def __complex__(self) -> complex:
        if self._req:
            raise refused(TypeError("a value with derivatives would become a plain complex number here and lose "
                                    "them."))
        return complex(self._data)

    def __index__(self) -> int:
        return operator.index(self._data)

    def __round__(self, digits: Any = None) -> Any:
        return round_number(self, digits)

    def __divmod__(self, other: Any) -> Any:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> Any:
        return other // self, other % self

    def __contains__(self, item: Any) -> bool:
        return (item._data if isinstance(item, Recorded) else item) in self._data

    def is_integer(self) -> bool:
        """Whether the number is a whole one."""
        return bool(self._data == np.floor(self._data))

    def __repr__(self) -> str:
        return f"Traced{self._data!r}"

    def __format__(self, spec: str) -> str:
        return format(self._data if self._data.ndim else self._data.item(), spec)


def _has_ellipsis(index: Any) -> bool:
    return index is Ellipsis or (isinstance(index, tuple) and any(i is Ellipsis for i in index))


def sugared(function: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """A call with `out=` or a ufunc's `where=` as a value and a store."""
    if "out" not in kwargs and "where" not in kwargs and len(args) <= place_of_out(function) and (
            function is not np.nan_to_num):
        return call(function, args, kwargs, TracedArray)
    sugar = without_sugar(function, args, kwargs)
    args = sugar.args
    if sugar.where is not True:  # what the mask leaves out cannot make the derivative infinite
        args = tuple(call(np.where, (sugar.where, a, innocent(function)), {}, TracedArray)
                     if isinstance(a, TracedArray) and a._req else a for a in args)
    value = call(function, args, sugar.kwargs, TracedArray)
    if sugar.where is not True:
        if isinstance(value, tuple):
            raise TypeError(f"np.{function.__name__}, which has several results, has no derivative with where=")
        value = call(np.where, (sugar.where, value, sugar.outs[0] if sugar.outs else np.zeros_like(value._data)),
                     {}, TracedArray)
    if not isinstance(value, tuple):
        return store(sugar.outs[0], value) if sugar.outs else value
    outs = (*sugar.outs, *[None] * (len(value) - len(sugar.outs)))
    return tuple(v if out is None else store(out, v) for v, out in zip(value, outs, strict=True))


def traced(data: Any, requires_grad: bool = False) -> TracedArray:
    """A leaf on `data` (an ndarray is not copied)."""
    return leaf(TracedArray, np.asarray(data), requires_grad)


def made_as_array(x: Any) -> Any:
    """`x`, which the program made as an array: one of no dimensions is written to by `+=`, unlike a number.

    >>> total = made_as_array(traced(np.zeros(())))
    >>> same = total
    >>> same += 1.0
    >>> float(total)
    1.0
    """
    if not x._data.ndim:
        meta(x).cell = True
    return x


equip(TracedArray)
