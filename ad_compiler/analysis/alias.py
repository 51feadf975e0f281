"""Which variables may share memory, and which memory is written.

Arrays that may share memory form a class (union-find over views, copies of references and containers). A variable that
is a view of another *by construction* (a slice, a transpose) is derived: its root is the variable at the end of that
chain. Roots of one class are related more finely by `pairs` where it matters.
"""
from __future__ import annotations

from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Seq, is_container
from ..rules import find
from ..support import shadow_like
from .indexing import index_type

ALWAYS = {np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.matrix_transpose, np.flip, np.flipud,
          np.fliplr, np.rollaxis, np.rot90, np.squeeze}
# Views that cannot be written (some name an element many times): what is added to their cotangent goes to the base's.
READ_ONLY = {np.diagonal, np.broadcast_to, np.lib.stride_tricks.sliding_window_view, np.lib.stride_tricks.as_strided}
# Views by strides, which mean something of memory that is laid out alike only: not of a copy.
BY_LAYOUT = (np.lib.stride_tricks.as_strided,)
# Groups of views.
SPLITS = {np.split, np.array_split, np.hsplit, np.vsplit, np.dsplit}
# Views of whatever is C-contiguous.
OF_CONTIGUOUS = {np.reshape, np.ravel, np.asarray, np.ascontiguousarray, np.asanyarray, np.atleast_1d, np.atleast_2d,
                 np.atleast_3d}
# Where those of them that take an order take it: behind this many arguments.
ORDER_AT = {np.reshape: 2, np.ravel: 1, np.asarray: 2, np.asanyarray: 2}
# Copies, unless asked not to.
COPIES = {np.array, np.astype, np.ndarray.astype}


def view_kind(call: ir.Expr) -> str:
    """Whether a call's result shares its first operand's memory: "always", "maybe" or "never"."""
    if not isinstance(call, ir.Call) or not call.args or not isinstance(call.args[0], ir.Var):
        return "never"
    base = call.args[0]
    if not isinstance(base.type, Array):
        return "never"
    if call.function is prims.item:
        return "always" if index_type(base.type, call.args[1])[1] == "view" else "never"
    try:
        if call.function in ALWAYS:
            return "always"
        if call.function in (np.real, np.imag):
            return "always" if base.type.kind == "c" else "never"
        if call.function in READ_ONLY:
            return "read-only"
        if call.function in SPLITS:
            return "always"
        if _is_true(dict(call.kwargs).get("copy", call.function in COPIES)):
            return "never"
        row = find(call.function)
        return "maybe" if row is not None and row.view != "never" else "never"
    except TypeError:
        return "never"


def of_contiguous(call: ir.Call) -> bool:
    """Whether a call gives a view, in C order too, of whatever is C-contiguous: as far as its options say."""
    if call.function not in OF_CONTIGUOUS:
        return False
    place = ORDER_AT.get(call.function, len(call.args))
    if call.function is np.reshape and call.style == "method":
        place = len(call.args)
    order = call.args[place] if place < len(call.args) else dict(call.kwargs).get("order", ir.Const(None))
    return isinstance(order, ir.Const) and order.value in (None, "C", "K", "A")


def _is_true(value: Any) -> bool:
    return value is True or (isinstance(value, ir.Const) and value.value is True)


class Aliases:
    """Alias classes of one function. `contiguous` are the parameters known to be C-contiguous."""

    def __init__(self, fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var] = frozenset()) -> None:
        self._parent: dict[ir.Var, ir.Var] = {}
        self.derivation: dict[ir.Var, ir.Call] = {}
        self.shared_with: dict[ir.Var, ir.Var] = {}
        self.read_only: set[ir.Var] = set()
        self._contiguous = set(contiguous)
        self._written: set[ir.Var] = set()
        self._own: set[ir.Var] = set()
        self._changed: dict[Any, frozenset[int]] = {}
        self.writes: dict[ir.Var, list[ir.Stmt]] = {}
        self.picked: list[ir.Var] = []  # arrays picked from a group by a number: which one is known at run time only
        for stmt in visit.walk(fn.body):
            self._read(stmt)
        for var in list(self._written):
            self._written.add(self.find(var))
        self.definitions: dict[ir.Var, int] = {}

    def find(self, var: ir.Var) -> ir.Var:
        parent = self._parent
        root = var
        while root in parent:
            root = parent[root]
        while var is not root:
            parent[var], var = root, parent[var]
        return root

    def join(self, new: ir.Var, var: ir.Var) -> None:
        """Let a variable that was made since stand for memory that `var` stands for, or holds."""
        self._union(new, var)

    def _union(self, a: ir.Var, b: ir.Var) -> None:
        x, y = self.find(a), self.find(b)
        if x is not y:
            self._parent[x] = y

    def _read(self, stmt: ir.Stmt) -> None:
        match stmt:
            case ir.Assign(target, ir.Call() as call):
                kind = view_kind(call)
                if kind == "never":
                    self._containers(target, call)
                else:
                    base = call.args[0]
                    assert isinstance(base, ir.Var), "a view is of memory"
                    self._union(target, base)
                    if kind in ("always", "read-only") or (kind == "maybe" and base in self._contiguous
                                            and of_contiguous(call)):
                        self.derivation[target] = call
                        if kind == "read-only" or base in self.read_only:  # a view of such a view is one, too
                            self.read_only.add(target)
                    else:
                        self.shared_with[target] = base
                if is_contiguous(call, target, self._contiguous):
                    self._contiguous.add(target)
            case ir.Assign(target, ir.Var() as source):
                self._union(target, source)
                self.shared_with[target] = source
            case ir.Copy(targets, sources):
                self._copied(targets, sources)
            case ir.Given(results, rule):
                self._copied(results, rule.sources)
            case ir.Store(base):
                self._written.add(base)
                self.writes.setdefault(base, []).append(stmt)
                if not isinstance(base.type, Array) and isinstance(stmt.value, ir.Var):
                    self._hold(base, stmt.value)
            case ir.SetSlot(base, _, value):
                if isinstance(value, ir.Var):
                    self._hold(base, value)
            case ir.Push(stack, value):
                for v in visit.variables(value):
                    self._hold(stack, v)
            case ir.Pop(target, stack):
                self._hold(stack, target)
            case _:
                pass

    def _copied(self, targets: tuple[ir.Var, ...], sources: tuple[ir.Operand, ...]) -> None:
        for t, s in zip(targets, sources, strict=True):
            if isinstance(s, ir.Var) and (isinstance(t.type, Array) or is_container(t.type)):
                self._union(t, s)

    def _hold(self, container: ir.Var, item: ir.Var) -> None:
        if isinstance(item.type, Array) or is_container(item.type):
            self._union(container, item)

    def _containers(self, target: ir.Var, call: ir.Call) -> None:
        base = call.args[0] if call.args else None
        if getattr(call.function, "shared_memory", False):
            self._changed[target] = _places(call)
        if call.function is prims.item and base in self._changed and isinstance(call.args[1], ir.Const) and (
                call.args[1].value in self._changed[base]):
            self._union(target, base)  # shadows of a record: some may be views of others
            return
        if getattr(call.function, "own_memory", False) or (call.function is prims.item and base in self._own):
            self._own.add(target)  # a group of arrays, or a part of one, that share memory with nothing
            return
        if call.function is prims.item and isinstance(base, ir.Pack) and isinstance(target.type, Array):
            for v in visit.variables(base):
                self._union(target, v)
            self.picked.append(target)
        if call.function is prims.item and isinstance(base, ir.Var) and isinstance(base.type, Seq):
            if base in self.derivation:
                self.derivation[target] = call  # a piece of `np.split`
            elif base in self.shared_with:
                self.shared_with[target] = base
        if is_container(target.type):
            for v in visit.variables(call):
                self._hold(target, v)
        elif isinstance(target.type, Array) and call.args and isinstance(call.args[0], ir.Var) and is_container(
                call.args[0].type) and call.function is prims.item:
            self._hold(call.args[0], target)

    def written(self, var: ir.Var) -> bool:
        """Whether memory that `var` may share is written anywhere in the function."""
        return self.find(var) in self._written

    def array_written(self, var: ir.Var) -> bool:
        """Whether an array (not a list) that `var` may share or hold is written."""
        rep = self.find(var)
        return any(isinstance(base.type, Array) and self.find(base) is rep for base in self.writes)

    def same_class(self, a: ir.Var, b: ir.Var) -> bool:
        return self.find(a) is self.find(b)

    def root(self, var: ir.Var) -> ir.Var:
        """The variable that `var` is a view of, by construction."""
        while var in self.derivation:
            base = self.derivation[var].args[0]
            assert isinstance(base, ir.Var), "a view is of memory"
            var = base
        return var


def reshaped(aliases: Aliases) -> set[ir.Var]:
    """Arrays in C order that are written and viewed by `reshape`."""
    return {aliases.root(v) for v, call in aliases.derivation.items()
            if call.function in OF_CONTIGUOUS and aliases.written(v)}


def depends_on_layout(fn: ir.Function) -> bool:
    """Whether it matters anywhere in a function that an array is C-contiguous: only `reshape` and its kin ask."""
    return any(isinstance(stmt, ir.Given) or (isinstance(stmt, ir.Assign) and isinstance(stmt.value, ir.Call)
                                              and view_kind(stmt.value) == "maybe") for stmt in visit.walk(fn.body))


# Functions whose results are in C order, unless an order is asked for; those whose results are if their arrays are.
_C_ORDER = {np.zeros, np.ones, np.empty, np.full, np.arange, np.eye, np.identity, np.matmul, np.outer,
            np.ascontiguousarray}
_AS_GIVEN = {np.zeros_like, np.ones_like, np.empty_like, np.full_like, np.copy, np.array, np.where, np.concatenate,
             np.stack, np.vstack, np.hstack, np.cumsum, np.diff}


def is_contiguous(call: ir.Call, target: ir.Var, known: set[ir.Var]) -> bool:
    """Whether a call's result is surely C-contiguous."""
    if not isinstance(target.type, Array):
        return False
    kind = view_kind(call)
    base = call.args[0] if call.args else None
    if call.function is shadow_like:
        return base in known
    if kind == "always" or kind == "read-only":
        return call.function is prims.item and base in known and _leading(call.args[1])
    if kind == "maybe" and call.function in OF_CONTIGUOUS:
        return base in known and of_contiguous(call)
    if kind == "never" and target.type.ndim == 1:
        return True  # new memory in one dimension
    order = _order(call)
    try:
        if call.function in _C_ORDER or (call.function is np.copy and call.style == "method"):
            return order in (None, "C")
        as_given = isinstance(call.function, np.ufunc) or call.function in _AS_GIVEN
    except TypeError:
        return False
    return as_given and order != "F" and all(v in known for v in visit.variables(call) if isinstance(v.type, Array))


def _order(call: ir.Call) -> str | None:
    """The order of memory that a call asks for: of its constants the one that can be such."""
    values = [*call.args, *(value for _, value in call.kwargs)]
    texts = [v.value for v in values if isinstance(v, ir.Const) and isinstance(v.value, str)]
    return next((text for text in texts if text in ("C", "F", "A", "K")), None)


def _places(call: ir.Call) -> frozenset[int]:
    """The places of a record that `fresh_lists` has copied the arrays of."""
    found = [leaf.value for leaf in visit.leaves(call.args[1]) if isinstance(leaf, ir.Const)]
    return frozenset(place for group in found for place in (group if isinstance(group, tuple) else (group,)))


def _leading(index: ir.Arg) -> bool:
    """Whether an index takes whole rows one after the other."""
    first = index.items[0] if isinstance(index, ir.Pack) and index.kind == "tuple" and len(index.items) == 1 else index
    if isinstance(first, ir.Pack) and first.kind == "slice":
        return isinstance(first.items[2], ir.Const) and first.items[2].value in (None, 1)
    return not isinstance(first, ir.Pack) and not isinstance(getattr(first, "type", None), Array)


def is_random(function: Any) -> bool:
    """Whether a function draws random numbers, or reads the clock: never to be computed again."""
    owner = getattr(function, "__self__", None)
    if isinstance(owner, np.random.RandomState) or (getattr(function, "__module__", "") or "").startswith(
            "numpy.random"):
        return True
    row = find(function)
    return row is not None and row.random
