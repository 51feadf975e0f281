"""Operations: a row of the derivative table with the name of its node and the order of its arguments.

What a node must keep is known from the names in the row's formulas; it is worked out once per set of active
operands, as a `Recipe`.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ad_compiler.rules.apply import Plan
from ad_compiler.rules.row import OMITTED, Row
from runtime.core import Node
from runtime.kernels import KERNELS

# Where a saved value comes from: an operand, the result, a parameter, a fact of either, a default
VALUE, OUT, PARAMETER, FACT, OUT_FACT, CONSTANT = range(6)
BASE: list[type[Node]] = []  # the class of nodes that read rows (`runtime.row_node.RowNode`)


class Use:
    """How one active operand's gradient is had: the formula and which saved values it reads."""

    __slots__ = ("derivative", "edge", "kernel", "lone", "nested", "reads", "value", "vjp", "whole")

    def __init__(self, position: int, value: int, vjp: Callable[..., Any], reads: tuple[int, ...], nested: bool,
                 whole: bool, derivative: Callable[..., Any] | None = None) -> None:
        self.edge = position    # which edge (of a sequence operand: its first)
        self.value = value      # which of `record`'s values the operand is
        self.derivative = derivative  # of an elementwise row: the formula without the incoming gradient
        self.kernel: Any = None  # the same in the plain case, with the incoming gradient (`runtime.kernels`)
        self.lone = position == value == 0 and not nested and whole
        self.vjp, self.reads, self.nested, self.whole = vjp, reads, nested, whole


class Recipe:
    """What a node saves when these operands are active."""

    __slots__ = ("held", "holds", "lone", "sources", "uses")

    def __init__(self, sources: tuple[Any, ...], uses: tuple[Use, ...], holds: bool = False) -> None:
        self.sources = sources
        self.uses = uses
        # whether something is released after a backward, so that a second one raises
        self.holds = holds or any(kind in (VALUE, OUT) for kind, _, _ in sources)
        # VALUE or OUT if this is a use of one operand that reads it or the result and nothing else
        self.lone = sources[0][0] if len(uses) == len(sources) == 1 and uses[0].lone and (
            sources[0][0] == OUT or sources[0][:2] == (VALUE, 0)) else None
        # the recipe of a call whose parameters are arrays (an index, a mask): these are released as well
        self.held = self if self.holds else Recipe(sources, uses, True)


class Op:
    """A differentiable operation. `order` names the row's parameters in the order in which `record` gets them."""

    __slots__ = ("counted", "lone", "node", "order", "places", "plan", "recipes", "results", "row")

    def __init__(self, row: Row | None, node: str, order: Sequence[str] | None = None,
                 base: type[Node] | None = None) -> None:
        assert row is not None, f"the table has no row for {node}"
        self.row = row
        self.plan = Plan(row)
        self.order = tuple(p.name for p in row.parameters) if order is None else tuple(order)
        operands = sorted(row.operands, key=lambda name: name in row.sequences)  # sequences have many edges: last
        self.places = tuple((name, self.order.index(name)) for name in operands if name in self.order)
        self.recipes: dict[tuple[str, ...], Recipe] = {}
        self.results = row.results
        self.node = type(node, (base or BASE[0],), {"__slots__": (), "op": self, "__module__": "builtins",
                                                    "outputs": max(row.results or 1, 1)})
        self.counted: dict[int, type[Node]] = {}
        self.lone = self._lone()  # the recipe, where the only operand or the result is all that is kept

    def _lone(self) -> Recipe | None:
        if len(self.places) != 1 or self.places[0][1] or self.row.sequences or self.results is not None:
            return None
        recipe = self.recipe((self.places[0][0],))
        return None if recipe.lone is None else recipe

    def node_of(self, count: int) -> type[Node]:
        """The class of the node of a call with a sequence of `count` results."""
        if self.results == count:
            return self.node
        found = self.counted.get(count)
        if found is None:
            found = self.counted[count] = type(self.node.__name__, (self.node,), {
                "__slots__": (), "__module__": "builtins", "outputs": max(count, 2)})
        return found

    def recipe(self, active: tuple[str, ...]) -> Recipe:
        """What to keep and how to use it when `active` operands want gradients."""
        found = self.recipes.get(active)
        if found is None:
            found = self.recipes[active] = self._recipe(active)
        return found

    def _recipe(self, active: tuple[str, ...]) -> Recipe:
        names: dict[str, int] = {}
        for name in active:
            for read in self.plan.slots[name].vjp_reads:
                names.setdefault(read, len(names))
        uses = []
        for name in active:
            slot = self.plan.slots[name]
            reads = tuple(names[read] for read in slot.vjp_reads)
            position = [n for n, _ in self.places].index(name)
            derivative: Any = self.row.partials[name] if self.row.kind == "elementwise" else None
            uses.append(Use(position, self.order.index(name), slot.vjp, reads, slot.nested,
                            reads == tuple(range(len(names))), derivative))
        recipe = Recipe(tuple(self._source(read) for read in names), tuple(uses))
        if recipe.lone is not None:
            recipe.uses[0].kernel = KERNELS.get(self.row.function)
        return recipe

    def _source(self, read: str) -> tuple[int, Any, Any]:
        """Where a value that a formula reads comes from: (kind, index in `values`, attribute or constant)."""
        if read == "out":
            return OUT, None, None
        if read in self.order:
            operand = read in self.row.operands
            return VALUE if operand else PARAMETER, self.order.index(read), None
        base, _, attribute = read.rpartition("_")
        if base == "out":
            return OUT_FACT, None, attribute
        if base in self.order:
            return FACT, self.order.index(base), attribute
        default = next((p.default for p in self.row.parameters if p.name == read), OMITTED)
        return CONSTANT, None, default
