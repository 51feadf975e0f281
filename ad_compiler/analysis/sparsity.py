"""Which inputs each number of a result depends on: a program is run once, with the origin of every number beside it.

Beside every array there is an array of *nodes*, of the same shape: 0 for a number that depends on no input, 1 to n for
the inputs, and further nodes for what depends on several others. Whatever moves numbers moves their nodes in the same
way, views included; whatever computes makes new nodes with edges to those of its operands. Values decide nothing but
the path that is taken and the places that are read: a product with a zero counts as a dependence. If the path or a
place depends on values of floating-point numbers, `by_values` says so.

Source of the idea: index domains (Bischof, Khademi, Bouaricha, Carle, "Efficient computation of gradients and
Jacobians by dynamic exploitation of sparsity", 1996), over nodes instead of bit vectors.
"""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..errors import Diagnostic, UnsupportedError
from ..ir import nodes as ir
from ..ir import prims
from ..ir.types import can_carry
from ..rules import find
from .sparsity_calls import nodes_of_call
from .sparsity_nodes import Nodes, any_node, nothing


class Broken(Exception):
    """The loop is left."""


class Returned(Exception):
    """The function is left with a value."""

    def __init__(self, value: Any) -> None:
        self.value = value
        super().__init__()


class Tracing(Nodes):
    """One run. `inputs` are the parameters whose numbers are the inputs, in order."""

    def __init__(self, inputs: Sequence[ir.Var]) -> None:
        super().__init__()
        self.inputs = tuple(inputs)
        self.values: dict[ir.Var, Any] = {}
        self.nodes: dict[ir.Var, Any] = {}
        self.tainted: set[ir.Var] = set()  # variables whose values follow from floating-point numbers
        self.by_values = False

    def run(self, fn: ir.Function, given: dict[ir.Var, Any]) -> tuple[Any, Any]:
        """Run the function on values by parameter; its result and the nodes of the result."""
        self.values.update(given)
        self.count += sum(int(np.size(given[v])) for v in self.inputs)
        self.tainted.update(v for v in given if can_carry(v.type))
        for v in self.inputs:
            self.begin(v)
        try:
            self.block(fn.body)
        except Returned as left:
            return self.value(left.value), self.node(left.value)
        raise AssertionError("a function ends with a return")

    def pattern(self, nodes: Any) -> Any:
        """The dependences of an array of nodes on the inputs, as a boolean sparse matrix of shape (size, inputs)."""
        return self.dependences(nodes, sum(int(np.size(self.values[v])) for v in self.inputs))

    # --- operands -------------------------------------------------------------------------------------------------
    def value(self, arg: Any) -> Any:
        match arg:
            case ir.Var():
                return self.values[arg]
            case ir.Const():
                return arg.value
            case ir.Pack(kind, items, keys):
                parts = [self.value(i) for i in items]
                if kind in ("dict", "object"):
                    return dict(zip(keys, parts, strict=True))
                return slice(*parts) if kind == "slice" else parts if kind == "list" else tuple(parts)
            case ir.Call():
                return self.called(arg)[0]
        return arg

    def node(self, arg: Any) -> Any:
        """The nodes of an operand, in its structure; those of a number without any are 0."""
        match arg:
            case ir.Var():
                found = self.nodes.get(arg)
                return nothing(self.values[arg]) if found is None else found
            case ir.Const():
                return nothing(arg.value)
            case ir.Pack(kind, items, keys):
                parts = [self.node(i) for i in items]
                if kind in ("dict", "object"):
                    return dict(zip(keys, parts, strict=True))
                return parts if kind == "list" else tuple(parts)
        return 0

    def taints(self, arg: Any) -> bool:
        """Whether the value of an operand follows from values of the inputs."""
        if isinstance(arg, ir.Var):
            return arg in self.tainted
        if isinstance(arg, ir.Pack):
            return any(map(self.taints, arg.items))
        if isinstance(arg, ir.Call) and arg.function in _SHAPES:
            return False
        if isinstance(arg, ir.Call):
            return any(map(self.taints, arg.args)) or any(self.taints(a) for _, a in arg.kwargs)
        return False

    def decides(self, arg: Any) -> Any:
        """The value of what decides a path or a place."""
        self.by_values = self.by_values or self.taints(arg)
        return self.value(arg)

    # --- statements -----------------------------------------------------------------------------------------------
    def block(self, block: ir.Block) -> None:
        for stmt in block.stmts:
            _STATEMENTS[type(stmt)](self, stmt)

    def assign(self, stmt: ir.Assign) -> None:
        target, value = stmt.target, stmt.value
        if isinstance(value, ir.Call):
            found, nodes = self.called(value)
        else:
            found, nodes = self.value(value), self.node(value)
        self.set(target, found, nodes, self.taints(value))

    def set(self, target: ir.Var, value: Any, nodes: Any, tainted: bool) -> None:
        self.values[target] = value
        self.nodes[target] = nodes
        (self.tainted.add if tainted else self.tainted.discard)(target)

    def begin(self, var: ir.Var) -> None:
        """Give an input its nodes: the inputs are numbered in the order of `inputs`."""
        start = 1 + sum(int(np.size(self.values[v])) for v in self.inputs[:self.inputs.index(var)])
        shape = np.shape(self.values[var])
        self.nodes[var] = np.arange(start, start + int(np.prod(shape, dtype=int))).reshape(shape)
        self.tainted.add(var)

    def called(self, call: ir.Call) -> tuple[Any, Any]:
        """The value of a call and its nodes."""
        args = [self.value(a) for a in call.args]
        kwargs = {k: self.value(a) for k, a in call.kwargs}
        if call.function is prims.item:
            self.decides(call.args[1])
            value, nodes = args[0][args[1]], self.node(call.args[0])
            return value, nodes[args[1]] if isinstance(args[0], (np.ndarray, list, tuple, dict)) else 0
        value = run(call, args, kwargs)
        if call.style == "display":
            return value, self.node(call.args[0])
        nodes = [self.node(a) for a in call.args]
        named = {k: self.node(a) for k, a in call.kwargs}
        if not named and all(isinstance(n, (int, np.integer)) for n in nodes) and not isinstance(
                value, (np.ndarray, tuple, list)):
            row = find_row(call.function) if any(nodes) else None
            return value, 0 if row is not None and row.kind == "zero" else self.join_numbers(nodes)
        if not any_node(nodes) and not any_node(named):
            return value, nothing(value)
        row = find_row(call.function)
        if row is not None and row.kind == "zero":
            return value, nothing(value)
        return value, nodes_of_call(self, call.function, args, kwargs, nodes, named, value)

    def copy(self, stmt: ir.Copy) -> None:
        found = [(self.value(s), self.node(s), self.taints(s)) for s in stmt.sources]
        for target, (value, nodes, tainted) in zip(stmt.targets, found, strict=True):
            self.set(target, value, nodes, tainted)

    def store(self, stmt: ir.Store) -> None:
        base, value, new = self.values[stmt.base], self.value(stmt.value), self.node(stmt.value)
        if self.taints(stmt.value):
            self.tainted.add(stmt.base)
        index = Ellipsis if stmt.index is None else self.decides(stmt.index)
        nodes: Any = self.nodes.get(stmt.base)
        if isinstance(base, np.ndarray) and not isinstance(nodes, np.ndarray):
            nodes = self.nodes[stmt.base] = nothing(base)
        if not isinstance(base, np.ndarray):
            base[index], nodes[index] = value, new
            return
        if stmt.op == "":
            base[index], nodes[index] = value, new
            return
        operate = _UPDATES[stmt.op]
        if stmt.scatter and stmt.op == "+":
            np.add.at(base, index, value)
            places = np.arange(base.size).reshape(base.shape)[index]
            new = np.broadcast_to(new, places.shape)
            flat = np.concatenate([np.ravel(nodes), np.ravel(new)])
            groups = np.concatenate([np.arange(base.size), np.ravel(places)])
            touched = np.unique(places)
            joined = self.hubs(flat, groups, base.size)
            whole = np.ravel(nodes).copy()
            whole[touched] = joined[touched]
            nodes[...] = whole.reshape(nodes.shape)
            return
        base[index] = operate(base[index], value)
        here = nodes[index]
        nodes[index] = self.join([here, new], np.shape(here))

    def choose(self, stmt: ir.If) -> None:
        self.block(stmt.then if self.decides(stmt.cond) else stmt.orelse)

    def count_through(self, stmt: ir.For) -> None:
        numbers = range(*(int(self.decides(a)) for a in (stmt.start, stmt.stop, stmt.step)))
        if stmt.limit is not None:
            numbers = numbers[:int(self.decides(stmt.limit))]
        trips = 0
        try:
            for k in reversed(numbers) if stmt.backward else numbers:
                trips += 1
                self.values[stmt.target] = k
                if stmt.trips is not None:
                    self.values[stmt.trips] = trips
                self.block(stmt.body)
        except Broken:
            pass
        if stmt.trips is not None:
            self.values[stmt.trips] = trips

    def repeat(self, stmt: ir.While) -> None:
        trips = 0
        try:
            while True:
                self.block(stmt.header)
                if not self.decides(stmt.cond):
                    break
                trips += 1
                self.block(stmt.body)
        except Broken:
            pass
        if stmt.trips is not None:
            self.values[stmt.trips] = trips

    def push(self, stmt: ir.Push) -> None:
        self.values[stmt.stack].append(self.value(stmt.value))
        self.nodes[stmt.stack].append(self.node(stmt.value))

    def pop(self, stmt: ir.Pop) -> None:
        self.set(stmt.target, self.values[stmt.stack].pop(), self.nodes[stmt.stack].pop(), stmt.stack in self.tainted)

    def raise_(self, stmt: ir.Raise) -> None:
        if stmt.cond is None:
            raise self.value(stmt.value)
        if not self.value(stmt.cond):
            raise AssertionError(self.value(stmt.value))

    def within(self, stmt: ir.With) -> None:
        with self.value(stmt.context) as found:
            if stmt.target is not None:
                self.values[stmt.target] = found
            self.block(stmt.body)

    def leave(self, stmt: ir.Break) -> None:
        raise Broken

    def end(self, stmt: ir.Return) -> None:
        raise Returned(stmt.value)

    def effect(self, stmt: ir.Effect) -> None:
        self.value(stmt.value)

    def nothing(self, stmt: ir.Stmt) -> None:
        pass

    def refuse(self, stmt: ir.Stmt) -> None:
        raise UnsupportedError(Diagnostic("AD154", None, f"the sparsity of a program with {type(stmt).__name__} "
                                          "statements cannot be found", "give the pattern yourself: pattern=..."))


def find_row(function: Any) -> Any:
    """The row of the derivative table; None if there is none."""
    try:
        return find(function)
    except TypeError:
        return None


def run(call: ir.Call, args: list[Any], kwargs: dict[str, Any]) -> Any:
    """The value of a call."""
    if call.style == "display":
        return call.function(args[0]) if call.function is not dict else dict(args[0])
    if call.style == "passive":
        return getattr(args[0], call.text or "")(*args[1:], **kwargs)
    if call.style == "method" and call.function is np.copy:
        return np.array(args[0])
    return call.function(*args, **kwargs)


_SHAPES = {prims.dim, prims.shape, len, np.shape, np.size, np.ndim, np.zeros_like, np.ones_like, np.empty_like}
_UPDATES: dict[str, Any] = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "**": np.power,
                            "//": np.floor_divide, "%": np.remainder, "@": np.matmul, "&": np.bitwise_and,
                            "|": np.bitwise_or, "^": np.bitwise_xor, "<<": np.left_shift, ">>": np.right_shift}
_STATEMENTS: dict[type, Callable[[Tracing, Any], None]] = {
    ir.Assign: Tracing.assign, ir.Copy: Tracing.copy, ir.Store: Tracing.store, ir.If: Tracing.choose,
    ir.For: Tracing.count_through, ir.While: Tracing.repeat, ir.Push: Tracing.push, ir.Pop: Tracing.pop,
    ir.Raise: Tracing.raise_, ir.With: Tracing.within, ir.Break: Tracing.leave, ir.Return: Tracing.end,
    ir.Effect: Tracing.effect, ir.Comment: Tracing.nothing, ir.Try: Tracing.refuse, ir.SetSlot: Tracing.refuse,
}
