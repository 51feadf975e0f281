"""What a loop records, put together: values that are pushed side by side and popped side by side share one list.

    for i in range(n):                    # three lists of numbers, of which each iteration pushes one item
        push a, x                         ==> one list, three numbers per iteration: one length to keep, one check
        push b, y                             of the room, and the numbers of an iteration next to each other
        push c, z

The room for all iterations of a counted loop is made before the loop.
"""
from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, ListOf, Num


@dataclass(eq=False, slots=True)
class Group:
    """Lists that are one list: `columns` are their variables in the order they are pushed."""

    columns: list[ir.Var] = field(default_factory=list)
    pushes: list[ir.Push] = field(default_factory=list)
    pops: list[ir.Pop] = field(default_factory=list)
    push_block: ir.Block | None = None
    pop_block: ir.Block | None = None
    items: object = None  # where the numbers are, once the kernel has it
    push_checked: bool = False  # the room was made before the loop
    pop_checked: bool = False


def groups_of(fn: ir.Function) -> dict[ir.Var, Group]:
    """The group of each list that is pushed at one place, and popped at one place and used nowhere else; a list that
    is not popped at all is a group of its own."""
    reads = Counter(v for s in visit.walk(fn.body) for v in visit.reads(s))
    pushes: dict[ir.Var, list[tuple[ir.Push, ir.Block]]] = defaultdict(list)
    pops: dict[ir.Var, list[tuple[ir.Pop, ir.Block]]] = defaultdict(list)
    made: dict[ir.Var, ir.Block] = {}
    for block in _blocks(fn.body):
        for stmt in block:
            if isinstance(stmt, ir.Push):
                pushes[stmt.stack].append((stmt, block))
            elif isinstance(stmt, ir.Pop):
                pops[stmt.stack].append((stmt, block))
            elif isinstance(stmt, ir.Assign) and _empty_list(stmt):
                made[stmt.target] = block
    together: dict[object, Group] = {}
    found: dict[ir.Var, Group] = {}
    for var, places in pushes.items():
        t = var.type
        if len(places) != 1 or made.get(var) is not fn.body or not isinstance(t, ListOf) or not isinstance(t.item, Num):
            continue
        push, push_block = places[0]
        if not pops[var]:  # read by the number of the iteration
            found[var] = Group([var], [push], push_block=push_block)
            continue
        if len(pops[var]) != 1 or reads[var] != 2:
            continue
        pop, pop_block = pops[var][0]
        key = (id(push_block), id(pop_block), t.item.dtype)
        if _left_between(push_block) or _left_between(pop_block):
            key = (*key, var)
        group = found[var] = together.setdefault(key, Group(push_block=push_block, pop_block=pop_block))
        group.columns.append(var)
        group.pushes.append(push)
        group.pops.append(pop)
    for group in together.values():
        order = {id(s): k for block in (group.push_block, group.pop_block) if block for k, s in enumerate(block)}
        group.pops.sort(key=lambda s, order=order: order[id(s)])
    return found


def arrays_recorded(fn: ir.Function) -> dict[ir.Var, ir.Block]:
    """The lists of arrays that are pushed at one place, in this block, and otherwise only popped or read by number."""
    pushes: dict[ir.Var, list[ir.Block]] = defaultdict(list)
    other: set[ir.Var] = set()
    for block in _blocks(fn.body):
        for s in block:
            if isinstance(s, ir.Push):
                pushes[s.stack].append(block)
                other.update(visit.variables(s.value))
            elif isinstance(s, ir.Assign) and isinstance(s.value, ir.Call) and s.value.function is prims.item:
                other.update(v for a in s.value.args[1:] for v in visit.variables(a))
            elif not isinstance(s, ir.Pop):
                other.update(visit.reads(s))
    return {v: blocks[0] for v, blocks in pushes.items() if len(blocks) == 1 and v not in other
            and isinstance(v.type, ListOf) and isinstance(v.type.item, Array)}


def _blocks(block: ir.Block) -> list[ir.Block]:
    return [block, *(inner for s in block for b in visit.blocks(s) for inner in _blocks(b))]


def _empty_list(stmt: ir.Assign) -> bool:
    call = stmt.value
    if not isinstance(call, ir.Call) or call.function is not list or not call.args:
        return False
    given = call.args[0]
    return (isinstance(given, ir.Const) and given.value == []) or (isinstance(given, ir.Pack) and not given.items)


def _left_between(block: ir.Block) -> bool:
    """Whether a block may be left between two of its statements."""
    return any(isinstance(s, ir.Break) for s in block) or any(breaks(b) for s in block if isinstance(s, ir.If)
                                                               for b in visit.blocks(s))


def breaks(block: ir.Block) -> bool:
    """Whether a block may leave the loop around it."""
    return any(isinstance(s, ir.Break) or (isinstance(s, ir.If) and any(map(breaks, visit.blocks(s)))) for s in block)
