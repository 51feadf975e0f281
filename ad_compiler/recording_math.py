"""`math`, `cmath` and the builtins that would turn a recorded value into a plain number, so that they do not."""
from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

import numpy as np

from .extras import scipy_module
from .recording_classes import own_class

_UFUNCS = {"sin": np.sin, "cos": np.cos, "tan": np.tan, "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan,
           "atan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh, "tanh": np.tanh, "asinh": np.arcsinh,
           "acosh": np.arccosh, "atanh": np.arctanh, "exp": np.exp, "expm1": np.expm1, "exp2": np.exp2,
           "log1p": np.log1p, "log2": np.log2, "log10": np.log10, "sqrt": np.sqrt, "cbrt": np.cbrt, "pow": np.power,
           "fabs": np.abs, "hypot": np.hypot, "copysign": np.copysign, "degrees": np.degrees, "radians": np.radians,
           "fmod": np.fmod, "phase": np.angle}
# What answers with an integer or a truth: no derivative, and the program may use it as an index.
_DISCRETE = frozenset({"floor", "ceil", "trunc", "isnan", "isinf", "isfinite", "isclose"})


def lost(message: str) -> TypeError:
    """The error of what cannot keep its record; remembered, since the program may catch it."""
    from runtime.traced_refusals import refused

    return refused(TypeError(message))


def is_recorded(value: Any) -> bool:
    """Whether `value` is a recorded array."""
    return type(value).__name__ in ("TracedArray", "TracedNumber")


def is_number(value: Any) -> bool:
    """Whether `value` is a recorded number of Python's."""
    return type(value).__name__ == "TracedNumber"


def holds_recorded(value: Any) -> bool:
    """Whether `value` is a recorded array, or a sequence with one inside."""
    return is_recorded(value) or (isinstance(value, (list, tuple)) and any(map(holds_recorded, value)))


def array(value: Any) -> Any:
    """`np.array` of nested sequences that may hold recorded numbers."""
    from runtime.numpy_calls import joined
    from runtime.traced_array import TracedArray, traced

    made = joined(value, TracedArray) if isinstance(value, (list, tuple)) else value
    return traced(made) if isinstance(made, np.ndarray) and made.dtype.kind in "fc" else made


def of_math(name: str, value: Any) -> Any:
    """A function of `math` that keeps the record."""
    if not callable(value):
        return value

    def call(*args: Any, **kwargs: Any) -> Any:
        if name in ("fsum", "prod"):
            args = (list(args[0]), *args[1:])
        plain = value(*map(plain_numbers, args), **kwargs)  # raises what Python raises
        if name in _DISCRETE or not any(map(holds_recorded, args)):
            return plain
        return _as_numbers(_recorded_math(name, value, args, kwargs))

    return call


def plain_numbers(value: Any) -> Any:
    """A number without its record; a sequence with plain ones."""
    from runtime.traced_number import plain_number

    if is_recorded(value):
        return plain_number(value)
    return [plain_numbers(v) for v in value] if isinstance(value, (list, tuple)) else value


def _as_numbers(value: Any) -> Any:
    from runtime.traced_number import as_number

    return tuple(map(as_number, value)) if isinstance(value, tuple) else as_number(value)


def _recorded_math(name: str, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if name == "log":
        return np.log(args[0]) if len(args) == 1 else np.log(args[0]) / np.log(args[1])
    if name == "hypot" and len(args) != 2:
        return np.sqrt(np.sum(array(list(args)) ** 2))
    if name in ("fsum", "prod"):
        total = (np.sum if name == "fsum" else np.prod)(array(list(args[0])))
        return total * kwargs["start"] if "start" in kwargs else total
    if name == "dist":
        return np.sqrt(np.sum((array(list(args[0])) - array(list(args[1]))) ** 2))
    if name == "ldexp":
        return args[0] * 2.0 ** args[1]
    if name == "modf":
        whole = np.trunc(args[0])
        return args[0] - whole, whole
    if name in ("remainder", "sumprod", "frexp", "nextafter", "fma"):
        return _BY_HAND[name](*args)
    known = _UFUNCS.get(name)
    if name in _SPECIAL:
        known = getattr(scipy_module("special", f"math.{name} on the tape"), _SPECIAL[name])
    return function(*args, **kwargs) if known is None else known(*args)


_SPECIAL = {"erf": "erf", "erfc": "erfc", "gamma": "gamma", "lgamma": "gammaln"}  # in `scipy.special`
_BY_HAND: dict[str, Callable[..., Any]] = {
    "remainder": lambda x, y: x - y * np.round(plain_numbers(x) / plain_numbers(y)),
    "sumprod": lambda p, q: np.sum(array(list(p)) * array(list(q))),
    "frexp": lambda x: np.frexp(x),
    "nextafter": lambda x, y, steps=None: np.nextafter(x, y),
    "fma": lambda x, y, z: x * y + z,
}


def of_cmath(name: str, value: Any) -> Any:
    """A function of `cmath` that keeps the record."""
    if not callable(value) or name not in {*_UFUNCS, "log", "polar", "rect", "isnan", "isinf", "isfinite"}:
        return value

    def call(*args: Any) -> Any:
        plain = value(*map(plain_numbers, args))  # raises what Python raises
        if name.startswith("is") or not any(map(holds_recorded, args)):
            return plain
        return _as_numbers(recorded(*args))

    def recorded(*args: Any) -> Any:
        if name == "polar":
            return np.abs(args[0]), np.angle(args[0])
        if name == "rect":
            return args[0] * np.cos(args[1]) + 1j * (args[0] * np.sin(args[1]))
        if name == "phase":
            return np.angle(args[0])
        return _recorded_math(name, value, tuple(a + 0j for a in args), {})

    return call


class NumberType:
    """A number's type as recording code sees it: calling it keeps the record, everything else is the type's own."""

    def __init__(self, own: type) -> None:
        self.own = own
        self.dtype = np.dtype(own)  # `x.astype(float)`, `np.zeros(3, float)`

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not any(map(holds_recorded, args)):
            return self.own(*args, **kwargs)
        if self.own is complex:
            real, imag = (*map(_as_numbers, args), 0.0)[:2]
            return real + 1j * imag
        value = array(args[0])
        if self.own is float:
            if value.size != 1 or value.dtype.kind == "c":
                return float(value.value)  # raises as Python does
            value = np.reshape(value, ())
        value = np.copy(value) if value.dtype == self.dtype else value.astype(self.dtype)
        return _as_numbers(value) if self.own is float else value

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)

    def __eq__(self, other: object) -> bool:
        return other is self or other is self.own

    def __hash__(self) -> int:
        return hash(self.own)

    def __repr__(self) -> str:
        return repr(self.own)

    def __or__(self, other: Any) -> Any:
        return self.own | own_type(other)

    def __ror__(self, other: Any) -> Any:
        return own_type(other) | self.own


def own_type(kind: Any) -> Any:
    """The type behind a `NumberType` or a class's stand-in, also inside a tuple of types."""
    if isinstance(kind, tuple):
        return tuple(map(own_type, kind))
    return type if kind is type_of else kind.own if isinstance(kind, NumberType) else own_class(kind)


def is_instance(value: Any, classes: Any) -> bool:
    """`isinstance` that takes a recorded array for an array, and a recorded number for a float."""
    if not is_recorded(value):
        return isinstance(value, own_type(classes))
    asked = own_type(classes)
    group = asked if isinstance(asked, tuple) else getattr(asked, "__args__", (asked,))
    if value.ndim:
        as_what: tuple[type, ...] = (np.ndarray,)
    elif is_number(value):
        as_what = (complex if value.dtype.kind == "c" else float,)
    else:
        as_what = (complex, np.complex128) if value.dtype.kind == "c" else (float, value.dtype.type)
    return any(isinstance(c, type) and any(issubclass(a, c) for a in as_what) for c in group)


def type_of(*args: Any) -> Any:
    """`type(x)`: of a recorded array, `np.ndarray`; of a recorded number of Python's, its own. Raises for a recorded
    value of NumPy's without dimensions, which may be either kind."""
    if len(args) != 1 or not is_recorded(args[0]):
        found = type(*args)
        return NUMBERS.get(found.__name__, found) if found in (float, complex) else found
    if args[0].ndim:
        return np.ndarray
    if is_number(args[0]):
        return NUMBERS["complex" if args[0].dtype.kind == "c" else "float"]
    raise lost("the type of what NumPy computes without dimensions is not known on the tape (a number or an array): "
               "use isinstance")


NUMBERS = {"float": NumberType(float), "complex": NumberType(complex)}
BUILTINS: dict[str, Any] = {**vars(builtins), **NUMBERS, "isinstance": is_instance, "type": type_of}
