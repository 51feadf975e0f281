"""The methods of lists and dicts, by name."""
from __future__ import annotations

import ast
from collections.abc import Callable

from ...ir import nodes as ir
from ...ir.types import ListOf
from ..lowering import Lowering
from ..values import ExternalV, HeapV, RowsV, TupleV, Value
from .dicts import get, items, keys, mapping_items, move_to_end, popitem, setdefault, update, values
from .lists import append, count, extend_method, insert, pop, position, reverse
from .reordering import clear, remove, sort
from .snippets import run_snippet


def _copy(lo: Lowering, receiver: Value, args: list[Value], kwargs: dict[str, Value], node: ast.AST,
          hint: str | None) -> Value:
    from .picked_items import opened
    from .runtime_lists import created_list
    from .sequences import items_of

    receiver = opened(lo, receiver)
    if (isinstance(receiver, HeapV) and receiver.cls is list) or isinstance(receiver, TupleV):
        return created_list(lo, items_of(lo, receiver, node), node, hint)
    if isinstance(receiver, ir.Var) and isinstance(receiver.type, ListOf) and receiver.type.item is None:
        return created_list(lo, [], node, hint)  # nothing is in it yet, as far as the program was read
    if isinstance(receiver, RowsV) or (isinstance(receiver, ir.Var) and isinstance(receiver.type, ListOf)):
        return run_snippet(lo, "out = [x for x in source]", {"source": receiver}, "out", node)
    if isinstance(receiver, (HeapV, ExternalV)):
        from .joining import new_heap_frame
        from .pools import in_pool

        heap = HeapV(dict, new_heap_frame(lo, hint or ""))
        heap.slots.update(mapping_items(lo, receiver, node))
        return in_pool(lo, heap)
    lo.fail("AD107", node, "`copy` of this value is not supported")


METHODS: dict[str, Callable[..., Value]] = {
    "index": position, "count": count,
    "sort": sort, "remove": remove, "clear": clear,
    "append": append, "extend": extend_method, "pop": pop, "insert": insert, "reverse": reverse, "keys": keys,
    "values": values, "items": items, "get": get, "setdefault": setdefault, "update": update, "copy": _copy,
    "popitem": popitem, "move_to_end": move_to_end,
}
