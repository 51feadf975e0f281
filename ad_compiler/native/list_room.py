"""Room for what a loop records, made once before it."""
from __future__ import annotations

from ..ir import nodes as ir
from ..ir import visit
from . import views
from .list_memory import reserve
from .lower import Lowering
from .values import Items
from .writer import Int, text


def before_loop(lo: Lowering, s: ir.For, passes: Int) -> None:
    """Make the room for all that a counted loop pushes, and check once what it pops. A push on one of the paths of an
    iteration counts like one on all of them."""
    direct = set(map(id, blocks_of_iteration(s.body)))
    for group in dict.fromkeys(lo.groups.values()):
        items, width = group.items, len(group.columns)
        if not isinstance(items, Items):
            continue
        many = text(passes.scaled(width))
        if id(group.push_block) in direct:
            reserve(lo, items, many)
            group.push_checked = True
        if group.pop_block is s.body:
            lo.fail_if(f"{items.length} < {many}")
            group.pop_checked = True
    for var, items in lo.record_items.items():
        if id(lo.records[var]) in direct and items.alike is not None:
            reserve(lo, items, text(lo.w.times(passes, views.product(lo, items.alike))))
            lo.roomy.add(var)


def blocks_of_iteration(block: ir.Block) -> list[ir.Block]:
    """A loop's body and the paths in it, but for loops inside."""
    return [block, *(inner for s in block if isinstance(s, ir.If) for b in visit.blocks(s)
                     for inner in blocks_of_iteration(b))]
