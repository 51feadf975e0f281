"""Calls of functions with a derivative rule of the user's own.

The rule is read in place like any helper: what it computes before derivatives come in belongs to the program, what it
computes from cotangents (or tangents) is the linear map of an `ir.Rule`. Where the call carries no derivative it stays
a call of the function itself (`transform/rules.py` decides), so that differentiating the emitted text once more finds
the rule again.
"""
from __future__ import annotations

import inspect
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ...analysis.dependence import depending
from ...errors import Diagnostic, UnsupportedError
from ...ir import nodes as ir
from ...ir import visit
from ...ir.types import Array, Num, can_carry, is_float_like
from ..frames import next_serial
from ..lowering import Lowering
from ..values import TupleV, Value
from .calls import call_value
from .custom_parts import attempt, bound_arguments, check_writes, fitted, opaque_call, peek, result_like
from .parting import parted
from .trees import Mismatch, described, floating, form, held_to, leaves, mapped, opened


@dataclass(frozen=True, slots=True, eq=False)
class UserRule:
    """What the front end is told of a function with a rule.

    `function` is the object that a program calls; `plain` the Python function behind it, None where that is not to be
    read. Either `forward(*args) -> (out, residuals)` and `backward(*fixed, residuals, out_bar) -> cotangents`, or
    `tangent(*fixed, primals, tangents) -> (out, out_dot)`; `fixed` are the arguments in the places `nondiff`. `like`
    returns something of the type of the result; if `pattern`, its numbers are not those of the result."""

    function: Any
    name: str
    signature: inspect.Signature
    plain: Any = None
    forward: Any = None
    backward: Any = None
    tangent: Any = None
    nondiff: tuple[int, ...] = ()
    like: Any = None
    pattern: bool = False
    forms: dict[Any, Any] = field(default_factory=dict)  # of the function for many examples, by the axes of these


@dataclass(eq=False, slots=True)
class _Call:
    """One call being read: the values of the parameters, in order, and how to name and report things."""

    lo: Lowering
    rule: UserRule
    values: list[Value]
    names: list[str]
    node: Any
    hint: str | None

    @property
    def fixed(self) -> list[Value]:
        return [v for i, v in enumerate(self.values) if i in self.rule.nondiff]

    @property
    def free(self) -> list[tuple[str, Value]]:
        """Names and values of the arguments that the rule is about."""
        return [(n, v) for i, (n, v) in enumerate(zip(self.names, self.values, strict=True))
                if i not in self.rule.nondiff]

    def read(self, function: Any, args: list[Value]) -> Value:
        """The value of a function of the rule, read in place."""
        return opened(self.lo, call_value(self.lo, ir.Const(function), args, {}, self.node, None))

    def wrong(self, function: Any, message: str, help_: str = "") -> NoReturn:
        name = getattr(function, "__qualname__", None) or getattr(function, "__name__", repr(function))
        self.lo.fail("AD170", self.node, f"`{name}`, the derivative rule of `{self.rule.name}`, {message}", help_)


def lower_ruled(lo: Lowering, rule: UserRule, args: list[Value], kwargs: dict[str, Value], node: Any,
                hint: str | None) -> Value:
    """The value of a call of a function with a rule."""
    names, values = bound_arguments(lo, rule, args, kwargs, node)
    call = _Call(lo, rule, [opened(lo, v) for v in values], names, node, hint)
    if rule.function in lo.open_rules:  # the rule calls the function itself, for its value
        return _own_call(call)
    inputs = [v for _, value in call.free for v in floating(value)]
    if not inputs:
        if rule.plain is not None:
            return call_value(lo, ir.Const(rule.plain), call.values, {}, node, hint)
        return opaque_call(lo, rule, call.values, result_like(lo, rule, call.values, node), node, hint)
    lo.open_rules.append(rule.function)
    lo.own_calls.append(OwnCalls())
    first = next_serial()
    try:
        return _ruled(call, inputs)
    finally:
        lo.open_rules.pop()
        lo.own_calls.pop()
        lo.journal.forget(first)


@dataclass(eq=False, slots=True)
class OwnCalls:
    """The calls that a rule makes of its function, while it is read: `places` are those of the calls in the order of
    reading, by their IR; those in `written` are read in place."""

    count: int = 0
    places: dict[int, int] = field(default_factory=dict)
    written: frozenset[int] = frozenset()

    def again(self, written: frozenset[int]) -> None:
        self.count, self.places, self.written = 0, {}, written


class _CallsItself(UnsupportedError):
    """A rule applies its function to tangents or cotangents: there the function's statements are a part of the linear
    map, whose transpose may be wanted."""

    places: frozenset[int] = frozenset()


def _own_call(call: _Call) -> Value:
    lo, rule = call.lo, call.rule
    own = lo.own_calls[lo.open_rules.index(rule.function)]
    place, own.count = own.count, own.count + 1
    if place in own.written:
        return call_value(lo, ir.Const(rule.plain), call.values, {}, call.node, call.hint)
    like = result_like(lo, rule, call.values, call.node)
    before = len(lo.block.stmts)
    out, refusal = attempt(lo, lambda: opaque_call(lo, rule, call.values, like, call.node, call.hint))
    if out is None or refusal is not None:  # (functions among the arguments cannot be passed when the code runs)
        if rule.plain is None:
            raise refusal or _CallsItself(Diagnostic("AD170", None, "unreachable"))
        return call_value(lo, ir.Const(rule.plain), call.values, {}, call.node, call.hint)
    calls = [s.value for s in lo.block.stmts[before:] if isinstance(s, ir.Assign) and isinstance(s.value, ir.Call)]
    own.places.update((id(c), place) for c in calls if c.function is rule.function)
    return out


def _read_itself(call: _Call, block: ir.Block, inputs: Iterable[ir.Var]) -> None:
    """Raise `_CallsItself` where the statements of a linear map call the function of the rule."""
    own = call.lo.own_calls[-1]
    if call.rule.plain is None or not own.places:
        return
    varied = depending(block, inputs, by_shape=False)
    places = frozenset(own.places[id(s.value)] for s in visit.walk(block)
                       if isinstance(s, ir.Assign) and id(s.value) in own.places and s.target in varied)
    if places:
        error = _CallsItself(Diagnostic("AD170", None, f"the rule of `{call.rule.name}` calls it"))
        error.places = places
        raise error


def _ruled(call: _Call, inputs: list[ir.Var]) -> Value:
    lo, rule = call.lo, call.rule
    found = _readings(call, inputs)
    readings = [reading for reading, _ in found if reading is not None]
    if readings:
        like = readings[0].out
    else:
        like, unknown = attempt(lo, lambda: result_like(lo, rule, call.values, call.node))
        if unknown is not None:
            raise (found[0][1] if found else None) or unknown
    results = {v: ir.Var(v.hint, _plain(v.type)) for v in leaves(like) if isinstance(v, ir.Var)}
    rules = [_as_rule(call, inputs, like, *pair) for pair in found]
    lo.emit(ir.Ruled(tuple(results.values()), _primal(call, like, results), tuple(rules), lo.origin))
    return mapped(lo, like, lambda leaf: results.get(leaf, leaf) if isinstance(leaf, ir.Var) else leaf)


def _readings(call: _Call, inputs: list[ir.Var]) -> list[tuple[_Read | None, Any]]:
    """The rule as it is read for the sweep that is wanted; the other one where there is none, or it is refused."""
    lo, rule = call.lo, call.rule
    given = {name: reader for name, reader, there in (
        ("reverse", _by_vjp, rule.backward), ("forward", _by_jvp, rule.tangent)) if there is not None}
    if lo.sweep == "none":
        return []
    first = sorted(given, key=lambda name: name != lo.sweep)
    found: list[tuple[_Read | None, Any]] = []
    for name in first:
        lo.own_calls[-1].again(frozenset())
        reading = attempt(lo, lambda r=given[name]: r(call, inputs))
        if isinstance(reading[1], _CallsItself):
            lo.own_calls[-1].again(reading[1].places)
            reading = attempt(lo, lambda r=given[name]: r(call, inputs))
        found.append(reading)
        if name == lo.sweep and found[-1][0] is not None:
            break
    return found


def _as_rule(call: _Call, inputs: list[ir.Var], like: Value, found: _Read | None, refusal: Exception | None
             ) -> ir.Rule:
    name, args = call.rule.name, tuple(inputs)
    if found is None:
        return ir.Rule(name, args, ir.Block(), (), None, (), refusal)
    pairs = list(zip(leaves(like), leaves(found.out), strict=False))
    if len(list(leaves(like))) != len(list(leaves(found.out))):
        call.wrong(call.rule.tangent, f"returns {described(found.out)}, the vjp rule {described(like)}")
    sources = {to: value for to, value in pairs if isinstance(to, ir.Var)}
    return ir.Rule(name, args, found.forward, tuple(sources.values()), found.linear,
                   _captured(call, inputs, found))


@dataclass(eq=False, slots=True)
class _Read:
    """A rule as it was read: the result (over variables of `forward`) and the linear map."""

    out: Value
    forward: ir.Block
    linear: ir.Linear | None


def _plain(t: Any) -> Any:
    return Num(t.dtype, t.weak) if isinstance(t, Num) else t


def _primal(call: _Call, like: Value, results: dict[ir.Var, ir.Var]) -> ir.Block:
    """The call itself, copied to the results; the function's own statements where it cannot stay a call."""
    lo, rule = call.lo, call.rule
    block = ir.Block()
    with lo.into(block):
        out, refusal = attempt(lo, lambda: opaque_call(lo, rule, call.values, like, call.node, call.hint),
                               into=block)
        if refusal is not None:
            if rule.plain is None:
                raise refusal
            out = call.read(rule.plain, call.values)
        elif rule.plain is not None:
            own = peek(lo, lambda: call.read(rule.plain, call.values))
            _check_form(call, like, like if own.refusal is not None else own.value)
        _check_form(call, like, out)
        pairs = zip(leaves(like), leaves(out), strict=True)
        sources = {results[to]: lo.number(value) for to, value in pairs if isinstance(to, ir.Var)}
        lo.emit(ir.Copy(tuple(sources), tuple(sources.values()), lo.origin))
    return block


def _check_form(call: _Call, like: Value, out: Value) -> None:
    """Refuse a rule whose result is of another form than the function's own."""
    if form(like) != form(out):
        call.wrong(call.rule.forward or call.rule.tangent, f"gives {described(like)} as the result, and "
                   f"`{call.rule.name}` returns {described(out)}", "the first item that the rule returns is the result")


# --- rules by cotangents ----------------------------------------------------------------------------------------------
def _by_vjp(call: _Call, inputs: list[ir.Var]) -> _Read:
    lo, rule = call.lo, call.rule
    forward = ir.Block()
    with lo.into(forward):
        pair = call.read(rule.forward, call.values)
        if not isinstance(pair, TupleV) or len(pair.items) != 2:
            call.wrong(rule.forward, f"must return a pair (result, residuals), not {described(pair)}")
        out, residuals = pair.items
        out = opened(lo, out)
    check_writes(lo, rule.name, forward, (), call.node)
    bars = {v: ir.Var(f"{v.hint}_bar", _plain(v.type)) for v in floating(out)}
    body = ir.Block()
    with lo.into(body):
        out_bar = mapped(lo, out, lambda leaf: bars.get(leaf, _no_bar(leaf)) if isinstance(leaf, ir.Var)
                         else _no_bar(leaf))
        found = call.read(rule.backward, [*call.fixed, residuals, out_bar])
        _read_itself(call, body, bars.values())
        outputs = _cotangents(call, found)
    linear = ir.Linear(tuple(bars.get(v) or ir.Var("unused_bar", v.type) for v in leaves(out)
                             if isinstance(v, ir.Var)), body, tuple(outputs), True)
    check_writes(lo, rule.name, body, bars.values(), call.node)
    return _Read(out, forward, linear)


def _no_bar(leaf: Value) -> Value:
    """The cotangent of a result that is no variable: zero for a number, None for what has no derivative."""
    return ir.Const(0.0) if isinstance(leaf, ir.Const) and isinstance(leaf.value, (float, complex)) else ir.Const(None)


def _cotangents(call: _Call, found: Value) -> list[ir.Operand | None]:
    """What a vjp rule returns, held to the arguments: an operand for each of their leaves."""
    free = call.free
    if not isinstance(found, TupleV):
        if len(free) > 1 or isinstance(free[0][1], TupleV):
            call.wrong(call.rule.backward, f"must return a tuple of {len(free)} cotangents, one for each argument, not "
                       f"{described(found)}", "return None for an argument without a derivative")
        found = TupleV([found])
    if len(found.items) != len(free):
        call.wrong(call.rule.backward, f"must return {len(free)} cotangents, one for each of "
                   f"{', '.join(f'`{n}`' for n, _ in free)}, not {len(found.items)}",
                   "return None for an argument without a derivative")
    outputs: list[ir.Operand | None] = []
    for (name, value), bar in zip(free, found.items, strict=True):
        outputs += _held(call, call.rule.backward, bar, value, f"the cotangent of `{name}`")
    return outputs


def _held(call: _Call, function: Any, value: Value, like: Value, where: str) -> list[ir.Operand | None]:
    outputs: list[ir.Operand | None] = []
    try:
        for leaf, part, place in held_to(opened(call.lo, value), like, where):
            outputs.append(None if part is None else fitted(call.lo, part, leaf, function, place, call.wrong))
    except Mismatch as error:
        call.wrong(function, f"returns a wrong structure: {error}")
    return outputs


# --- rules by tangents ------------------------------------------------------------------------------------------------
def _by_jvp(call: _Call, inputs: list[ir.Var]) -> _Read:
    lo, rule = call.lo, call.rule
    whole = ir.Block()
    dots: list[ir.Var] = []

    def dot(leaf: Value) -> Value:
        if isinstance(leaf, ir.Var) and is_float_like(leaf.type):
            dots.append(ir.Var(f"{leaf.hint}_dot", _plain(leaf.type)))
            return dots[-1]
        return ir.Const(0.0)

    with lo.into(whole):
        primals = TupleV([v for _, v in call.free])
        tangents = TupleV([mapped(lo, v, dot) for _, v in call.free])
        pair = call.read(rule.tangent, [*call.fixed, primals, tangents])
        _read_itself(call, whole, dots)
        if not isinstance(pair, TupleV) or len(pair.items) != 2:
            call.wrong(rule.tangent, f"must return a pair (result, tangent), not {described(pair)}")
        out, out_dot = (opened(lo, v) for v in pair.items)
        held = iter(_held(call, rule.tangent, out_dot, out, "the tangent of the result"))
    check_writes(lo, rule.name, whole, dots, call.node)
    outputs = tuple(next(held) if is_float_like(v.type) else None for v in leaves(out) if isinstance(v, ir.Var))
    forward, body = parted(whole, dots, lambda message, help_: call.wrong(rule.tangent, message, help_))
    late = {v for s in visit.walk(body) for v in visit.defines(s)}
    if any(v in late for v in leaves(out) if isinstance(v, ir.Var)):
        call.wrong(rule.tangent, "computes its result from tangents, or in a statement with them that cannot be taken "
                   "apart", "compute the result before the tangents")
    return _Read(out, forward, ir.Linear(tuple(dots), body, outputs, False))


# --- what is not an argument ------------------------------------------------------------------------------------------
def _captured(call: _Call, inputs: list[ir.Var], found: _Read) -> tuple[ir.Var, ...]:
    """Variables from around that the rule's statements read besides the arguments and what the rule computes."""
    blocks = [found.forward] if found.linear is None else [found.forward, found.linear.body]
    known = {*inputs, *(found.linear.inputs if found.linear else ())}
    for value in call.values:
        known.update(v for v in leaves(value) if isinstance(v, ir.Var))
    return tuple(v for v in visit.free_variables(blocks)
                 if v not in known and can_carry(v.type) and isinstance(v.type, (Array, Num)))


__all__ = ["UserRule", "lower_ruled"]
