"""What one reading of a function knows while it goes through the statements."""
from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from ..errors import UnsupportedError
from ..ir import nodes as ir
from .frames import Frame, Journal, Meeting
from .problems import Problems
from .values import HeapV, Value


@dataclass(eq=False)
class State:
    """The state of `Lowering`, which has the operations on it."""

    journal: Journal = field(default_factory=Journal)
    block: ir.Block = field(default_factory=ir.Block)
    frame: Any = None  # the Frame of the function that is being read
    stack: list[Frame] = field(default_factory=list)
    origin: ir.Origin | None = None
    loops: list[Any] = field(default_factory=list)
    outer_loops: int = 0  # those of the calls around
    interleaved: list[tuple[set[ir.Var], set[ir.Var], Exception]] = field(default_factory=list)
    hidden: dict[str, tuple[ir.Var, Any]] = field(default_factory=dict)
    guards: dict[str, Any] = field(default_factory=dict)
    # functions of modules and classes from outside that the program calls, by these and their names there
    members: dict[tuple[Any, str], Any] = field(default_factory=dict)
    # inputs from outside for which this program has other numbers
    replaced: dict[str, Value] = field(default_factory=dict)
    static_paths: frozenset[str] = frozenset()
    count: int = 0
    sweep: str = "any"  # what the program is read for: "reverse", "forward", "none" or "any"
    open_rules: list[Any] = field(default_factory=list)  # functions with a rule of the user's whose rule is being read
    own_calls: list[Any] = field(default_factory=list)  # the calls that each of these rules makes of its function
    observing: int = 0  # while a function given to `probe` is read: it may append to lists from outside
    list_sites: dict[Any, Any] = field(default_factory=dict)
    growing: frozenset[Any] = frozenset()  # lists which the loops over them make longer or shorter
    tuple_sites: set[Any] = field(default_factory=set)  # those of lists that stand for tuples
    split: frozenset[Any] = frozenset()  # places of lists that each call of the function has for itself
    # lists whose objects are held by their numbers; None: made more than once
    row_lists: dict[Any, Any] = field(default_factory=dict)
    read_once: set[Any] = field(default_factory=set)  # lists of objects whose cached properties are read
    written_rows: set[Any] = field(default_factory=set)  # lists with an object that is written
    remembered: set[Frame] = field(default_factory=set)  # objects that functions read which remember their results
    local_classes: dict[Any, type] = field(default_factory=dict)  # classes defined in the program
    unrolled: frozenset[Any] = frozenset()
    prefer_unrolled: bool = False
    prefer_structures: bool = False  # to one type for the items of a run-time list
    depth: int = 0
    writes: int = 0
    tries: list[Any] = field(default_factory=list)  # the `try` statements around here, of all calls
    handlers: int = 0
    handling: Any = None  # the error that a handler is being read for
    # run-time lists that stand for lists of the caller's, and those
    mirrors: dict[ir.Var, ir.Var] = field(default_factory=dict)
    line: ir.Block | None = None  # the block that the innermost statement is read into
    # `if` statements and expressions around here whose paths meet again
    meetings: list[Meeting] = field(default_factory=list)
    exiting: frozenset[Any] = frozenset()  # those of them that what follows is read into
    branched: dict[ir.If, Any] = field(default_factory=dict)  # where in the text a branch comes from
    # what `x.flat` gave, read like np.ravel(x), and the array it is of
    flat: dict[ir.Var, ir.Var] = field(default_factory=dict)
    # views that np.einsum gave, and the array they are the diagonal of
    diagonals: dict[ir.Var, ir.Var] = field(default_factory=dict)
    frozen_sets: set[HeapV] = field(default_factory=set)
    updates: dict[Any, Any] = field(default_factory=dict)  # where updates in place come from
    rebound: frozenset[Any] = frozenset()  # those that give their name a new value
    partly: int = 0  # while what takes items from iterators may leave some
    mixed: bool = False  # whether some name may be an array or a number
    asked: set[ir.Stmt] = field(default_factory=set)  # where the program asks which of them it is
    contiguous: set[ir.Var] = field(default_factory=set)
    # parts of arguments, called after their place until the program names them
    unnamed: set[ir.Var] = field(default_factory=set)
    counters: set[ir.Var] = field(default_factory=set)  # integers that are known not to be negative
    tape_calls: Any = None  # calls that run on the tape, where there may be any
    postponed: UnsupportedError | None = None  # for a statement left out until more of the program is known
    assumed_empty: frozenset[Any] = frozenset()  # lists into which nothing was put, read as lists of floats
    empty_list: tuple[Any, Any] = (None, None)  # a list of which nothing is known, and the error that says so
    problems: Problems | None = None  # of a function that is read to find all of them
    pools: frozenset[Any] | None = None  # classes whose objects are held by their numbers, where there may be any
    pool_lists: dict[Any, Any] = field(default_factory=dict)  # and the lists of these
    tables: frozenset[Any] | None = None  # dicts that are keyed at run time, where there may be any
    # functions that are called, not read in place, and what is widened
    recursive: dict[Any, Any] | None = field(default_factory=dict)
    calls_of_itself: Counter[Any] = field(default_factory=Counter)  # by functions that are read in place
    open_callees: list[Any] = field(default_factory=list)  # those of them that are being read
    callees: dict[Any, Any] = field(default_factory=dict)  # and those that have been
    kept_forms: list[Any] = field(default_factory=list)
