"""What a row of the derivative table is, and the constructors that rows are written with.

A row belongs to one function (`np.sin`, `np.sum`, `np.linalg.solve`). It names the function's operands (the
arguments that can carry derivatives) and holds one `Partial` per operand: a vjp and a jvp formula, side by
side.

    elementwise(np.sin, "x", x=lambda x: np.cos(x), samples=reals())

Contract of a formula
---------------------
*   The first parameter of a vjp formula is `g`, the cotangent of the result; of a jvp formula `d`, the
    tangent of the operand. An `elementwise` partial has neither: it is the derivative itself.
*   Every further parameter names what the formula reads, and *only that is kept* for the reverse sweep:
    an operand or parameter of the function (`x1`, `axis`), the result (`out`), or a fact about an operand
    or the result: `x1_shape`, `x1_ndim`, `x1_size`, `x1_dtype`, `out_shape`, `out_ndim`, ... Ask for a fact
    where a fact is enough. For a sequence operand (`np.concatenate(arrays)`, named in `sequences`) the
    value and each fact are lists, nested as the operand is; its vjp returns a list, and a jvp formula gets
    the list of its tangents (zeros for what is inactive).
*   One lambda, three readings: on arrays it computes (tape), on compiler handles it emits code, on tensors
    it records. So a formula uses operators, indexing, `np.*` functions and `support` functions only (no
    methods but `.ndim .shape .dtype .T`), no `np.zeros/ones/arange` (use the `*_like` forms), and may
    branch on static facts (ndim, dtype kind, parameters such as `axis`), never on values or sizes.
*   Formulas are real-valued: they apply the *transpose*, never the conjugate. Around the table the
    cotangent of a complex result is conjugated before and after, which yields PyTorch's convention. A
    function that is not holomorphic (abs, real, angle, ...) says `holomorphic=False` and its formulas deal
    with complex numbers themselves.
*   A vjp may return anything that *broadcasts against* the operand: smaller (the cotangent of `np.sum(x)`
    is the scalar `g`) or larger (a broadcast operand). The caller sums or expands to the operand's shape
    and casts to its dtype ("projection"), once, around the table. Never inside a row.
*   A jvp likewise may return anything that broadcasts to the result: the caller adds the operands' tangents
    up and expands the sum to the result's shape.
*   A function with several results (a tuple) gets `g` as a tuple and `out` as a tuple; its jvp returns a
    tuple. An entry of `g` is None for a result that nothing depends on; a vjp may return None for zero.
*   An operand that is a plain Python number reaches the formula as that number, which is a static fact: `x
    ** 3` may emit `3 * x**2`.

Keyword arguments outside the table
-----------------------------------
No signature mentions `out=`, and none of an elementwise row mentions `where=`: `bind` refuses them, since
whoever forgets them computes a wrong derivative. They are sugar: `np.add(a, b, out=c, where=m)` is
`c[...] = np.where(m, np.add(a, b), c)`, and is to be read that way (`calls.without_sugar`).
"""
from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from ad_compiler.rules.signature import OMITTED, Parameter, parse_signature

Formula = Callable[..., Any]
Kind = Literal["elementwise", "linear", "rule", "zero"]
View = Literal["never", "always", "maybe"]

FACTS = ("shape", "ndim", "size", "dtype")

# Keyword arguments of every ufunc that do not change a derivative (`dtype` rounds, it does not reshape).
UFUNC_OPTIONS = frozenset({"dtype", "casting", "order", "subok", "signature"})


def formula_reads(formula: Formula) -> tuple[str, ...]:
    """Parameter names of a formula, read from its code object (or from `formula.reads` where it is built)."""
    built = getattr(formula, "reads", None)
    if built is not None:
        return built
    code = formula.__code__
    return code.co_varnames[: code.co_argcount]


class Composed:
    """A built formula `(v, *reads) -> outer(v, inner(*reads))`; it reads what `inner` names.

    For families of rows whose formulas differ in one part only.
    """

    __slots__ = ("inner", "outer", "reads")

    def __init__(self, outer: Formula, inner: Formula) -> None:
        self.outer, self.inner = outer, inner
        self.reads = ("v", *formula_reads(inner))

    def __call__(self, v: Any, *values: Any) -> Any:
        return self.outer(v, self.inner(*values))


@dataclass(frozen=True, slots=True)
class Partial:
    """Derivative of the result with respect to one operand, in both modes.

    `vjp(g, *reads)` gives the operand's cotangent, `jvp(d, *reads)` the result's tangent.
    """

    vjp: Formula
    jvp: Formula

    @property
    def vjp_reads(self) -> tuple[str, ...]:
        return formula_reads(self.vjp)[1:]

    @property
    def jvp_reads(self) -> tuple[str, ...]:
        return formula_reads(self.jvp)[1:]


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """One row of the table. Build it with `elementwise`, `linear`, `bilinear`, `rule` or `zero`.

    kind          "elementwise": partials are derivatives; "linear": partials are vjps, the function is
                  linear in each operand by itself, and forward mode puts the tangent in the operand's
                  place; "rule": partials are `Partial`s; "zero": no derivative, `reason` says why
    view          whether the result may share memory with an operand
    results       number of results where that is a tuple; -1 where it depends on the arguments
    sequences     operands and parameters that are sequences of arrays (variadic operands included)
    writes        the operand that the call overwrites. The row then describes the pure function from the
                  arguments to the new value of that operand: `out` and `g` mean that value, its partial the
                  old value
    random        the result differs from call to call: never to be recomputed
    zero_for_real the derivative is zero for operands that are not complex (`np.sign`, `np.imag`)
    constants     parameters that may be active and have derivative zero all the same (`x2` of
                  `np.copysign`). An active argument for a parameter that is neither operand nor constant
                  has no rule: refuse it
    renames       further names of parameters (`min` for `a_min` of `np.clip`)
    like          the operand whose shape the result has, where a stand-in would not show it: `"b"` of a solver,
                  `"x[:-1]"` of a density of vectors
    """

    function: Callable[..., Any]
    signature: str
    kind: Kind
    partials: dict[str, Partial | Formula]
    samples: Any = None
    holomorphic: bool = True
    view: View = "never"
    results: int | None = None
    reason: str = ""
    note: str = ""
    sequences: tuple[str, ...] = ()
    writes: str = ""
    random: bool = False
    zero_for_real: bool = False
    constants: tuple[str, ...] = ()
    renames: Mapping[str, str] = field(default_factory=dict)
    like: str = ""
    _parameters: list[Parameter] = field(default_factory=list)

    @property
    def name(self) -> str:
        return getattr(self.function, "__name__", repr(self.function))

    @property
    def operands(self) -> tuple[str, ...]:
        """Names of the arguments that can carry derivatives, in the order of the row."""
        return tuple(self.partials)

    @property
    def parameters(self) -> list[Parameter]:
        if not self._parameters:
            self._parameters.extend(parse_signature(self.signature))
        return self._parameters

    def bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Arguments by parameter name, defaults filled in. Raises TypeError as a call would."""
        bound: dict[str, Any] = {}
        rest = list(args)
        unknown = {self.renames.get(name, name): value for name, value in kwargs.items()}
        for parameter in self.parameters:
            if parameter.kind == "variadic":
                bound[parameter.name] = rest
                rest = []
            elif parameter.kind == "keywords":
                bound[parameter.name], unknown = unknown, {}
            elif rest and parameter.kind == "positional":
                bound[parameter.name] = rest.pop(0)
            elif parameter.name in unknown:
                bound[parameter.name] = unknown.pop(parameter.name)
            elif parameter.required:
                raise TypeError(f"{self.name}() missing argument {parameter.name!r}")
            else:
                bound[parameter.name] = parameter.default
        if isinstance(self.function, np.ufunc):
            unknown = {name: value for name, value in unknown.items() if name not in UFUNC_OPTIONS}
        if rest or unknown:
            what = f"keyword {sorted(unknown)[0]!r}" if unknown else f"{len(args)} positional arguments"
            known = f"the derivative table knows `{self.signature}`"
            raise TypeError(f"{self.name}() got unexpected {what} ({known})")
        return bound

    def arguments(self, bound: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
        """The inverse of `bind`: positional and keyword arguments of a call, without the defaults."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        trailing = 0
        by_name = False
        renamed = self.renames.values()
        needed = _needed(self.function)
        for parameter in self.parameters:
            value = bound[parameter.name]
            is_default = not parameter.required and value is parameter.default and parameter.name not in needed
            if parameter.kind == "variadic":
                args.extend(value)
                trailing = 0
            elif parameter.kind == "keywords":
                kwargs.update(value)
            elif value is OMITTED:
                by_name = True
            elif by_name or parameter.kind == "keyword":
                if not is_default:
                    kwargs[parameter.name] = value
            else:
                args.append(value)
                # what has two names has, in NumPy, no default under the older one
                trailing = trailing + 1 if is_default and parameter.name not in renamed else 0
        return args[: len(args) - trailing], kwargs


@lru_cache(maxsize=256)
def _needed(function: Any) -> frozenset[str]:
    """The parameters that the installed library's function has no default for, where it says: an older one may have
    fewer defaults than the row."""
    import inspect

    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return frozenset()
    return frozenset(p.name for p in parameters if p.default is p.empty)


def elementwise(function: Any, signature: str, *, samples: Any, holomorphic: bool = True, note: str = "",
                random: bool = False, constants: tuple[str, ...] = (), like: str = "", **partials: Formula) -> Row:
    """A row of an elementwise function: one partial derivative per operand.

    Forward mode is `d * p`, reverse mode `g * p` (conjugated around the table); both come from the one
    formula. Keyword arguments that are not options are operands: `x1=lambda x2: x2`.
    """
    return Row(function, signature, "elementwise", dict(partials), samples, holomorphic=holomorphic,
               note=note, random=random, constants=constants, like=like)


def linear(function: Any, signature: str, *, samples: Any, view: View = "never", note: str = "",
           holomorphic: bool = True, sequences: tuple[str, ...] = (), results: int | None = None,
           constants: tuple[str, ...] = (), zero_for_real: bool = False, **vjps: Formula) -> Row:
    """A row of a function that is linear in one operand; forward mode applies the function to the tangent.

    The one operand is given by keyword with its vjp: `linear(np.sum, "a, axis=None", a=lambda g, ...: ...)`.
    """
    return Row(function, signature, "linear", dict(vjps), samples, view=view, note=note,
               holomorphic=holomorphic, sequences=sequences, results=results, constants=constants,
               zero_for_real=zero_for_real)


def bilinear(function: Any, signature: str, *, samples: Any, note: str = "", **vjps: Formula) -> Row:
    """A row of a function that is linear in each of several operands by itself.

    Forward mode puts the tangent in the operand's place: `bilinear(np.vdot, "a, b", a=..., b=...)`.
    """
    return Row(function, signature, "linear", dict(vjps), samples, note=note)


def rule(function: Any, signature: str, *, samples: Any, holomorphic: bool = True, view: View = "never",
         results: int | None = None, note: str = "", sequences: tuple[str, ...] = (), writes: str = "",
         zero_for_real: bool = False, constants: tuple[str, ...] = (),
         renames: Mapping[str, str] | None = None, like: str = "", **partials: Partial) -> Row:
    """A row with a jvp/vjp pair per operand. `results` is the number of results where that is a tuple."""
    return Row(function, signature, "rule", dict(partials), samples, holomorphic=holomorphic, view=view,
               results=results, note=note, sequences=sequences, writes=writes, zero_for_real=zero_for_real,
               constants=constants, renames=renames or {}, like=like)


def zero(*functions: Any, reason: str, view: View = "never", random: bool = False) -> tuple[Row, ...]:
    """Rows of functions whose derivative is zero wherever it exists; `reason` says why."""
    return tuple(Row(f, "*args, **kwargs", "zero", {}, reason=reason, view=view, random=random)
                 for f in functions)


def existing(module: Any, *names: str) -> list[Any]:
    """The functions of these names that the installed version has (NumPy 2.0 lacks some that 2.1 brought)."""
    return [getattr(module, name) for name in names if hasattr(module, name)]


def alias(row: Row, *functions: Any) -> tuple[Row, ...]:
    """The same row under further functions (`np.amax` for `np.max`, `math.sin` for `np.sin`)."""
    return tuple(replace(row, function=f) for f in functions)
