"""`stop_gradient` and `probe`: what a program says about the flow of its derivatives."""
from __future__ import annotations

from typing import Any

import numpy as np

from ... import support
from ...ir import nodes as ir
from ...ir.types import Array, ListOf, Passive, can_carry
from ..frames import next_serial
from ..lowering import Lowering
from ..values import ExternalV, Value
from .calls import call_value
from .custom_parts import attempt, check_writes, fitted
from .trees import Mismatch, floating, held_to, mapped, opened


def lower_stop(lo: Lowering, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None) -> Value:
    """`stop_gradient(x)`: the same numbers, on which nothing depends any more."""
    (value,) = _given(lo, "stop_gradient", ("x",), args, kwargs, node)

    def stopped(leaf: Value) -> Value:
        if isinstance(leaf, ir.Var) and can_carry(leaf.type):
            return lo.call(support.stop_gradient, (leaf,), type_=leaf.type, text="support.stop_gradient",
                           hint=hint or leaf.hint)
        return leaf

    return mapped(lo, opened(lo, value), stopped)


def lower_probe(lo: Lowering, args: list[Value], kwargs: dict[str, Value], node: Any, hint: str | None) -> Value:
    """`probe(x, fn)`: x itself, with `fn` applied to its cotangent on the way back."""
    value, function = _given(lo, "probe", ("x", "fn"), args, kwargs, node)
    value = opened(lo, value)
    inputs = floating(value)
    if any(isinstance(v, ir.Var) and isinstance(v.type, ListOf) and can_carry(v.type) for v in _all(value)):
        lo.fail("AD174", node, "`probe` cannot look at a list whose length is not known when compiling",
                "probe its items, or an array of them")
    if not inputs:
        return value
    results = {v: ir.Var(v.hint, v.type) for v in inputs}
    rules = (_backward(lo, value, inputs, function, node), _forward(inputs))
    primal = ir.Block([ir.Copy(tuple(results.values()), tuple(results), lo.origin)])
    lo.emit(ir.Ruled(tuple(results.values()), primal, rules, lo.origin))
    return mapped(lo, value, lambda leaf: results.get(leaf, leaf) if isinstance(leaf, ir.Var) else leaf)


def _all(value: Value) -> list[Value]:
    from .trees import leaves

    return list(leaves(value))


def _given(lo: Lowering, name: str, wanted: tuple[str, ...], args: list[Value], kwargs: dict[str, Value], node: Any
           ) -> list[Value]:
    named = dict(zip(wanted, args, strict=False)) | kwargs
    if len(args) > len(wanted) or set(named) != set(wanted):
        lo.fail("AD109", node, f"`{name}` takes {' and '.join(wanted)}")
    return [named[w] for w in wanted]


def _backward(lo: Lowering, value: Value, inputs: list[ir.Var], function: Value, node: Any) -> ir.Rule:
    bars = {v: ir.Var(f"{v.hint}_bar", v.type) for v in dict.fromkeys(inputs)}
    body = ir.Block()
    first = next_serial()
    with lo.into(body):
        seen = mapped(lo, value, lambda leaf: bars.get(leaf, leaf) if isinstance(leaf, ir.Var) else leaf)
        lo.observing += 1
        try:
            found, refusal = attempt(lo, lambda: _replaced(lo, function, seen, node), into=body)
        finally:
            lo.observing -= 1
            lo.journal.forget(first)
    if refusal is not None:
        return ir.Rule("probe", tuple(bars), ir.Block(), tuple(bars), None, (), refusal)
    check_writes(lo, "probe", body, bars.values(), node)
    linear = ir.Linear(tuple(bars.values()), body, tuple(found[bars[v]] for v in bars), True)
    return ir.Rule("probe", tuple(bars), ir.Block(), tuple(bars), linear)


def _replaced(lo: Lowering, function: Value, seen: Value, node: Any) -> dict[ir.Var, ir.Operand | None]:
    """What `fn` puts in the place of each cotangent; it returns None to leave them."""
    out = opened(lo, call_value(lo, function, [seen], {}, node, None))
    own: dict[ir.Var, ir.Operand | None] = {v: v for v in floating(seen)}
    if isinstance(out, ir.Const) and out.value is None:
        return own

    def wrong(_: Any, message: str) -> None:
        lo.fail("AD170", node, f"the function given to `probe` {message}",
                "return None, or a cotangent of the structure and shapes of the one it gets")

    try:
        for leaf, part, where in held_to(out, seen, "the cotangent"):
            own[leaf] = None if part is None else fitted(lo, part, leaf, None, where, wrong)
    except Mismatch as error:
        wrong(None, f"returns a wrong structure: {error}")
    return own


def _forward(inputs: list[ir.Var]) -> ir.Rule:
    """Forward mode has no cotangents: tangents pass unseen."""
    dots = tuple(ir.Var(f"{v.hint}_dot", v.type) for v in dict.fromkeys(inputs))
    args = tuple(dict.fromkeys(inputs))
    return ir.Rule("probe", args, ir.Block(), args, ir.Linear(dots, ir.Block(), dots, False))


def observe(lo: Lowering, receiver: ExternalV, args: list[Value], node: Any) -> Value:
    """`seen.append(g)`, where `seen` is a list from outside: it gets a copy when the emitted code runs."""
    path = receiver.path
    known = lo.hidden.get(path)
    if known is None:
        name = path.rsplit(".", 1)[-1].strip("<>")
        known = lo.hidden[path] = (ir.Var(name if name.isidentifier() else "seen", Passive(list)), receiver.value)
    operands = [_copied(lo, lo.operand(a, node)) for a in args]
    lo.emit(ir.Effect(ir.Call(getattr, (known[0], *operands), (), "passive", "append"), lo.origin))
    return ir.Const(None)


def _copied(lo: Lowering, operand: ir.Arg) -> ir.Arg:
    if isinstance(operand, ir.Pack):
        return operand.of(tuple(_copied(lo, i) for i in operand.items))
    if isinstance(operand, ir.Var) and isinstance(operand.type, Array):
        return lo.call(np.copy, (operand,), style="method", text="copy", type_=operand.type)
    return operand


__all__ = ["lower_probe", "lower_stop", "observe"]
