"""`TracedNumber`: a recorded float or complex number of Python's, as a program on the tape sees it.

Python's numbers are not NumPy's: `1.0 / 0.0` and `math.sqrt(-1.0)` raise, `(-8.0) ** 0.5` is complex, and programs
count on that (`try: ... except ZeroDivisionError`). What is computed from Python's numbers alone, by operators, `math`,
`float` or `.item()`, is such a number again; whatever NumPy has touched is a `TracedArray`.

    >>> import numpy as np
    >>> from runtime.traced_number import number
    >>> x = number(2.0, requires_grad=True)
    >>> type(x * 3 + 1).__name__, type(np.sin(x)).__name__
    ('TracedNumber', 'TracedArray')
    >>> 1 / (x - 2)
    Traceback (most recent call last):
        ...
    ZeroDivisionError: float division by zero
"""
from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from runtime.core import leaf
from runtime.numpy_calls import call
from runtime.traced_array import TracedArray

_PYTHON = (int, float, complex, bool)
_OPERATORS: dict[str, tuple[Callable[..., Any], np.ufunc]] = {
    "add": (operator.add, np.add), "sub": (operator.sub, np.subtract), "mul": (operator.mul, np.multiply),
    "truediv": (operator.truediv, np.true_divide), "floordiv": (operator.floordiv, np.floor_divide),
    "mod": (operator.mod, np.remainder), "pow": (operator.pow, np.power)}
_COMPARISONS = ("lt", "le", "gt", "ge", "eq", "ne")


class TracedNumber(TracedArray):
    """A recorded number that answers and fails as Python's own. Made by `number`, and by what is done to others."""

    __slots__ = ()

    @property
    def real(self) -> Any:
        """The real part."""
        return as_number(np.real(self))

    @property
    def imag(self) -> Any:
        """The imaginary part."""
        return as_number(np.imag(self))

    def conjugate(self) -> Any:
        """The complex conjugate."""
        return as_number(np.conjugate(self))

    def __neg__(self) -> Any:
        return _as_new_number(call(np.negative, (self,), {}, TracedArray))

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return _as_new_number(call(np.absolute, (self,), {}, TracedArray))

    def __round__(self, digits: Any = None) -> Any:
        if digits is None:
            return round(plain_number(self))
        return _as_new_number(call(np.round, (self, operator.index(digits)), {}, TracedArray))


def number(value: float | complex, requires_grad: bool = False) -> TracedNumber:
    """A leaf on a number of Python's."""
    return leaf(TracedNumber, np.asarray(value), requires_grad)


def as_number(x: Any) -> Any:
    """A recorded array without dimensions as a number of Python's, which later writes to the array do not change.

    Anything else is returned as it is."""
    return _as_new_number(np.copy(x)) if type(x) is TracedArray else x


def _as_new_number(x: TracedArray) -> TracedArray:
    """An array that nobody else has a name for becomes a number: the classes differ in nothing but their operators."""
    x.__class__ = TracedNumber
    return x


def _as_array(x: Any) -> Any:
    """What NumPy has touched is an array, of however many elements."""
    if type(x) is TracedNumber:
        x.__class__ = TracedArray
    return x


def plain_number(x: Any) -> Any:
    """The number itself: of Python's type if it is one of Python's, else of NumPy's."""
    if not isinstance(x, TracedArray):
        return x
    return x.value.item() if type(x) is TracedNumber else x.value[()]


def _by_python(name: str) -> tuple[Any, Any]:
    function, ufunc = _OPERATORS[name]
    of_array = getattr(TracedArray, f"__{name}__"), getattr(TracedArray, f"__r{name}__")

    def computed(a: Any, b: Any) -> Any:
        plain = function(plain_number(a), plain_number(b))  # raises what Python raises
        if isinstance(plain, complex) and name == "pow":
            a = call(np.add, (a, 0j), {}, TracedArray)  # a negative number to a broken power
        return _as_new_number(call(ufunc, (a, b), {}, TracedArray))

    def forward(self: Any, other: Any) -> Any:
        return computed(self, other) if _is_python(other) else _as_array(of_array[0](self, other))

    def reflected(self: Any, other: Any) -> Any:
        return computed(other, self) if _is_python(other) else _as_array(of_array[1](self, other))

    return forward, reflected


def _is_python(value: Any) -> bool:
    return type(value) is TracedNumber or type(value) in _PYTHON


def _comparison(name: str) -> Any:
    function, of_array = getattr(operator, name), getattr(TracedArray, f"__{name}__")

    def compared(self: Any, other: Any) -> Any:
        if _is_python(other):
            return function(plain_number(self), plain_number(other))
        return _as_array(of_array(self, other))

    return compared


def _equip() -> None:
    for name in _OPERATORS:
        forward, reflected = _by_python(name)
        for prefix, method in (("", forward), ("r", reflected), ("i", forward)):  # a number is never changed in place
            setattr(TracedNumber, f"__{prefix}{name}__", method)
    for name in _COMPARISONS:
        setattr(TracedNumber, f"__{name}__", _comparison(name))


_equip()
