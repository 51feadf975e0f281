"""What reading a call by a user's rule is made of: arguments, trying to read, calls that stay calls, checks."""
from __future__ import annotations

import types
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np

from ... import support
from ...analysis.alias import Aliases
from ...analysis.infer import Untypable, type_of
from ...analysis.stand_ins import stand_in_type
from ...errors import UnsupportedError
from ...ir import nodes as ir
from ...ir import visit
from ...ir.types import Array, Num, Seq
from ..frames import next_serial
from ..lowering import Lowering
from ..values import ShapeV, TupleV, Value
from .calls import call_value
from .names import external, function_path
from .trees import described, mapped, opened, taken_apart, type_like

if TYPE_CHECKING:
    from .custom import UserRule


def bound_arguments(lo: Lowering, rule: UserRule, args: list[Value], kwargs: dict[str, Value], node: Any
                    ) -> tuple[list[str], list[Value]]:
    """Names and values of all parameters, in order, as positional arguments."""
    signature, name = rule.signature, rule.name
    try:
        bound = signature.bind(*args, **kwargs)
    except TypeError as error:
        lo.fail("AD109", node, f"{name}(): {error}")
    names: list[str] = []
    values: list[Value] = []
    for p in signature.parameters.values():
        if p.kind is p.VAR_POSITIONAL:
            rest = bound.arguments.get(p.name, ())
            names += [f"{p.name}[{i}]" for i in range(len(rest))]
            values += rest
        elif p.kind in (p.KEYWORD_ONLY, p.VAR_KEYWORD):
            if p.name in bound.arguments:
                lo.fail("AD109", node, f"`{name}` has a derivative rule, which is about positional arguments only; "
                        f"`{p.name}` is a keyword argument", "make it a positional parameter")
        else:
            names.append(p.name)
            values.append(bound.arguments[p.name] if p.name in bound.arguments
                          else _default(lo, rule, p.name, p.default))
    return names, values


def _default(lo: Lowering, rule: UserRule, name: str, value: Any) -> Value:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return ir.Const(value)
    if not isinstance(rule.plain, types.FunctionType):
        return ir.Const(value)
    path = function_path(rule.plain)
    lo.guards.setdefault(path, rule.plain)
    return external(lo, value, f"{path}.{name}=", name)


def attempt(lo: Lowering, read: Callable[[], Any], into: ir.Block | None = None) -> tuple[Any, UnsupportedError | None]:
    """What `read` returns, or the diagnostic it raises; then what it emitted and wrote is taken back."""
    block = ir.Block()
    hidden, origin = set(lo.hidden), lo.origin
    region = lo.journal.open()
    try:
        with lo.into(block):
            found = read()
    except UnsupportedError as error:
        lo.journal.restore(region)
        for path in set(lo.hidden) - hidden:
            del lo.hidden[path]
        return None, error
    finally:
        lo.journal.close(region)
        lo.origin = origin
    (into if into is not None else lo.block).stmts.extend(block.stmts)
    return found, None


@dataclass(frozen=True, slots=True)
class Peek:
    """What reading something gives that is not to be part of the program. `writes`: it writes names from before."""

    value: Any
    block: ir.Block
    refusal: UnsupportedError | None
    writes: bool


def peek(lo: Lowering, read: Callable[[], Any]) -> Peek:
    """Read something and take everything back."""
    first, block = next_serial(), ir.Block()
    region = lo.journal.open()
    try:
        value, refusal = attempt(lo, read, into=block)
        writes = any(frame.serial < first for frame, _ in region)
        lo.journal.restore(region)
    finally:
        lo.journal.close(region)
        lo.journal.forget(first)
    return Peek(value, block, refusal, writes)


def opaque_call(lo: Lowering, rule: UserRule, values: list[Value], like: Value, node: Any, hint: str | None) -> Value:
    """A call of the function itself when the emitted code runs; its result has the structure and types of `like`."""
    operands = [lo.operand(v, node) for v in values]
    whole = lo.call(rule.function, operands, type_=type_like(like), hint=hint, text=rule.name)
    return taken_apart(lo, whole, like, hint)


def result_like(lo: Lowering, rule: UserRule, values: list[Value], node: Any) -> Value:
    """Something of the structure and types of a call's result: by `like`, by reading the function, or by running it
    on stand-ins."""
    for function in (rule.like, rule.plain):
        if function is not None:
            found = peek(lo, lambda f=function: opened(lo, call_value(lo, ir.Const(f), values, {}, node, None)))
            if found.refusal is None:
                return _unknown(lo, found.value) if rule.pattern else found.value
            if function is rule.like:
                raise found.refusal
    try:
        return _valued(stand_in_type(rule.function, [lo.operand(v, node) for v in values], {}))
    except Untypable as error:
        lo.fail("AD110", node, f"the type of the result of `{rule.name}` cannot be known when compiling: {error}",
                f"say it by a function of the same arguments: `primitive({rule.name}, like=lambda x: x)`")


def _unknown(lo: Lowering, like: Value) -> Value:
    """A structure with variables for its constant numbers: of these only the type is said."""
    return mapped(lo, like, lambda leaf: ir.Var("t", type_of(leaf)) if isinstance(leaf, ir.Const) and isinstance(
        leaf.value, (int, float, complex, np.generic)) and not isinstance(leaf.value, bool) else leaf)


def _valued(t: Any) -> Value:
    if isinstance(t, Seq):
        return TupleV([_valued(i) for i in t.items], t.cls)
    return ir.Var("t", t)


def fitted(lo: Lowering, part: Value, leaf: ir.Var, function: Any, where: str,
           wrong: Callable[[Any, str], NoReturn]) -> ir.Operand | None:
    """A cotangent or tangent that a rule returned for `leaf`, held to its shape; None for a zero."""
    if isinstance(part, ir.Const) and isinstance(part.value, (int, float, complex)) and part.value == 0 and (
            not isinstance(leaf.type, Array)):
        return None
    if not isinstance(part, (ir.Var, ir.Const)) or not isinstance(t := type_of(part), (Num, Array)):
        wrong(function, f"must return a number or an array as {where}, not {described(part)}")
    dims = t.dims if isinstance(t, Array) else ()
    wanted = leaf.type.dims if isinstance(leaf.type, Array) else ()
    apart = [a - b for a, b in zip(dims, wanted, strict=False)]
    if len(dims) != len(wanted) or any(d.known and d.const for d in apart):
        wrong(function, f"must return {described(ir.Var('', leaf.type))} as {where}, not {described(part)}")
    if dims == wanted:
        return part
    name = getattr(function, "__name__", "the rule")
    shape = lo.operand(ShapeV(leaf))
    return lo.call(support.shaped, (part, shape, ir.Const(f"{name}: {where}")), text="support.shaped",
                   type_=Array(t.dtype, wanted))


def check_writes(lo: Lowering, name: str, block: ir.Block, allowed: Iterable[ir.Var], node: Any) -> None:
    """Refuse a rule that writes into arrays which it was given."""
    given = [v for v in visit.free_variables([block]) if isinstance(v.type, Array)]
    aliases = Aliases(ir.Function("", tuple(given), (), block))
    for var in given:
        if aliases.written(var) and var not in allowed:
            lo.fail("AD173", node, f"the derivative rule of `{name}` writes into `{var.hint}`, which it was given",
                    "let it write into a copy")


__all__ = ["attempt", "bound_arguments", "check_writes", "fitted", "opaque_call", "peek", "result_like"]
