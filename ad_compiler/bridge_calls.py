"""Single calls on the tape inside compiled code: a step of the program with a pullback that the tape gives.

    v, record = lookup_fwd(u)                    `lookup` runs on recorded arrays; the record is kept
    ...
    u_bar, = lookup_rev(record, v_bar)           the tape pulls the cotangent back

The compiler must know the types of the result: when its call is read the function is run on stand-ins for its
arguments, of the sizes of the call at hand and of others. In later runs results of other types raise; so does a
function that writes into what it was given, since compiled code is not told.
"""
from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from .bridge_call_runs import CallRuns, Recording
from .bridge_results import like_form
from .bridge_trials import try_out
from .errors import CompileError
from .frontend.lower.custom import UserRule, lower_ruled
from .frontend.lower.on_tape import called
from .frontend.lower.trees import leaves, mapped, opened, taken_apart, type_like
from .frontend.lowering import Lowering
from .frontend.values import HeapV, TupleV, Value
from .ir import nodes as ir
from .ir.types import FLOAT, Array, Num, Passive, is_float_like

ANY = inspect.Signature([inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL)])


class Step:
    """What a call on the tape is in emitted code: the function itself, or one of its sweeps (`run`). It is read by
    `read` within the rule of the call, and refused where it is differentiated once more."""

    def __init__(self, call: TapeCall, name: str, run: Callable[..., Any], read: Callable[..., Value],
                 like: Callable[[Lowering], Value]) -> None:
        self.call, self.__name__, self.run, self.read, self.like = call, name, run, read, like

    def __call__(self, *args: Any) -> Any:
        return self.run(*args)

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        if self.call.value in lo.open_rules:
            return self.read(lo, args, node)
        refuse = _Hook(lambda lo, args, node: lo.fail(
            "AD148", node, f"`{self.call.name}` runs on the tape inside this function, and a derivative of its "
            f"derivative is asked for: {str(self.call.refusal.diagnostics[0]).splitlines()[0]}"))
        like = _Hook(lambda lo, args, node: self.like(lo))
        rule = UserRule(self, self.__name__, ANY, None, forward=refuse, backward=refuse, like=like)
        return lower_ruled(lo, rule, args, kwargs, node, hint)


@dataclass(frozen=True, slots=True, eq=False)
class _Hook:
    """Something for the front end to read that is no program."""

    read: Callable[..., Value]

    def __call__(self, *args: Any) -> Any:
        raise TypeError("this is read, never run")

    def __ad_transform__(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                         hint: str | None) -> Value:
        return self.read(lo, args, node)


class TapeCall(CallRuns):
    """A call of `callee` with `count` positional arguments and others of these names; `values` are the arguments as
    the front end knows them."""

    def __init__(self, callee: Any, count: int, names: tuple[str, ...], values: list[Value], refusal: CompileError
                 ) -> None:
        def calling(*given: Any) -> Any:
            return callee(*given[:count], **dict(zip(names, given[count:], strict=True)))

        name = called(callee).rpartition(".")[2]
        paths = tuple(("given", *path) for path, leaf in _places(values) if _carries(leaf))
        super().__init__(calling, name if name.isidentifier() else "called", paths, refusal)
        self.values = values
        self.value = Step(self, self.name, self.plain, self._read_value, self.like)
        self.forward = Step(self, f"{self.name}_fwd", self.recorded, self._read_forward, self._like_pair)
        self.reverse = Step(self, f"{self.name}_rev", self.pulled, self._read_reverse, self._like_bars)
        self.tangent = Step(self, f"{self.name}_dot", self.pushed, self._read_tangent, self.like)

    # --- when compiling -------------------------------------------------------------------------------------------
    def rule(self) -> UserRule:
        """The rule by which the front end reads the call."""
        like = _Hook(lambda lo, args, node: self.like(lo))
        return UserRule(self.value, self.name, ANY, None, forward=self.forward, backward=_Hook(self._read_reverse),
                        tangent=_Hook(self._read_tangents), like=like)

    def like(self, lo: Lowering) -> Value:
        """Something of the structure and types of the result."""
        return like_form(lo, self.form)

    def _like_pair(self, lo: Lowering) -> Value:
        """What the forward sweep gives, where emitted code is read again: its record as a number, so that what depends
        on it is known to depend on the arguments."""
        return TupleV([self.like(lo), ir.Var("record", FLOAT)])

    def _like_bars(self, lo: Lowering) -> Value:
        return TupleV([ir.Var(f"{leaf.hint}_bar", _plain(leaf.type)) for leaf in self._inputs()])

    def _inputs(self) -> list[ir.Var]:
        return [leaf for _, leaf in _places(self.values) if isinstance(leaf, ir.Var) and _carries(leaf)]

    def _emit(self, lo: Lowering, step: Step, given: list[Value], like: Value, node: Any) -> Value:
        whole = lo.call(step, [lo.operand(v, node) for v in given], type_=type_like(like), text=step.__name__)
        return taken_apart(lo, whole, like)

    def _read_value(self, lo: Lowering, args: list[Value], node: Any) -> Value:
        return self._emit(lo, self.value, args, self.like(lo), node)

    def _read_forward(self, lo: Lowering, args: list[Value], node: Any) -> Value:
        like = TupleV([self.like(lo), ir.Var("record", Passive(Recording))])
        pair = self._emit(lo, self.forward, args, like, node)
        assert isinstance(pair, TupleV)
        return TupleV([pair.items[0], TupleV([pair.items[1]])])

    def _read_reverse(self, lo: Lowering, args: list[Value], node: Any) -> Value:
        """The cotangents of the arguments, from the residuals and a cotangent of the result."""
        residuals, out_bar = args
        record = residuals.items[0] if isinstance(residuals, TupleV) else residuals
        bars = self._emit(lo, self.reverse, [record, out_bar], self._like_bars(lo), node)
        assert isinstance(bars, TupleV)
        each = iter(bars.items)
        return TupleV([mapped(lo, v, lambda leaf: next(each) if _carries(leaf) else ir.Const(None))
                       for v in self.values])

    def _read_tangents(self, lo: Lowering, args: list[Value], node: Any) -> Value:
        """The result and its tangent, from the arguments and their tangents."""
        primals, tangents = args
        assert isinstance(primals, TupleV) and isinstance(tangents, TupleV)
        pair = self._read_forward(lo, primals.items, node)
        assert isinstance(pair, TupleV)
        out, residuals = pair.items
        dots = [dot for v, d in zip(primals.items, tangents.items, strict=True)
                for leaf, dot in zip(leaves(v), leaves(d), strict=True) if _carries(leaf)]
        return TupleV([out, self._read_tangent(lo, [residuals, TupleV(dots)], node)])

    def _read_tangent(self, lo: Lowering, args: list[Value], node: Any) -> Value:
        residuals, dots = args
        record = residuals.items[0] if isinstance(residuals, TupleV) else residuals
        found = self._emit(lo, self.tangent, [record, dots], self.like(lo), node)
        return mapped(lo, found, lambda leaf: leaf if _carries(leaf) else ir.Const(0.0))

def lower_on_tape(lo: Lowering, callee: Any, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None,
                  refusal: CompileError) -> Value:
    """The value of a call that runs on the tape. Raises CompileError where that cannot be done."""
    values = [opened(lo, v) for v in (*args, *kwargs.values())]
    if lo.tries or any(not _passes(leaf) for v in values for leaf in leaves(v)):
        lo.fail("AD160", node, "this call cannot run on the tape alone")
    call = TapeCall(callee, len(args), tuple(kwargs), values, refusal)
    try:
        try_out(call, values, _places(values))
    except Exception as error:
        lo.fail("AD160", node, f"`{call.name}` cannot run on the tape alone: {error}")
    return lower_ruled(lo, call.rule(), values, {}, node, hint)


def _passes(leaf: Value) -> bool:
    """Whether a part of an argument can be handed to a function on the tape as it is."""
    if isinstance(leaf, ir.Var):
        return isinstance(leaf.type, (Num, Array))
    return isinstance(leaf, ir.Const) and not isinstance(leaf.value, np.ndarray)


def _carries(leaf: Value) -> bool:
    return isinstance(leaf, ir.Var) and is_float_like(leaf.type)


def _plain(t: Any) -> Any:
    return Num(t.dtype, t.weak) if isinstance(t, Num) else t


def _places(values: list[Value]) -> Iterator[tuple[tuple[Any, ...], Value]]:
    """The leaves of arguments, with their paths in the tuple of them."""
    def visit(value: Value, path: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], Value]]:
        match value:
            case TupleV(items):
                for i, item in enumerate(items):
                    yield from visit(item, (*path, i))
            case HeapV():
                for key, item in value.slots.items():
                    yield from visit(item, (*path, key))
            case _:
                yield path, value

    for i, value in enumerate(values):
        yield from visit(value, (i,))


__all__ = ["TapeCall", "lower_on_tape"]
