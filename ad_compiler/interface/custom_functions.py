"""Functions with a rule, as objects: what `custom_vjp`, `custom_jvp` and `primitive` return.

Called on numbers and arrays they are the function itself. The compiler reads the rule in place (`frontend/lower/
custom.py`), the tape records one node (`runtime/custom_rules.py`).
"""
from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from ..frontend.lower.custom import UserRule, lower_ruled
from ..parameters import signature_of
from .custom_values import carries, floating, pullback_at
from .function_like import FunctionLike
from .structure import children, leaves, map_leaves


class Tree:
    """What the tape needs to know of structures."""

    carries = staticmethod(carries)
    map_leaves = staticmethod(map_leaves)

    @staticmethod
    def floating(tree: Any) -> list[Any]:
        return [leaf for _, leaf in floating(tree)]


class RuledFunction(FunctionLike):
    """A function with a rule. It behaves like the function, and transforms use the rule."""

    # no `__dict__`: for the front end its identity is what matters, as for a plain function
    __slots__ = ("__weakref__", "_rule", "fun", "nondiff", "signature")

    def __init__(self, fun: Callable[..., Any], nondiff_argnums: int | Iterable[int] = (),
                 nondiff_argnames: str | Iterable[str] = ()) -> None:
        if not callable(fun):
            raise TypeError(f"a function is needed, not {fun!r}")
        self.fun = fun
        self.signature = _signature(fun)
        places = (nondiff_argnums,) if isinstance(nondiff_argnums, int) else tuple(nondiff_argnums)
        names = list(self.signature.parameters)
        given = (nondiff_argnames,) if isinstance(nondiff_argnames, str) else tuple(nondiff_argnames)
        unknown = next((name for name in given if name not in names), None)
        if unknown is not None:
            raise ValueError(f"nondiff_argnames: `{self.__name__}` has no argument `{unknown}`, only "
                             f"{', '.join(f'`{n}`' for n in names)}")
        found = {p + len(names) if p < 0 else p for p in places} | {names.index(name) for name in given}
        self.nondiff = tuple(sorted(found))
        self._rule: UserRule | None = None

    # --- like the function ----------------------------------------------------------------------------------------
    @property
    def primal(self) -> Callable[..., Any]:
        return self.fun

    @property
    def __name__(self) -> str:
        name = getattr(self.fun, "__name__", "f")
        return name if name.isidentifier() else "f"

    @property
    def __signature__(self) -> inspect.Signature:
        return self.signature

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for _, leaf in leaves((args, kwargs)):
            record = getattr(type(leaf), "__ad_rule__", None)
            if record is not None:
                return record(self, self.positional(args, kwargs))
        return _own_memory(self.fun(*args, **kwargs), (args, kwargs))

    def positional(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        """The arguments by position, defaults filled in. Raises TypeError for keyword-only ones."""
        bound = self.signature.bind(*args, **kwargs)
        bound.apply_defaults()
        if bound.kwargs:
            raise TypeError(f"`{self.__name__}` has a derivative rule, which is about positional arguments only: "
                            f"`{next(iter(bound.kwargs))}` is a keyword argument")
        return bound.args

    # --- the rule -------------------------------------------------------------------------------------------------
    @property
    def rule(self) -> UserRule:
        """The rule as the compiler takes it. Raises TypeError if none has been given yet."""
        if self._rule is None:
            raise TypeError(f"`{self.__name__}` has no derivative rule yet: {self.missing()}")
        return self._rule

    # the tape asks for these: it has no view of its own of structures and rules
    tree = Tree

    def pullback_at(self, args: tuple[Any, ...]) -> tuple[Any, Any]:
        """The result and its pullback, for plain or recorded arguments; see `custom_values.pullback_at`."""
        return pullback_at(self, args)

    def missing(self) -> str:
        """How to give the rule that is missing; each kind of rule says it."""
        raise NotImplementedError

    def batched_form(self, axes: tuple[Any, ...]) -> Any:
        """What a batched program calls instead: for arguments with the batch on these axes. None if there is none."""
        from .batched_rules import batched_form

        return None if self.rule.plain is None else batched_form(self, self.rule.plain, axes)

    def __ad_transform__(self, lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any,
                         hint: str | None) -> Any:
        """Called by the front end where a program that is being compiled calls this function."""
        return lower_ruled(lo, self.rule, args, kwargs, node, hint)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.__qualname__!r}>"

    def recipe(self) -> tuple[Any, tuple[Any, ...]]:
        raise TypeError(f"{self!r} cannot be pickled: define it at the top of a module, under its function's name")


def _own_memory(out: Any, given: Any) -> Any:
    """The result with copies of what shares memory with an argument, so that a write to one is not seen in the other:
    emitted code relies on that."""
    if type(out) is not np.ndarray and (isinstance(out, (float, np.generic)) or children(out) is None):
        return out
    arrays = [leaf for _, leaf in leaves(given) if isinstance(leaf, np.ndarray)]

    def own(leaf: Any) -> Any:
        shared = isinstance(leaf, np.ndarray) and any(np.may_share_memory(leaf, a) for a in arrays)
        return leaf.copy() if shared else leaf

    return map_leaves(own, out)


def _signature(fun: Callable[..., Any]) -> inspect.Signature:
    behind: Any = fun
    while isinstance(behind, functools.partial):
        behind = behind.func
    try:
        found = signature_of(fun)
        if isinstance(behind, np.ufunc):  # newer NumPy says `out=None` and more, which are no arguments of the rule's
            found = found.replace(parameters=[p for p in found.parameters.values() if p.default is p.empty
                                              and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)])
        return found
    except ValueError:  # C code that does not say
        return inspect.Signature([inspect.Parameter("args", inspect.Parameter.VAR_POSITIONAL)])


class CustomVjp(RuledFunction):
    """What `custom_vjp` returns."""

    __slots__ = ()

    def defvjp(self, fwd: Callable[..., Any], bwd: Callable[..., Any], symbolic_zeros: bool = False,
               optimize_remat: bool = False) -> None:
        """Give the rule: `fwd(*args) -> (out, residuals)` and `bwd(*nondiff_args, residuals, out_bar) -> cotangents`.

        `bwd` returns a tuple with one cotangent for each argument that is not in `nondiff_argnums`: of its structure
        and shapes, or None for zero. `optimize_remat` has no meaning here.
        """
        if symbolic_zeros:
            raise ValueError("symbolic_zeros is not supported: cotangents of unused results are arrays of zeros")
        self._rule = UserRule(self, self.__name__, self.signature, self.fun, forward=fwd, backward=bwd,
                              nondiff=self.nondiff)

    def missing(self) -> str:
        return f"call {self.__name__}.defvjp(fwd, bwd)"


class CustomJvp(RuledFunction):
    """What `custom_jvp` returns."""

    __slots__ = ()

    def defjvp(self, jvp: Callable[..., Any], symbolic_zeros: bool = False) -> Callable[..., Any]:
        """Give the rule: `jvp(*nondiff_args, primals, tangents) -> (out, out_dot)`. Usable as a decorator.

        `primals` and `tangents` are tuples with one item for each argument that is not in `nondiff_argnums`.
        """
        if symbolic_zeros:
            raise ValueError("symbolic_zeros is not supported: tangents of constant arguments are arrays of zeros")
        self._rule = UserRule(self, self.__name__, self.signature, self.fun, tangent=jvp, nondiff=self.nondiff)
        return jvp

    def defjvps(self, *jvps: Callable[..., Any] | None) -> None:
        """Give the rule by argument: `jvps[i](tangent, out, *args)` is the tangent that argument i contributes; None
        for an argument that contributes nothing."""
        if self.nondiff:
            raise TypeError("defjvps is about all arguments: use defjvp with nondiff_argnums")
        self.defjvp(_sum_of(self, jvps))

    def missing(self) -> str:
        return f"call {self.__name__}.defjvp(jvp)"


def _sum_of(f: Any, jvps: Sequence[Callable[..., Any] | None]) -> Callable[..., Any]:
    def jvp(primals: Any, tangents: Any) -> Any:
        out = f(*primals)
        total = None
        for part, tangent in zip(jvps, tangents, strict=True):
            if part is not None:
                term = part(tangent, out, *primals)
                total = term if total is None else total + term
        return out, total

    return jvp


class Primitive(RuledFunction):
    """What `primitive` returns."""

    __slots__ = ("like",)

    def __init__(self, fun: Callable[..., Any], like: Callable[..., Any] | None = None,
                 nondiff_argnums: int | Iterable[int] = ()) -> None:
        super().__init__(fun, nondiff_argnums)
        self.like = like

    def defvjp(self, vjp: Callable[..., Any]) -> Callable[..., Any]:
        """Give the rule for reverse mode: `vjp(out_bar, out, *args) -> cotangents`, a tuple with one for each argument
        (None for zero); for a function of one argument, the cotangent itself will do. Usable as a decorator."""
        forward, backward = _as_pair(self, vjp)
        self._rule = self._with(forward=forward, backward=backward, tangent=self._rule and self._rule.tangent)
        return vjp

    def defjvp(self, jvp: Callable[..., Any]) -> Callable[..., Any]:
        """Give the rule for forward mode: `jvp(tangents, out, *args) -> out_dot`. Usable as a decorator."""
        before = self._rule
        self._rule = self._with(forward=before and before.forward, backward=before and before.backward,
                                tangent=_with_value(self, jvp))
        return jvp

    def _with(self, **parts: Any) -> UserRule:
        return UserRule(self, self.__name__, self.signature, None, nondiff=self.nondiff, like=self.like, pattern=True,
                        **parts)

    def missing(self) -> str:
        return f"call {self.__name__}.defvjp(vjp) or {self.__name__}.defjvp(jvp)"


def _as_pair(f: Any, vjp: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def forward(*args: Any) -> Any:
        out = f(*args)
        return out, (out, args)

    if f.nondiff:
        raise TypeError("nondiff_argnums is for custom_vjp: the vjp of a primitive returns None for such arguments")

    def backward(residuals: Any, out_bar: Any) -> Any:
        return vjp(out_bar, residuals[0], *residuals[1])

    return forward, backward


def _with_value(f: Any, jvp: Callable[..., Any]) -> Callable[..., Any]:
    def tangent(primals: Any, tangents: Any) -> Any:
        out = f(*primals)
        return out, jvp(tangents, out, *primals)

    return tangent
