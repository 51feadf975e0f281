"""The fast way through a call: one generated function for each signature that is seen again.

It tests the arguments and everything that compiling relied on, written out for this signature, calls the emitted code
and puts the cotangents into the arguments' structure:

    def fast(x, k):
        if type(x) is not ndarray or x.dtype is not dtype1: return MISS
        n1, = x.shape  ...
        out, (bar1, bar2) = call(x, k, rate=cell3.cell_contents)
        return bar1, float(bar2)

It returns MISS, without having run anything, where the call is not of its signature.
"""
from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ..frontend.signature import Leaf, Spec, Tree
from ..ir import nodes as ir
from ..ir.types import Array, Num
from .fast_tests import NoFastWay, Writer
from .nested import is_floating_spec
from .specialize import Specialization
from .structure import rebuild
from .wrt import Wrt

if TYPE_CHECKING:
    from .derivative import Derivative


def fast_way(derivative: Derivative, special: Specialization, function: types.FunctionType, bars: tuple[Any, ...]
             ) -> Callable[..., Any] | None:
    """The fast function for a gradient, or None if there is none. `bars` are the cotangents of a call."""
    return _written(_GradientWriter(derivative, special, function, bars))


def fast_primal(special: Specialization, function: types.FunctionType) -> Callable[..., Any] | None:
    """The fast function for a compiled function without derivative, or None if there is none."""
    return _written(_PrimalWriter(special, function))


def _written(writer: Writer) -> Callable[..., Any] | None:
    try:
        return writer.function()
    except NoFastWay:
        return None


class _PrimalWriter(Writer):
    def overlap(self, check: str) -> None:
        self.lines += ["try:", f"    {check}", "except ValueError: return MISS"]

    def call(self, inputs: dict[str, str]) -> None:
        self.lines.append(f"return {self.emitted(inputs)}")


class _GradientWriter(Writer):
    def __init__(self, derivative: Derivative, special: Specialization, function: types.FunctionType,
                 bars: tuple[Any, ...]) -> None:
        super().__init__(special, function)
        self.derivative = derivative
        #: Which cotangents come from the emitted code in their final form.
        self.final = dict(zip(special.paths, map(_form, bars), strict=True))

    def call(self, inputs: dict[str, str]) -> None:
        main, derivative = self.special.main, self.derivative
        bars = [self.fresh("bar") for _ in self.special.paths]
        if main.with_value:
            unpacked = f"out, ({', '.join(bars)},)" if bars else "out, _"
        else:
            unpacked = ", ".join(bars) or "_"
        self.lines.append(f"{unpacked} = {self.emitted(inputs)}")
        value, aux = ("out[0]", "out[1]") if derivative.has_aux else ("out", "")
        if main.with_value and not _surely_scalar(main.lowered.out, derivative.has_aux):
            self.lines.append(f"{self.constant(derivative.require_scalar)}({value})")
        gradient = self.gradient(iter(bars), derivative.wrt)
        if derivative.with_value:
            result = f"(({value}, {aux}), {gradient})" if aux else f"({value}, {gradient})"
        else:
            result = f"({gradient}, {aux})" if aux else gradient
        self.lines.append(f"return {result}")

    def gradient(self, bars: Iterator[str], wrt: Wrt) -> str:
        parts = []
        for path in wrt.paths:
            spec: Spec = self.special.specs[path[0]]
            for key in path[1:]:
                assert isinstance(spec, Tree)
                spec = dict(spec.children)[key]
            parts.append(self.cotangent(spec, path, bars))
        return parts[0] if wrt.single else f"({', '.join(parts)},)"

    def cotangent(self, spec: Spec, path: tuple[Any, ...], bars: Iterator[str]) -> str:
        if isinstance(spec, Tree):
            parts = [self.cotangent(child, (*path, key), bars) for key, child in spec.children]
            if spec.cls is dict:
                keys = [repr(key) if isinstance(key, (int, str)) else self.constant(key) for key, _ in spec.children]
                return "{" + ", ".join(f"{k}: {v}" for k, v in zip(keys, parts, strict=True)) + "}"
            if spec.cls is list:
                return f"[{', '.join(parts)}]"
            if spec.cls is tuple:
                return "(" + "".join(f"{part}, " for part in parts) + ")"
            return f"{self.constant(rebuild)}({self.places[path]}, [{', '.join(parts)}])"
        if not is_floating_spec(spec):
            return "None"
        bar, place = next(bars), self.places[path]
        if isinstance(spec, Leaf) and isinstance(spec.type, Array) and self.final[path] == spec.type.dtype:
            return bar
        if isinstance(spec, Leaf) and isinstance(spec.type, Num) and spec.type.weak and spec.type.kind == "f":
            return f"float({bar})"
        return f"as_leaf({place}, {bar})"


def _form(bar: Any) -> Any:
    return bar.dtype if type(bar) is np.ndarray else None


def _surely_scalar(value: Any, aux: bool) -> bool:
    if aux:
        return False
    if isinstance(value, ir.Const):
        return type(value.value) is float
    return isinstance(value, ir.Var) and isinstance(value.type, Num) and value.type.kind == "f"
