"""NumPy, math and builtin functions that report their decisions, and have a complex reading for complex step.

Only functions that plain NumPy would not read as the analytic continuation of the real one are replaced:
kinks (`abs`, `maximum`, `sort`), conjugating ones (`vdot`, `var`), those without a complex version (`erf`,
`arctan2`), and the ones that create arrays.
"""
from __future__ import annotations

import builtins
import itertools
import math
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from .recording import Recorder, real

Functions = dict[str, Callable[..., Any]]


def choose(rec: Recorder, left: Any, right: Any, larger: bool, out: Any = None) -> Any:
    """Elementwise maximum or minimum by the real parts."""
    rec.decide(left, right)
    first = real(left) >= real(right) if larger else real(left) <= real(right)
    chosen = np.where(first, left, right)[()]
    if out is None:
        return chosen
    out[...] = chosen
    return out


def magnitude(rec: Recorder, value: Any) -> Any:
    """`abs` continued analytically: the value or its negative."""
    if np.iscomplexobj(value) and not rec.complex:
        return np.abs(value)  # complex by the program's own will
    rec.decide(value, 0.0)
    return np.where(real(value) >= 0, value, np.negative(value))[()]


def extreme(rec: Recorder, a: Any, axis: int | None, larger: bool) -> Any:
    """Maximum or minimum over an axis, noting the gaps to the others."""
    values = np.asarray(a)
    place = (np.argmax if larger else np.argmin)(real(values), axis=axis, keepdims=True)
    best = np.take_along_axis(values, place, axis) if axis is not None else values.ravel()[place]
    rec.decide(best, values)
    return best.squeeze(axis)[()]


def ordering(rec: Recorder, a: Any, axis: int = -1) -> Any:
    values = np.asarray(a)
    order = np.argsort(real(values), axis=axis)
    rec.decisions.append(order.tobytes())
    out = np.take_along_axis(values, order, axis)
    rec.decide(np.diff(out, axis=axis), 0.0)
    return out


def array_functions(rec: Recorder) -> Functions:
    """Replacements in the `numpy` namespace."""
    def created(function: Callable[..., Any]) -> Callable[..., Any]:
        def create(*args: Any, **kwargs: Any) -> Any:
            made = function(*args, **kwargs)
            return made.astype(complex) if rec.complex and made.dtype.kind == "f" else made
        return create

    def arctan2(y: Any, x: Any) -> Any:
        base = np.arctan2(real(y), real(x))
        turn = (x * y.imag - y * x.imag) / (x * x + y * y) if rec.complex else 0.0
        return base + 1j * real(turn) if rec.complex else base

    def clip(a: Any, low: Any, high: Any) -> Any:
        return choose(rec, choose(rec, a, low, True), high, False)

    def variance(a: Any) -> Any:
        return np.mean((a - np.mean(a)) ** 2)

    def place(function: Callable[..., Any], larger: bool) -> Callable[..., Any]:
        def find(a: Any, axis: int | None = None) -> Any:
            extreme(rec, a, axis, larger)
            return function(real(np.asarray(a)), axis=axis)
        return find

    made = ("zeros", "ones", "empty", "full", "eye", "array", "linspace", "zeros_like", "ones_like",
            "empty_like",
            "full_like", "stack", "vstack")
    return {
        **{name: created(getattr(np, name)) for name in made},
        "abs": lambda a: magnitude(rec, a), "maximum": lambda a, b, out=None: choose(rec, a, b, True, out),
        "minimum": lambda a, b, out=None: choose(rec, a, b, False, out), "clip": clip, "arctan2": arctan2,
        "max": lambda a, axis=None: extreme(rec, a, axis, True), "sort": lambda a,
        axis=-1: ordering(rec, a, axis),
        "min": lambda a, axis=None: extreme(rec, a, axis, False), "var": variance,
        "argmax": place(np.argmax, True), "argmin": place(np.argmin, False),
        "hypot": lambda a, b: np.sqrt(a * a + b * b),
        "vdot": lambda a, b: np.dot(np.ravel(a), np.ravel(b)) if rec.complex else np.vdot(a, b),
    }


def _erf(z: Any) -> Any:
    """First-order continuation: exact for the tiny imaginary part of a complex step."""
    if not np.iscomplexobj(z):
        return math.erf(z)
    return math.erf(z.real) + 1j * z.imag * 2.0 / math.sqrt(math.pi) * math.exp(-z.real * z.real)


def math_functions(rec: Recorder) -> Functions:
    """Replacements in the `math` namespace: complex where the argument is."""
    def lifted(name: str, array_function: Callable[..., Any]) -> Callable[..., Any]:
        plain = getattr(math, name)
        return lambda *args: (array_function if any(map(np.iscomplexobj, args)) else plain)(*args)

    arrays = array_functions(rec)
    names = {"sin": np.sin, "cos": np.cos, "tanh": np.tanh, "exp": np.exp, "sqrt": np.sqrt, "log": np.log,
             "atan": np.arctan, "pow": np.power, "hypot": arrays["hypot"]}
    return {**{name: lifted(name, function) for name, function in names.items()}, "erf": _erf,
            "atan2": lambda y, x: arrays["arctan2"](np.asarray(y), np.asarray(x))[()] if rec.complex
            else math.atan2(y, x)}


class _FloatLike(type):
    """`float` as a type to test for, a conversion and a dtype, that takes complex numbers for floats."""

    recorder: Recorder

    @property
    def dtype(cls) -> np.dtype[Any]:
        """What NumPy makes of `a.astype(float)`; without it, an array of objects."""
        return np.dtype(complex if cls.recorder.complex else builtins.float)

    def __call__(cls, value: Any = 0.0) -> Any:
        return value if np.iscomplexobj(value) else builtins.float(value)

    def __instancecheck__(cls, value: Any) -> bool:
        return isinstance(value, builtins.float | complex | np.complexfloating)


def read_float(rec: Recorder) -> type:
    """What `float` means in a program recorded by `rec`."""
    return _FloatLike("float", (), {"recorder": rec})


def compared(value: Any) -> Any:
    """What a value is sorted by: real parts, also in tuples."""
    return tuple(map(compared, value)) if isinstance(value, tuple) else real(value)


def scalar_functions(rec: Recorder) -> Functions:
    """Replacements of builtins."""
    def best(values: tuple[Any, ...], larger: bool) -> Any:
        items: Iterable[Any] = values[0] if len(values) == 1 else values
        items = list(items)
        chosen = (builtins.max if larger else builtins.min)(items, key=real)
        rec.decide(chosen, np.asarray(items))
        return chosen

    def in_order(items: Iterable[Any], key: Callable[[Any], Any] | None = None) -> list[Any]:
        keyed = [(item if key is None else key(item), item) for item in items]
        order = builtins.sorted(range(len(keyed)), key=lambda k: compared(keyed[k][0]))
        rec.decisions.append(bytes(order))
        keyed = [keyed[k] for k in order]
        for (left, _), (right, _) in itertools.pairwise(keyed):
            rec.decide(left, right)
        return [item for _, item in keyed]

    return {
        "abs": lambda a: magnitude(rec, a), "max": lambda *values: best(values, True),
        "min": lambda *values: best(values, False), "sorted": in_order,
        "float": read_float(rec),
    }
