"""What is put to the test: something that makes gradient functions.

`Compiler` is the product. `Differences` is a stand-in that needs no compiler (another difference formula than
the oracle's), and `Faulty` spoils a subject on purpose, to show that the harness notices.
"""
from __future__ import annotations

import copy
import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from .features import Features
from .node_kinds import node_kinds
from .oracle import flat, like, shifted

Gradient = Callable[..., tuple[Any, tuple[Any, ...]]]


class Subject(Protocol):
    """Makes, for `f`, a function of the same arguments that returns the value and a tuple of gradients."""

    @property
    def name(self) -> str: ...

    def value_and_grad(self, f: Callable[..., Any], argnums: tuple[int, ...]) -> Gradient: ...

    def refused(self, error: BaseException) -> str | None:
        """The reason, if this error says that the program is outside the language; None for a crash."""
        ...

    def source(self, f: Callable[..., Any], args: tuple[Any, ...]) -> str | None:
        """The generated text; None if there is none."""
        ...

    def jvp(self, f: Callable[..., Any], args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        """The tangent of the result; None if there is no forward mode."""
        ...

    def vjp(self, f: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[Any], Any] | None:
        """The pullback at these arguments; None if there is none."""
        ...

    def with_aux(self, f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, Any, Any]:
        """Value, what is given along, and gradients, of a function that returns a pair."""
        ...

    def hvp(self, f: Callable[..., Any], args: tuple[Any, ...], along: tuple[Any, ...]) -> Any:
        """The Hessian times a direction; None if there is no second order."""
        ...

    def nodes(self, f: Callable[..., Any], args: tuple[Any, ...]) -> Features | None:
        """Kinds of IR node that `f` becomes; None if there is no IR."""
        ...


@dataclass(frozen=True)
class Compiler:
    """`ad_compiler`, with keyword options for its transforms (`mode="slow"`, ...).

    What it cannot compile it must say, not hand to a tape: a refusal is what is counted here.
    """

    name: str = "ad_compiler"
    options: dict[str, Any] = field(default_factory=lambda: {"on_unsupported": "error"})

    @staticmethod
    def ready() -> bool:
        """Whether the compiler has its transforms."""
        try:
            return callable(_product().value_and_grad)
        except (ImportError, AttributeError):
            return False

    def value_and_grad(self, f: Callable[..., Any], argnums: tuple[int, ...]) -> Gradient:
        return _product().value_and_grad(f, argnums=argnums, **self.options)

    def refused(self, error: BaseException) -> str | None:
        from ad_compiler.errors import CompileError, InternalError
        outside = isinstance(error, CompileError) and not isinstance(error, InternalError)
        return str(error) if outside else None

    def source(self, f: Callable[..., Any], args: tuple[Any, ...]) -> str | None:
        product = _product()
        argnums = tuple(k for k, arg in enumerate(args) if not isinstance(arg, int))
        gradient = product.value_and_grad(f, argnums=argnums, **self.options)
        return product.source(gradient, *args)

    def jvp(self, f: Callable[..., Any], args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        return _product().jvp(f, args, tangents, **self.options)[1]

    def vjp(self, f: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[Any], Any] | None:
        return _product().vjp(f, *args, **self.options)[1]

    def with_aux(self, f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, Any, Any]:
        argnums = tuple(k for k, arg in enumerate(args) if not isinstance(arg, int))
        (value, aux), gradients = _product().value_and_grad(f, argnums=argnums, has_aux=True, **self.options)(*args)
        return value, aux, gradients

    def hvp(self, f: Callable[..., Any], args: tuple[Any, ...], along: tuple[Any, ...]) -> Any:
        argnums = tuple(k for k, arg in enumerate(args) if not isinstance(arg, int))
        return _product().hvp(f, args, tuple(along[k] for k in argnums), argnums=argnums, **self.options)

    def nodes(self, f: Callable[..., Any], args: tuple[Any, ...]) -> Features | None:
        from ad_compiler.errors import CompileError
        try:
            return node_kinds(f, args)
        except CompileError:
            return None  # it ran on the tape


@dataclass(frozen=True)
class GradientAlone(Compiler):
    """`grad`, which leaves out what only the value needs; the value is that of the function itself."""

    name: str = "gradient alone"

    def value_and_grad(self, f: Callable[..., Any], argnums: tuple[int, ...]) -> Gradient:
        gradient = _product().grad(f, argnums=argnums, **self.options)

        def both(*args: Any) -> tuple[Any, tuple[Any, ...]]:
            value = f(*copy.deepcopy(args))
            return value, gradient(*args)
        return both


def _product() -> Any:
    return importlib.import_module("ad_compiler")


@dataclass(frozen=True)
class Differences:
    """Central differences of order two, extrapolated once."""

    name: str = "differences"

    def value_and_grad(self, f: Callable[..., Any], argnums: tuple[int, ...]) -> Gradient:
        def both(*args: Any) -> tuple[Any, tuple[Any, ...]]:
            kept = copy.deepcopy(args)
            value = f(*args)
            slopes = like(kept, _slopes(f, kept))
            return value, tuple(slopes[position] for position in argnums)
        return both

    def refused(self, error: BaseException) -> str | None:
        return None

    def source(self, f: Callable[..., Any], args: tuple[Any, ...]) -> str | None:
        return None

    def jvp(self, f: Callable[..., Any], args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        return None

    def vjp(self, f: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[Any], Any] | None:
        return None

    def with_aux(self, f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, Any, Any]:
        raise NotImplementedError("there is no pullback either")

    def hvp(self, f: Callable[..., Any], args: tuple[Any, ...], along: tuple[Any, ...]) -> Any:
        return None

    def nodes(self, f: Callable[..., Any], args: tuple[Any, ...]) -> Features | None:
        return None


def _slopes(f: Callable[..., Any], args: tuple[Any, ...]) -> np.ndarray:
    """Derivatives with respect to every number of the arguments."""
    out = np.zeros(flat(args).size)
    for k in range(out.size):
        def quotient(h: float, k: int = k) -> float:
            delta = np.zeros(out.size)
            delta[k] = h
            ahead, behind = (float(f(*copy.deepcopy(shifted(args, sign * delta)))) for sign in (1.0, -1.0))
            return (ahead - behind) / (2.0 * h)
        out[k] = (4.0 * quotient(5e-5) - quotient(1e-4)) / 3.0
    return out


@dataclass(frozen=True)
class Faulty:
    """A subject whose results are spoiled by `spoil(args_before, args_after, value, gradients)`."""

    inner: Subject
    spoil: Callable[[tuple[Any, ...], tuple[Any, ...], Any, tuple[Any, ...]], tuple[Any, tuple[Any, ...]]]
    name: str = "faulty"

    def value_and_grad(self, f: Callable[..., Any], argnums: tuple[int, ...]) -> Gradient:
        both = self.inner.value_and_grad(f, argnums)

        def spoiled(*args: Any) -> tuple[Any, tuple[Any, ...]]:
            before = copy.deepcopy(args)
            value, gradients = both(*args)
            return self.spoil(before, args, value, gradients)
        return spoiled

    def refused(self, error: BaseException) -> str | None:
        return self.inner.refused(error)

    def source(self, f: Callable[..., Any], args: tuple[Any, ...]) -> str | None:
        return self.inner.source(f, args)

    def jvp(self, f: Callable[..., Any], args: tuple[Any, ...], tangents: tuple[Any, ...]) -> Any:
        return self.inner.jvp(f, args, tangents)

    def vjp(self, f: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[Any], Any] | None:
        return self.inner.vjp(f, args)

    def with_aux(self, f: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, Any, Any]:
        return self.inner.with_aux(f, args)

    def hvp(self, f: Callable[..., Any], args: tuple[Any, ...], along: tuple[Any, ...]) -> Any:
        return self.inner.hvp(f, args, along)

    def nodes(self, f: Callable[..., Any], args: tuple[Any, ...]) -> Features | None:
        return self.inner.nodes(f, args)
