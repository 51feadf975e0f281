"""What the generator knows while it writes a program: types of variables, and what may be done with them.

Types are static and small: array shapes are concrete numbers, integers carry their range (so that an index is
always in bounds), lists are never empty. That is what makes every generated program run and terminate.
"""
from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from .features import Features

Lines = list[str]
Shape = tuple[int, ...]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Float:
    """A float scalar (Python's or NumPy's)."""


@dataclass(frozen=True, slots=True)
class Int:
    """An integer between `lo` and `hi`, both included."""

    lo: int
    hi: int


@dataclass(frozen=True, slots=True)
class Array:
    """A float64 array of a fixed shape."""

    shape: Shape


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list of at least `least` items (one or more) of one type."""

    item: Type
    least: int = 1


@dataclass(frozen=True, slots=True)
class DictOf:
    """A dict with fixed string keys and items of one type."""

    keys: tuple[str, ...]
    item: Type


@dataclass(frozen=True, slots=True)
class Func:
    """A function: parameter types, result type (None: called for its effect), "plain" or something else."""

    params: tuple[Type, ...]
    result: Type | None
    kind: str = "plain"


@dataclass(frozen=True, slots=True)
class Obj:
    """An instance of a generated class: attributes, and methods by name."""

    cls: str
    attributes: tuple[tuple[str, Type], ...]
    methods: tuple[tuple[str, Func], ...]


Type = Float | Int | Array | ListOf | DictOf | Func | Obj


@dataclass
class Scope:
    """Variables in sight, and what the surrounding text allows.

    `frozen` names must not be rebound (loop counters, captured variables), `locked` containers must not
    change their length (they are being iterated).
    """

    vars: dict[str, Type] = field(default_factory=dict)
    frozen: frozenset[str] = frozenset()
    locked: frozenset[str] = frozenset()
    returns: Any = None  # a type, or the structure of a result (`structured.Pieces`)
    in_loop: bool = False
    depth: int = 0
    may_break: bool = True

    def inner(self, **changes: Any) -> Scope:
        """A scope for a nested block: sees everything, and what it defines stays inside."""
        return replace(self, vars=dict(self.vars), depth=self.depth + 1, **changes)

    def names(self, accepts: Callable[[Type], bool]) -> list[str]:
        return [name for name, kind in self.vars.items() if accepts(kind)]

    def rebindable(self, accepts: Callable[[Type], bool]) -> list[str]:
        return [name for name in self.names(accepts) if name not in self.frozen]

    def floats(self) -> list[str]:
        return self.names(lambda t: isinstance(t, Float))

    def ints(self) -> list[str]:
        return self.names(lambda t: isinstance(t, Int))

    def arrays(self, shape: Shape | None = None, rank: int | None = None) -> list[str]:
        def fits(t: Type) -> bool:
            return isinstance(t, Array) and shape in (None, t.shape) and rank in (None, len(t.shape))
        return self.names(fits)

    def shape(self, name: str) -> Shape:
        kind = self.vars[name]
        if not isinstance(kind, Array):
            raise TypeError(f"{name} is {kind}, not an array")
        return kind.shape


@dataclass
class Generator:
    """State of one program being written: the random source, the features used, the text of its helpers."""

    rng: random.Random
    features: Features
    weights: dict[str, float]
    budget: int = 12
    max_depth: int = 3
    shapes: tuple[Shape, ...] = ((4,), (3, 4))
    prelude: list[Lines] = field(default_factory=list)
    helpers: dict[str, Func] = field(default_factory=dict)
    classes: dict[str, Obj] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)

    def fresh(self, stem: str) -> str:
        """A name not used yet in this program."""
        self.counters[stem] = self.counters.get(stem, 0) + 1
        return f"{stem}{self.counters[stem]}"

    def pick(self, items: Sequence[T]) -> T:
        return items[self.rng.randrange(len(items))]

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def constant(self, lo: float = 0.2, hi: float = 1.4) -> str:
        return repr(round(self.rng.uniform(lo, hi), 2))

    def weighted(self, names: Sequence[str]) -> str:
        """One of the names, drawn by the weight table."""
        return self.rng.choices(names, [self.weights.get(name, 1.0) for name in names])[0]

    def weighted_call(self, table: Mapping[str, tuple[float, Callable[..., str | None]]],
                      *args: Any) -> str | None:
        """One entry of a table of weighted writers, called; None if it does not fit here."""
        entry = self.rng.choices(list(table.values()), [weight for weight, _ in table.values()])[0]
        return entry[1](*args)

    def note(self, feature: str) -> None:
        self.features.note(feature)

    @contextmanager
    def inside(self, feature: str) -> Iterator[None]:
        """Features noted in the block are recorded as nested in this one."""
        self.features.enter(feature)
        try:
            yield
        finally:
            self.features.leave()


def indent(lines: Sequence[str]) -> Lines:
    return ["    " + line for line in lines]
