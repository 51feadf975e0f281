"""What a loop changes: the state that must be known to go on from one of its steps."""
from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..analysis.refusing import refuse
from ..analysis.replay import LISTS, check_statement
from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, Num

if TYPE_CHECKING:
    from .reverse import Reverse


@dataclass(frozen=True, slots=True)
class LoopState:
    """`carried` are variables from around that the body assigns, `memory` arrays from around that it writes in place.
    `written`: those whose memory is written, so that a snapshot has to copy. `views` are views of `memory` that were
    taken before the loop and are used in it (or of other memory that is written somewhere), `fixed` what the body
    only reads."""

    carried: tuple[ir.Var, ...]
    memory: tuple[ir.Var, ...]
    written: frozenset[ir.Var]
    views: tuple[ir.Var, ...]
    fixed: tuple[ir.Var, ...]

    @property
    def variables(self) -> tuple[ir.Var, ...]:
        return (*self.carried, *self.memory)


def state_of(rev: Reverse, stmt: ir.For | ir.While) -> LoopState:
    """The state of a loop. Raises CompileError for what cannot be run again from a snapshot."""
    blocks = [stmt.body] if isinstance(stmt, ir.For) else [stmt.body, stmt.header]
    inside = [s for b in blocks for s in visit.walk(b)]
    for s in inside:
        check_statement(stmt, s, inside)
    assigned = dict.fromkeys(v for s in inside for v in visit.defines(s))
    own = {v for v in assigned if any(rev.scopes.inside(v, b) for b in blocks)}
    own |= {stmt.target} if isinstance(stmt, ir.For) else set()
    carried = tuple(v for v in assigned if v not in own)
    roots = dict.fromkeys(rev.aliases.root(s.base) for s in inside if isinstance(s, ir.Store))
    memory = tuple(v for v in roots if v not in own and v not in carried)
    free = [v for v in visit.free_variables(blocks) if v not in own and v not in carried and v not in memory]
    views: dict[ir.Var, None] = {}
    fixed: dict[ir.Var, None] = {}
    for v in free:
        root = rev.aliases.root(v)
        if isinstance(v.type, Array) and root is not v and rev.aliases.written(v):
            views |= dict.fromkeys(_chain(rev, v))
            v = root
        if v not in carried and v not in memory and v not in own:
            fixed[v] = None
    _check_memory(rev, stmt, inside, carried, views, fixed)
    written = frozenset(v for v in (*carried, *memory) if isinstance(v.type, Array) and rev.aliases.written(v))
    return LoopState(carried, memory, written, tuple(views), tuple(fixed))


def _chain(rev: Reverse, var: ir.Var) -> list[ir.Var]:
    """A view and the views that it is taken from, the first one first."""
    found: list[ir.Var] = []
    while var in rev.aliases.derivation:
        found.insert(0, var)
        base = rev.aliases.derivation[var].args[0]
        assert isinstance(base, ir.Var), "a view is of memory"
        var = base
    return found


def _check_memory(rev: Reverse, stmt: ir.Stmt, inside: list[ir.Stmt], carried: tuple[ir.Var, ...],
                  views: Iterable[ir.Var], fixed: Iterable[ir.Var]) -> None:
    """Refuse state of which another name is in use: the sweep has copies of its own, each of one name."""
    stores = [s.base for s in inside if isinstance(s, ir.Store)]
    for v in fixed:
        # a list may hold an array that is written here as well
        if not isinstance(v.type, Num) and any(rev.aliases.same_class(v, base) for base in stores):
            refuse(stmt, "AD178", f"`{v.hint}` may be another name of an array that this checkpointed loop writes",
                   "copy one of them before the loop: `x.copy()`")
    for v in views:
        if rev.aliases.root(v) in carried:
            refuse(stmt, "AD178", f"`{v.hint}` is a view, taken before this checkpointed loop, of an array to which "
                   "the loop gives another value", "take it inside the loop")
    if any(rev.carries(v) for v in (*carried, *(rev.aliases.root(base) for base in stores))):
        refuse(stmt, "AD178", "arrays of this checkpointed loop change their names while they are written",
               "write into new arrays, or let each array keep its name (`x[...] += y` instead of `x += y` for a view)")
    for v in carried:
        if v in rev.maybe_scalar:
            refuse(stmt, "AD178", f"`{v.hint}` is a number before this checkpointed loop and an array in it",
                   "let it begin as an array: `np.zeros(...)`")
        if not isinstance(v.type, (Num, Array)):
            refuse(stmt, "AD178", f"`{v.hint}`, which this checkpointed loop changes, is a {v.type}", LISTS)
