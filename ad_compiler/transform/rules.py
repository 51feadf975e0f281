"""Which calls of functions with a rule of the user's keep their rule.

    y by the rule of f:       active:    forward of the rule; y := sources  (rule of f, by x)
        y := f(x)      ==>    else:      y := f(x)

Where no derivative passes, the call stays a call of the function itself: the emitted text can be differentiated again,
by other variables, and then the rule applies. Where one passes, the text holds the rule's own statements, and these
are what a second derivative differentiates.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..analysis.activity import active_variables
from ..analysis.alias import Aliases
from ..analysis.refusing import refuse
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array


def choose_rules(fn: ir.Function, inputs: Iterable[ir.Var] = (), outputs: Iterable[ir.Var] = (),
                 contiguous: frozenset[ir.Var] = frozenset(), *, transposed: bool = True) -> ir.Function:
    """The function with every `Ruled` call decided, for derivatives from `inputs` to `outputs`, in reverse mode if
    `transposed`. Raises CompileError where a rule is needed and cannot be applied."""
    if not any(isinstance(s, ir.Ruled) for s in visit.walk(fn.body)):
        return fn
    inputs = tuple(inputs)
    active = active_variables(fn, inputs, outputs, Aliases(fn, contiguous)) if inputs else set()
    chosen = fn.with_body(_decided(fn.body, active, transposed))
    return _with_own_memory(chosen, contiguous)


def _with_own_memory(fn: ir.Function, contiguous: frozenset[ir.Var]) -> ir.Function:
    """The function with copies where the result of a rule may be memory that has another name and is written: the rule
    stands between their cotangents."""
    if not any(isinstance(s, ir.Given) for s in visit.walk(fn.body)):
        return fn
    aliases = Aliases(fn, contiguous)
    without = visit.replaced(fn.body, lambda s: () if isinstance(s, ir.Given) else None)
    apart = Aliases(fn.with_body(without), contiguous)
    known = _names(fn, apart)

    def copied(given: ir.Stmt) -> list[ir.Stmt] | None:
        if not isinstance(given, ir.Given):
            return None
        linear = given.rule.linear
        own = {v for b in (given.rule.forward, *([] if linear is None else [linear.body])) for s in visit.walk(b)
               for v in visit.defines(s)}
        copies: list[ir.Stmt] = []
        sources: list[ir.Operand] = []
        for source in given.rule.sources:
            if isinstance(source, ir.Var) and isinstance(source.type, Array) and aliases.written(source) and not (
                    known[apart.find(source)] <= own):
                new = ir.Var(source.hint, source.type)
                copies.append(ir.Assign(new, ir.Call(np.copy, (source,), (), "method", "copy"), given.origin))
                source = new
            sources.append(source)
        return [*copies, replace(given, rule=replace(given.rule, sources=tuple(sources)))]

    return fn.with_body(visit.replaced(fn.body, copied))


def _names(fn: ir.Function, aliases: Aliases) -> defaultdict[ir.Var, set[ir.Var]]:
    """The variables of each alias class."""
    found: defaultdict[ir.Var, set[ir.Var]] = defaultdict(set)
    inputs = (*fn.params, *fn.keywords)
    for var in (*inputs, *(v for s in visit.walk(fn.body) for v in (*visit.defines(s), *visit.reads(s)))):
        found[aliases.find(var)].add(var)
    return found


def _decided(block: ir.Block, active: set[ir.Var], transposed: bool) -> ir.Block:
    def decided(stmt: ir.Stmt) -> list[ir.Stmt] | None:
        if not isinstance(stmt, ir.Ruled):
            return None
        if active.isdisjoint(stmt.results):
            return _decided(stmt.primal, active, transposed).stmts
        rule = next((r for r in stmt.rules if r.linear and r.linear.transposed is transposed), stmt.rules[0])
        check_applicable(stmt, rule, active)
        # the derivative of its statements is the rule's, not their own
        return [*_decided(rule.forward, set(), transposed).stmts, ir.Given(stmt.results, rule, stmt.origin)]

    return visit.replaced(block, decided)


def plain_calls(block: ir.Block) -> ir.Block:
    """The block with calls of functions with rules as calls: no derivative passes through it."""
    return _decided(block, set(), True) if any(isinstance(s, ir.Ruled) for s in visit.walk(block)) else block


def check_applicable(stmt: ir.Ruled, rule: ir.Rule, active: set[ir.Var]) -> None:
    """Raise CompileError if the rule could not be read, or leaves out something that the result depends on."""
    if rule.refusal is not None:
        raise rule.refusal
    for var in rule.captured:
        if var in active:
            refuse(stmt, "AD172", f"`{rule.name}` has a derivative rule by its arguments, and uses `{var.hint}`, which "
                   "is differentiated too, without taking it as an argument",
                   f"make `{var.hint}` an argument of `{rule.name}` and of its rule")


def without_rules(block: ir.Block) -> ir.Block:
    """The block with plain copies where derivatives were given by a rule; they have been taken by now."""
    return visit.replaced(block, lambda s: [
        ir.Copy(s.results, s.rule.sources, s.origin)] if isinstance(s, ir.Given) else None)
