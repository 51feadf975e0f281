"""What the front end knows of a value while it reads a function.

A value is a variable or constant of the IR, or a structure that exists only while compiling: a tuple of values, a
dict with static keys, a function with the frame it was defined in, a bound method, an iterator. Such structures cost
nothing in the emitted code; only their leaves are variables.
"""
from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..ir import nodes as ir
from ..ir.types import Array, Num, Type, join
from .source import Source


@dataclass(eq=False, slots=True)
class TupleV:
    """A tuple; with `cls` list, a list that is never changed; with a named tuple class, one of those."""

    items: list[Value]
    cls: type = tuple
    whole: ir.Var | None = None  # the run-time object it was loaded from, if any


@dataclass(eq=False, slots=True)
class HeapV:
    """An object with identity, taken apart: a list of known length, a dict with known keys, an instance of a class.

    `frame` holds its items or attributes, so that writes are journaled like writes to names. A `frozen` one stands
    for several objects (the values of several paths) and cannot be written. `whole` is the run-time object of an
    argument: writes are done to it as well.
    """

    cls: type
    frame: Any
    whole: ir.Var | None = None
    frozen: bool = False
    site: Any = None
    depth: int = 0
    factory: Value | None = None  # of a defaultdict: makes the value of a missing key
    rows: Any = None  # the site of a run-time list that holds it, which must know if it is changed
    moved: RowV | None = None  # where it is now: such a list holds objects by their numbers

    def __post_init__(self) -> None:
        self.frame.holder = self

    @property
    def slots(self) -> dict[Any, Value]:
        """The items or attributes by name. Raises UnknownStructure for a container that has some on some paths only."""
        if self.frame.partial and issubclass(self.cls, (dict, list, tuple, set, frozenset)):
            names = ", ".join(sorted(map(repr, self.frame.partial)))
            raise UnknownStructure(f"whether a container has {names} depends on the path taken", self)
        return self.frame.env

    @property
    def in_order(self) -> dict[Any, Value]:
        """The same, where their order counts. Raises UnknownStructure if it is not the same on all paths."""
        if self.frame.reordered:
            raise UnknownStructure("the order of the keys of a dict depends on the path taken", self)
        return self.slots


def where_it_is(value: Any) -> Any:
    """An object that a run-time list holds by its number is the item of that list from then on."""
    return value if type(value) is not HeapV or value.moved is None else value.moved


@dataclass(frozen=True, slots=True)
class Fixed:
    """A part that all items of a list of structures share: a text, a function."""

    value: Value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fixed) and same(self.value, other.value)

    def __hash__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class Row:
    """The structure of the items of a list: a tuple, a dict or an object, its parts by key. A part is a structure, the
    same in all items (`Fixed`), or None: a run-time list of its own holds it."""

    cls: type
    parts: tuple[tuple[Any, Row | Fixed | None], ...]


@dataclass(eq=False, slots=True)
class RowsV:
    """A list of unknown length of tuples, dicts or objects of one structure: a run-time list for each part of them."""

    columns: dict[tuple[Any, ...], ir.Var]
    row: Row
    site: Any

    @property
    def first(self) -> ir.Var:
        """A list as long as this one."""
        return next(iter(self.columns.values()))


@dataclass(eq=False, slots=True)
class RowV:
    """An object that is in such a list: its number there, and, of an object inside it, the way to that."""

    rows: RowsV
    index: ir.Operand
    path: tuple[Any, ...] = ()

    @property
    def row(self) -> Row:
        found: Any = self.rows.row
        for key in self.path:
            found = dict(found.parts)[key]
        return found


class UnknownStructure(Exception):
    """What a container holds depends on the path taken."""

    def __init__(self, message: str, container: HeapV) -> None:
        self.container = container
        super().__init__(message)


@dataclass(eq=False, slots=True)
class FunctionV:
    """A function or lambda defined inside the program, with the frame that holds its captured variables."""

    node: ast.FunctionDef | ast.Lambda
    source: Source
    frame: Any
    defaults: dict[str, Value] = field(default_factory=dict)
    body: bool = False  # the body of a loop, whose names are those of the function around it


@dataclass(eq=False, slots=True)
class MethodV:
    """`receiver.name`, to be called. `function` is given for methods written in Python."""

    receiver: Value
    name: str
    function: Any = None


@dataclass(eq=False, slots=True)
class PartialV:
    function: Value
    args: list[Value]
    kwargs: dict[str, Value]


@dataclass(eq=False, slots=True)
class ExternalV:
    """A container or object from outside (global, captured, attribute), reached by `path`."""

    value: Any
    path: str


@dataclass(eq=False, slots=True)
class ShapeV:
    """`x.shape`, its items read when they are needed."""

    array: Value


@dataclass(eq=False, slots=True)
class RangeV:
    start: ir.Operand
    stop: ir.Operand
    step: ir.Operand


@dataclass(eq=False, slots=True)
class IterV:
    """An iterator over other values: kind is "zip", "enumerate", "reversed", "map", "items", ..."""

    kind: str
    parts: list[Value]
    function: Value | None = None
    state: Any = None  # of an iterator that is used up: see lower/one_shot.py


@dataclass(eq=False, slots=True)
class GeneratorV:
    """A generator function called, or a generator expression: its body runs where it is consumed. What the first loop
    of an expression runs over was evaluated where the expression stands: `source`."""

    function: FunctionV | Any
    frame: Any
    node: Any = None
    source: Value | None = None
    state: Any = None


@dataclass(eq=False, slots=True)
class ContextV:
    """What a function under `contextlib.contextmanager` gives: entered and left as its generator says."""

    generator: GeneratorV


@dataclass(eq=False, slots=True)
class OptionalV:
    """None on some paths and `value` on others; `given` says which."""

    given: ir.Operand
    value: Value


@dataclass(eq=False, slots=True)
class PickedV:
    """One of several functions or objects: which is known at run time only."""

    index: ir.Operand
    items: list[Value]


@dataclass(eq=False, slots=True)
class StarV:
    """`*value` among the arguments of a call, where its length is not known when compiling."""

    value: Value


@dataclass(eq=False, slots=True)
class SuperV:
    cls: type
    receiver: Value


@dataclass(eq=False, slots=True)
class Unusable:
    """A name whose value differs in kind between paths. What follows the `if` at `site` is read once for each of
    them then; where there is none, reading the name is an error that says why."""

    why: str
    site: Any = None


@dataclass(eq=False, slots=True)
class PlannedV:
    """`checkpointed(value, ...)`: what a loop runs over, or its condition, and how it keeps snapshots."""

    value: Value
    plan: ir.Plan


Value = (ir.Var | ir.Const | ir.Pack | TupleV | HeapV | FunctionV | MethodV | PartialV | ExternalV | ShapeV
         | RangeV | IterV | GeneratorV | ContextV | OptionalV | SuperV | PickedV | StarV
         | Unusable | PlannedV | RowsV | RowV)


class JoinError(Exception):
    """Two values cannot be one variable."""


def join_type(a: ir.Operand, b: ir.Operand) -> Type:
    """The type of a variable that is `a` on one path and `b` on another."""
    from ..analysis.infer import type_of

    ta, tb = type_of(a), type_of(b)
    t = join(ta, tb)
    if t is None and isinstance(ta, Num) and isinstance(tb, Num):
        t = tb if ta.kind == "b" else ta  # a truth value counts as 0 or 1
    elif t is None and isinstance(ta, Num) and isinstance(tb, Array):
        t = _array_or_number(tb, ta)  # a running total that begins as a number
    elif t is None and isinstance(tb, Num) and isinstance(ta, Array):
        t = _array_or_number(ta, tb)
    if t is None:
        raise JoinError(f"it is {ta} on one path and {tb} on another")
    return t


def _array_or_number(array: Array, number: Num) -> Array:
    """An array, or a number in its place: of a kind that holds both."""
    scalar: Any = {"i": 0, "f": 0.0, "c": 0j}.get(number.kind) if number.weak else number.dtype
    if scalar is not None and np.result_type(array.dtype, scalar) != array.dtype:
        raise JoinError(f"it is {array} on one path and {number} on another")  # the array would not be what it says
    return array


def same(a: Value, b: Value) -> bool:
    """Whether two values are one."""
    if a is b:
        return True
    match a, b:
        case ir.Const(), ir.Const():
            x, y = a.value, b.value
            if x is y:
                return True
            return type(x) is type(y) and isinstance(x, (int, float, str, tuple, type(None))) and x == y
        case TupleV(), TupleV():
            return a.cls is b.cls and len(a.items) == len(b.items) and all(map(same, a.items, b.items))
        case ir.Pack(), ir.Pack():
            return a.kind == b.kind and len(a.items) == len(b.items) and all(map(same, a.items, b.items))
        case FunctionV(), FunctionV():
            return a.node is b.node and a.frame is b.frame
        case MethodV(), MethodV():
            return a.name == b.name and same(a.receiver, b.receiver)
        case ExternalV(), ExternalV():
            return a.value is b.value
        case ShapeV(), ShapeV():
            return a.array is b.array
        case PickedV(), PickedV():
            return same(a.index, b.index) and len(a.items) == len(b.items) and all(map(same, a.items, b.items))
        case OptionalV(), OptionalV():
            return same(a.given, b.given) and same(a.value, b.value)
        case RowV(), RowV():
            return same(a.index, b.index) and a.path == b.path and same(a.rows, b.rows)
        case RowsV(), RowsV():
            return a.row == b.row and a.columns == b.columns
        case RangeV(), RangeV():
            return same(a.start, b.start) and same(a.stop, b.stop) and same(a.step, b.step)
        case _:
            return False
