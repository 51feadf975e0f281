"""Which calls of functions with a rule of the user's keep their rule.

    y by the rule of f:       active:    forward of the rule; y := sources  (rule of f, by x)
        y := f(x)      ==>    else:      y := f(x)

Where no derivative passes, the call stays a call of the function itself: the emitted text can be differentiated again,
by other variables, and then the rule applies. Where one passes, the text holds the rule's own statements, and these
are what a second derivative differentiates.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
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
    chosen = ir.Function(fn.name, fn.params, fn.keywords, _decided(fn.body, active, transposed), fn.doc, fn.origin)
    return _with_own_memory(chosen, contiguous)


def _with_own_memory(fn: ir.Function, contiguous: frozenset[ir.Var]) -> ir.Function:
    """The function with copies where the result of a rule may be memory that has another name and is written: the rule
    stands between their cotangents."""
    if not any(isinstance(s, ir.Given) for s in visit.walk(fn.body)):
        return fn
    aliases = Aliases(fn, contiguous)
    apart = Aliases(replace(fn, body=_mapped(fn.body, lambda given: [])), contiguous)
    known = _names(fn, apart)

    def copied(given: ir.Given) -> list[ir.Stmt]:
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

    return replace(fn, body=_mapped(fn.body, copied))


def _names(fn: ir.Function, aliases: Aliases) -> defaultdict[ir.Var, set[ir.Var]]:
    """The variables of each alias class."""
    found: defaultdict[ir.Var, set[ir.Var]] = defaultdict(set)
    inputs = (*fn.params, *fn.keywords)
    for var in (*inputs, *(v for s in visit.walk(fn.body) for v in (*visit.defines(s), *visit.reads(s)))):
        found[aliases.find(var)].add(var)
    return found


def _mapped(block: ir.Block, change: Callable[[ir.Given], list[ir.Stmt]]) -> ir.Block:
    """The block with other statements for every `Given`."""
    new = ir.Block()
    for stmt in block:
        if isinstance(stmt, ir.Given):
            new.stmts += change(stmt)
            continue
        if visit.blocks(stmt):
            stmt = visit.map_stmt(stmt, lambda v: v, lambda b: _mapped(b, change))
        new.stmts.append(stmt)
    return new


def _decided(block: ir.Block, active: set[ir.Var], transposed: bool) -> ir.Block:
    new = ir.Block()
    for stmt in block:
        if not isinstance(stmt, ir.Ruled):
            if visit.blocks(stmt):
                stmt = visit.map_stmt(stmt, lambda v: v, lambda b: _decided(b, active, transposed))
            new.stmts.append(stmt)
        elif active.isdisjoint(stmt.results):
            new.stmts += _decided(stmt.primal, active, transposed).stmts
        else:
            rule = next((r for r in stmt.rules if r.linear and r.linear.transposed is transposed), stmt.rules[0])
            check_applicable(stmt, rule, active)
            # the derivative of its statements is the rule's, not their own
            new.stmts += _decided(rule.forward, set(), transposed).stmts
            new.stmts.append(ir.Given(stmt.results, rule, stmt.origin))
    return new


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
    return _mapped(block, lambda given: [ir.Copy(given.results, given.rule.sources, given.origin)])
