"""The IR: a small, structured language in A-normal form.

A function is a block of statements. Operands are variables or constants; a `Pack` groups operands (the items of a
list display, an index, a slice). Variables are assigned once in straight-line code; a variable that several paths
assign (a loop-carried value, the result of an `if`) gets its value by `Copy` statements at the end of each path, so
there are no phi nodes and no renaming when the text is printed. A variable assigned inside a block is read only
inside that block; a value leaves a block through a `Copy` to a variable of the enclosing one.

`Break` is always the last statement on its path: `continue` and early `return` are lowered to branches.
"""
from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from .types import Type

_ids = itertools.count()


@dataclass(frozen=True, slots=True)
class Origin:
    """The user's statement that an IR statement comes from; `adjoint`: the IR statement computes its cotangents,
    `tangent`: its tangents."""

    file: str
    line: int
    text: str
    function: str = ""
    col: int = 0
    end_col: int = 0
    comments: tuple[str, ...] = ()
    behind: str = ""  # the comment at the end of the statement's last line
    adjoint: bool = False
    tangent: bool = False

    @property
    def ours(self) -> bool:
        """Whether the IR statement is not the user's own."""
        return self.adjoint or self.tangent


@dataclass(slots=True, eq=False)
class Var:
    """A variable. Identity is the object; `hint` is the name it would like to have, which a pass may improve."""

    hint: str
    type: Type
    uid: int = field(default_factory=lambda: next(_ids))

    def __repr__(self) -> str:
        return f"{self.hint}%{self.uid}"


@dataclass(frozen=True, slots=True, eq=False)
class Const:
    """A constant; `text` is how it is written where that is not `repr(value)`."""

    value: Any
    text: str | None = None

    def __repr__(self) -> str:
        return self.text or repr(self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Pack:
    """A group of operands: `kind` is "tuple", "list", "slice", "dict" (then `keys` has the keys) or "object" (then
    `keys` has the names of its attributes, and `cls` is its class, which may be one of named tuples; only results are
    such groups)."""

    kind: str
    items: tuple[Arg, ...]
    keys: tuple[Any, ...] = ()
    cls: type | None = None

    @property
    def is_tuple(self) -> bool:
        """Whether it is a tuple, named or not."""
        return self.kind == "tuple" or (self.cls is not None and issubclass(self.cls, tuple))

    def of(self, items: tuple[Arg, ...]) -> Pack:
        """The same group of other operands."""
        return Pack(self.kind, items, self.keys, self.cls)


Operand = Var | Const
Arg = Var | Const | Pack


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """`function(*args, **kwargs)`. `style` is how it is written: "call", "op" (`a + b`), "method" (`a.sum()`),
    "attribute" (`a.T`) or "index" (`a[i]`). `text` is the function's name as the source spells it."""

    function: Any
    args: tuple[Arg, ...]
    kwargs: tuple[tuple[str, Arg], ...] = ()
    style: str = "call"
    text: str | None = None


Expr = Var | Const | Pack | Call


@dataclass(frozen=True, slots=True, eq=False)
class Assign:
    target: Var
    value: Expr
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Copy:
    """`targets = sources`, all at once: values that leave a path."""

    targets: tuple[Var, ...]
    sources: tuple[Operand, ...]
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Store:
    """`base[index] op= value`, in memory; `index` None is the whole array (`base op= value`), `op` "" overwrites.

    `scatter` adds at repeated indices one after the other, as `np.add.at` does."""

    base: Var
    index: Arg | None
    op: str
    value: Operand
    origin: Origin | None = None
    scatter: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class SetSlot:
    """`base.name = value`, or `base[key] = value` of a record with static keys."""

    base: Var
    key: Any
    value: Operand
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Push:
    """`stack.append(value)`"""

    stack: Var
    value: Arg
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Pop:
    """`target = stack.pop()`"""

    target: Var
    stack: Var
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Effect:
    """A call made for its effect; it touches no memory that carries derivatives (print, logging, seeds)."""

    value: Call
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Linear:
    """A linear map: `body` computes `outputs` from `inputs`, reading what else is at hand where the rule applies.

    `transposed`: from cotangents of the results to cotangents of the arguments (a vjp); otherwise from tangents of
    the arguments to tangents of the results. An output that is None is zero."""

    inputs: tuple[Var, ...]
    body: Block
    outputs: tuple[Operand | None, ...]
    transposed: bool


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """How `results` depend on `args` by a user's rule: `forward` computes the results' values, `sources`, and what
    `linear` reads. `captured`: what either reads besides the arguments, so that no derivative passes through it.
    `refusal` is raised where the rule is applied but could not be read."""

    name: str
    args: tuple[Var, ...]
    forward: Block
    sources: tuple[Operand, ...]
    linear: Linear | None
    captured: tuple[Var, ...] = ()
    refusal: Exception | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ruled:
    """A call of a function whose derivative is given by a rule. `primal` computes the results and copies them to
    `results`; it is what remains where no derivative passes. Otherwise it becomes the forward part of one of `rules`
    (of that in the direction wanted, if there is one; the first otherwise) and a `Given`."""

    results: tuple[Var, ...]
    primal: Block
    rules: tuple[Rule, ...]
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Given:
    """`results = rule.sources`, whose derivative by `rule.args` is what the rule says."""

    results: tuple[Var, ...]
    rule: Rule
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class If:
    cond: Operand
    then: Block
    orelse: Block
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """A loop that keeps snapshots of its state instead of records: their number, or a limit in bytes (the other is
    None)."""

    snapshots: Operand
    limit: Operand


@dataclass(frozen=True, slots=True, eq=False)
class For:
    """`for target in range(start, stop, step)`; with `backward`, the same numbers in the opposite order.

    `trips` (set where the loop can be left early) holds, after the loop, how many iterations began; a backward loop
    with `limit` visits only the first `limit` numbers of the range."""

    target: Var
    start: Operand
    stop: Operand
    step: Operand
    body: Block
    origin: Origin | None = None
    backward: bool = False
    trips: Var | None = None
    limit: Operand | None = None
    plan: Plan | None = None


@dataclass(frozen=True, slots=True, eq=False)
class While:
    """`while True: header; if not cond: break; body`. `trips` counts the iterations
    whose body began."""

    header: Block
    cond: Operand
    body: Block
    origin: Origin | None = None
    trips: Var | None = None
    plan: Plan | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Break:
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Raise:
    """`raise value`, or `assert cond, value` where `cond` is given."""

    value: Arg | Call | None
    cond: Operand | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class With:
    """`with context: body`, a context that does not touch numbers (np.errstate, a timer)."""

    context: Call
    body: Block
    target: Var | None = None
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Try:
    """`try: body; except error: handler; finally: final`."""

    body: Block
    handlers: tuple[tuple[Operand | Pack | None, Var | None, Block], ...]
    final: Block
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Return:
    value: Arg
    origin: Origin | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Comment:
    """A comment line of the generated text, such as the heading of a section. It means nothing.

    `forgotten` are variables that nobody reads from here on, whose arrays are let go."""

    text: str
    origin: Origin | None = None
    forgotten: tuple[Var, ...] = ()


Stmt = (Assign | Copy | Store | SetSlot | Push | Pop | Effect | Ruled | Given | If | For | While | Break | Raise | With
        | Try | Return | Comment)


@dataclass(slots=True, eq=False)
class Block:
    """A list of statements. Filled while it is built, then left alone."""

    stmts: list[Stmt] = field(default_factory=list)

    def __iter__(self) -> Iterator[Stmt]:
        return iter(self.stmts)

    def __len__(self) -> int:
        return len(self.stmts)


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    name: str
    params: tuple[Var, ...]
    keywords: tuple[Var, ...]
    body: Block
    doc: str | None = None
    origin: Origin | None = None

    def with_body(self, body: Block) -> Function:
        """The function with other statements."""
        return Function(self.name, self.params, self.keywords, body, self.doc, self.origin)
