"""Where adjoint and tangent code is written: statements of one block, and what is known of their results."""
from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from ..analysis.indexing import index_type
from ..analysis.infer import Untypable, type_of
from ..analysis.shapes import call_type
from ..errors import Diagnostic, InternalError
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Array, Type
from ..support import shadow_like

VIEWS = {np.transpose, np.swapaxes, np.moveaxis, np.expand_dims, np.squeeze, np.broadcast_to, np.reshape, np.ravel,
         np.real, np.imag, np.asarray, np.diagonal, np.rollaxis, np.matrix_transpose, np.flip, np.flipud, np.fliplr,
         np.rot90, np.atleast_1d, np.atleast_2d, np.atleast_3d, np.lib.stride_tricks.sliding_window_view,
         np.ascontiguousarray, np.astype, np.array_split, np.split, np.conj, np.real_if_close, np.diag}


def _lender(function: Any, args: tuple[ir.Arg, ...]) -> ir.Var | None:
    """The operand that a call's result may share memory with."""
    lender = args[0] if args else None
    if not isinstance(lender, ir.Var) or not isinstance(lender.type, Array) or function is shadow_like:
        return None
    if function is prims.item:
        return lender if index_type(lender.type, args[1])[1] == "view" else None
    ours = (getattr(function, "__module__", "") or "").startswith("ad_compiler.support")
    return lender if ours or function in VIEWS else None


# New memory each time, to be written: two calls give two arrays.
NEW = {np.copy, np.array, np.astype, np.zeros_like, np.ones_like, np.full_like, np.empty_like, np.zeros, np.ones,
       np.full, np.empty}


class Emitter:
    """Collects statements of one block; knows which results are fresh memory and which are views of what.

    `recent` holds the calls since memory was last written: what they computed, they would compute again. With
    `share`, a call that is among them is not repeated; with `factor`, formulas are rearranged (`sums.py`)."""

    def __init__(self, *, share: bool = False, factor: bool = False) -> None:
        self.share, self.factor = share, factor
        self.recent: dict[ir.Var, ir.Call] = {}
        self.kept: set[ir.Var] = set()  # arrays that are needed as they are, not only as factors
        self.maybe_scalar: set[ir.Var] = set()  # arrays that may be numbers at run time (`total = 0`)
        self.summed: set[ir.Var] = set()  # those that may be numbers with cotangents: their own shape matters
        self._known: dict[Any, ir.Var] = {}
        self._keys: dict[ir.Var, Any] = {}  # the keys of `_known`, and
        self._held: dict[ir.Var, list[ir.Var]] = {}  # recent results by the memory they lie in,
        self._read: dict[ir.Var, list[ir.Var]] = {}  # and by that which their calls read
        self._first_named: dict[Any, ir.Var] = {}  # of `x.T` and the like, which each use writes out anew
        self._same: dict[ir.Var, ir.Var] = {}
        self._block = ir.Block()
        self.origin: ir.Origin | None = None
        self.base: dict[ir.Var, ir.Var] = {}
        self.definition: dict[ir.Var, ir.Expr] = {}
        self._exact = True  # no array got a name in another way than by `call`
        self.own: set[ir.Var] = set()  # buffers that live through a loop: no other name is in use meanwhile
        self.primal: dict[ir.Var, ir.Call] = {}  # calls of the primal whose operands are what they were

    @property
    def block(self) -> ir.Block:
        """The block that statements are added to."""
        return self._block

    @block.setter
    def block(self, block: ir.Block) -> None:
        self._block = block
        self._forget()

    def _forget(self) -> None:
        for facts in (self.recent, self._known, self._keys, self._held, self._read, self._first_named, self._same):
            facts.clear()

    def _written(self, base: ir.Var) -> None:
        """Forget the calls that read memory which is written, or gave it: all, if it may have names not known here."""
        root = self.root(base)
        if not self._exact or (root not in self.definition and root not in self.own):
            self._forget()
            return
        for var in (*self._held.pop(root, ()), *self._read.pop(root, ())):
            self.recent.pop(var, None)
            self._compute_anew(var)

    def _compute_anew(self, var: ir.Var) -> None:
        key = self._keys.pop(var, None)
        if key is not None:
            del self._known[key]

    def _remember(self, var: ir.Var, call: ir.Call) -> None:
        self.recent[var] = call
        self._held.setdefault(self.root(var), []).append(var)
        for v in visit.variable_list(call):
            self._read.setdefault(self.root(v), []).append(var)

    def emit(self, stmt: ir.Stmt) -> None:
        if type(stmt) is ir.Assign:
            self._exact &= stmt.target in self.definition or not isinstance(stmt.target.type, Array)
        elif type(stmt) is ir.Store:
            self._written(stmt.base)
        elif type(stmt) is not ir.Copy:
            self._forget()
        self._block.stmts.append(stmt)

    def assign(self, value: ir.Expr, type_: Type, hint: str = "t") -> ir.Var:
        var = ir.Var(hint, type_)
        self.definition[var] = value
        if type(value) is ir.Call:
            self._remember(var, value)
        self.emit(ir.Assign(var, value, self.origin))
        return var

    def call(self, function: Any, args: tuple[ir.Arg, ...], kwargs: dict[str, ir.Arg] | None = None,
             style: str = "call", text: str | None = None, hint: str = "t", type_: Type | None = None) -> ir.Var:
        if type_ is None:
            type_ = _type(function, args, kwargs, style)
        costs = style not in ("attribute", "dim") and not (function is prims.item and isinstance(type_, Array))
        key = call_key(function, args, kwargs, self._same) if self.share and hint == "t" else None
        if key is not None and costs and (found := self._known.get(key)) is not None:
            return found
        var = self.assign(ir.Call(function, args, tuple((kwargs or {}).items()), style, text), type_, hint)
        if key is not None and costs:
            self._known[key], self._keys[var] = var, key
        elif key is not None and (first := self._first_named.setdefault(key, var)) is not var:
            self._same[var] = first
        lender = _lender(function, args) if isinstance(type_, Array) else None
        if lender is not None:
            root = self.base[var] = self.root(lender)
            self._held.setdefault(root, []).append(var)
        return var

    def disown(self, var: ir.Var) -> None:
        """Compute anew, when it is needed again, what is in memory that now is somebody's to change."""
        for held in self._held.get(self.root(var), ()):
            self._compute_anew(held)

    def root(self, var: ir.Var) -> ir.Var:
        """The variable whose memory a view belongs to."""
        return self.base.get(var, var)


def _type(function: Any, args: tuple[ir.Arg, ...], kwargs: dict[str, ir.Arg] | None, style: str) -> Type:
    try:
        if function is prims.item and isinstance(type_of(args[0]), Array):
            return index_type(type_of(args[0]), args[1])[0]
        return call_type(function, args, kwargs or {}, style)
    except Untypable as error:
        raise InternalError(Diagnostic(
            "AD190", None, f"the derivative code calls `{getattr(function, '__name__', function)}` and its "
            f"type cannot be known: {error}", "use on_unsupported='tape', and report the program")) from error


def call_key(function: Any, args: tuple[ir.Arg, ...], kwargs: dict[str, ir.Arg] | None,
             same: Mapping[ir.Var, ir.Var] = MappingProxyType({})) -> Any:
    """What two calls have in common that give the same; None where each gives something of its own. `same`: variables
    that are another one under a second name."""
    try:
        if function in NEW:
            return None
        key = (function, tuple(_operand_key(a, same) for a in args),
               tuple((k, _operand_key(v, same)) for k, v in (kwargs or {}).items()))
        hash(key)
    except TypeError:
        return None
    return key


def _operand_key(arg: ir.Arg, same: Mapping[ir.Var, ir.Var]) -> Any:
    if type(arg) is ir.Var:
        return same.get(arg, arg).uid
    if type(arg) is ir.Pack:
        return arg.kind, arg.keys, arg.cls, tuple(_operand_key(a, same) for a in arg.items)
    return type(arg.value), repr(arg.value) if type(arg.value) is float else arg.value
