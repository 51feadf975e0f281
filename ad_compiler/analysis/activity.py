"""Activity: variables that depend on the differentiated inputs and that the result depends on.

Variables are assigned once (or are joins of such), so flow need not be followed: reachability in the graph of
dependences is the answer. Arrays that may share memory are one node where that memory is written.
"""
from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import ListOf, can_carry
from ..rules import find
from .alias import Aliases


def active_variables(fn: ir.Function, inputs: Iterable[ir.Var], outputs: Iterable[ir.Var], aliases: Aliases,
                     constant: Iterable[ir.Var] = ()) -> set[ir.Var]:
    """The variables that carry a derivative from `inputs` to `outputs`; none of those that are held `constant`."""
    constant = set(constant)
    forward: dict[ir.Var, list[ir.Var]] = defaultdict(list)
    backward: dict[ir.Var, list[ir.Var]] = defaultdict(list)
    members: set[ir.Var] = set(inputs)

    def node(v: ir.Var) -> ir.Var:
        return aliases.find(v) if aliases.written(v) else v

    def edge(source: ir.Var, target: ir.Var) -> None:
        lists = isinstance(source.type, ListOf) and isinstance(target.type, ListOf)
        if (lists or (can_carry(source.type) and can_carry(target.type))) and target not in constant:
            members.update((source, target))
            pairs = [(source, target)]
            if lists:  # one of whole numbers may be joined with one that is active: it has a shadow too
                pairs.append((target, source))  # one list under two names: what is written to one is in the other
            for a, b in pairs:
                forward[node(a)].append(node(b))
                backward[node(b)].append(node(a))

    for stmt in visit.walk(fn.body):
        for source, target in dependences(stmt):
            edge(source, target)
    varied = _reach(map(node, inputs), forward)
    useful = _reach(map(node, outputs), backward)
    both = varied & useful
    return {v for v in members if node(v) in both}


def _reach(start: Iterable[ir.Var], edges: dict[ir.Var, list[ir.Var]]) -> set[ir.Var]:
    seen: set[ir.Var] = set()
    work = list(start)
    while work:
        v = work.pop()
        if v not in seen:
            seen.add(v)
            work += edges.get(v, ())
    return seen


def dependences(stmt: ir.Stmt) -> Iterable[tuple[ir.Var, ir.Var]]:
    """Pairs (source, target): the target's value may change smoothly with the source's."""
    match stmt:
        case ir.Assign(target, value):
            if isinstance(value, ir.Call) and is_constant(value):
                return
            for v in differentiable_operands(value):
                yield v, target
        case ir.Copy(targets, sources):
            for t, s in zip(targets, sources, strict=True):
                if isinstance(s, ir.Var):
                    yield s, t
        case ir.Store(base, _, _, value) if isinstance(value, ir.Var):
            yield value, base
        case ir.SetSlot(base, _, value) if isinstance(value, ir.Var):
            yield value, base
        case ir.Push(stack, value):
            for v in visit.variables(value):
                yield v, stack
        case ir.Pop(target, stack):
            yield stack, target
        case ir.Ruled(results) | ir.Given(results):
            for v in visit.reads(stmt) if isinstance(stmt, ir.Ruled) else (*stmt.rule.args, *stmt.rule.captured):
                for r in results:
                    yield v, r


def is_constant(call: ir.Call) -> bool:
    """Whether a call's result has no derivative, whatever its arguments."""
    if call.function in (prims.dim, prims.shape, len, bool, int) or hasattr(call.function, "__ad_transform__"):
        return True  # a function with a rule of the user's: where a derivative passes, it is an `ir.Given`
    row = find(call.function)
    return row is not None and row.kind == "zero"


def differentiable_operands(value: ir.Expr) -> Iterable[ir.Var]:
    """The operands through which a derivative can pass: not the index of an item, not the condition of `where`."""
    if not isinstance(value, ir.Call):
        yield from visit.variables(value)
    elif value.function is prims.item:
        yield from visit.variables(value.args[0])
    else:
        yield from visit.variables(value)


__all__ = ["active_variables", "dependences", "differentiable_operands"]
