"""Transforms made of `grad`, `vjp` and `jvp`."""
from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ..bridge_trees import holds_recorded
from .directions import jvp, vjp
from .elementwise import ElementwiseGradient
from .forward_sweep import forward_of
from .function_like import FunctionLike, calling_function
from .gradients import chosen_options, gradient_of
from .jacobians import (
    Settings,
    forward_jacobian,
    positions,
    reverse_jacobian,
    shorter_jacobian,
    value_and_reverse_jacobian,
)
from .results import like_result
from .structure import is_floating, map_floating
from .target import is_within, resolve
from .wrt import Argnums, chosen

_ANY = inspect.signature(lambda *args, **kwargs: None)


class Composition(FunctionLike):
    """A derivative of another kind than a gradient, as a function. Has the name and docstring of its primal."""

    __slots__ = ("__weakref__", "how", "known", "plain", "settings", "target")

    def __init__(self, how: str, primal: Callable[..., Any], settings: Settings) -> None:
        self.how, self.settings = how, settings
        self.plain: dict[Any, types.FunctionType] = {}
        self.known: dict[Any, Any] = {}  # what one call finds out and the next needs again
        self.target = resolve(primal)
        if "argnums" in settings:
            chosen(self.target, settings["argnums"])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if "runtime.core" in sys.modules and (holds_recorded(args) or is_within(self.target)):
            from .tensors import composition_on_tensors

            if kwargs:
                raise TypeError(f"{self!r} takes its arguments by position where tensors are among them")
            return composition_on_tensors(self, args)
        f = functools.partial(self.primal, **kwargs) if kwargs else self.primal
        if self.how == "hvp":
            return _hvp(f, args, {} if kwargs else self.known, **self.settings)
        if self.how in ("hessian", "vhp", "derivative"):
            return _HOW[self.how](f, args, **self.settings)
        f = f if kwargs else self.target  # which is looked into once
        if self.how == "jacobian":
            return shorter_jacobian(f, args, {} if kwargs else self.known, **self.settings)
        return _HOW[self.how](f, args, **self.settings)

    def __repr__(self) -> str:
        return f"<{self.how} of {self.__qualname__!r}>"

    @property
    def __signature__(self) -> inspect.Signature:
        """That of the primal; the products with a vector take it behind the arguments."""
        return _ANY if self.how in ("hvp", "vhp") else self.target.visible

    def expand_derivative(self, args: tuple[Any, ...], kwargs: dict[str, Any]
                          ) -> tuple[types.FunctionType, dict[str, Any]]:
        """A plain function that calls this derivative, and the values it takes: where it is compiled, the call is read
        in place."""
        return calling_function(self, f"{self.target.name}_{self.how}", self.__signature__, args, kwargs, self.plain)

    def __ad_transform__(self, lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any,
                         hint: str | None) -> Any:
        """Called by the front end where a program that is being compiled calls this derivative."""
        from .inside_compositions import read_composition

        return read_composition(lo, self, args, kwargs, node, hint)

    def recipe(self) -> tuple[Any, tuple[Any, ...]]:
        return Composition, (self.how, self.primal, self.settings)


def _compose(how: str, f: Callable[..., Any] | None, argnums: Argnums, has_aux: bool, options: Settings,
             **more: Any) -> Any:
    wrt = options.pop("wrt", None)
    chosen_options(options)
    if wrt is not None:
        return _by_path(how, f, argnums, wrt, {**more, "has_aux": has_aux, **options})
    settings = {**more, "argnums": argnums, **({"has_aux": True} if has_aux else {}), **options}
    return (lambda function: Composition(how, function, settings)) if f is None else Composition(how, f, settings)


def _by_path(how: str, f: Callable[..., Any] | None, argnums: Argnums, wrt: Any, settings: Settings) -> Any:
    from .by_path import ByPath, Maker

    if argnums != 0:
        raise TypeError("give argnums or wrt: a path of wrt may begin with an argument")
    make = Maker(globals()[how], tuple({**settings, "on_unsupported": "error"}.items()))
    by = functools.partial(ByPath, how=how, make=make, wrt=wrt, vectors=1 if how in ("hvp", "vhp") else 0)
    return by if f is None else by(f)


# --- public ----------------------------------------------------------------------------------------------------------
def jacrev(f: Callable[..., Any] | None = None, argnums: Argnums = 0, has_aux: bool = False,
           **options: Any) -> Any:
    """The Jacobian in reverse mode: one sweep for each number of the result.

    For a result of shape `S` and an argument of shape `T` it has shape `S + T`; structures nest likewise, the result's
    outside, the argument's inside. With `has_aux` the function returns a pair `(result, auxiliary)`, and the Jacobian
    becomes `(jacobian, auxiliary)`; so it is for every transform of this kind. All of them take `wrt` as `grad` does:
    `jacobian(f, wrt="model.W")` is by what the function captures.

    >>> import numpy as np
    >>> jacrev(lambda x: x * x)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    return _compose("jacrev", f, argnums, has_aux, options)


def jacfwd(f: Callable[..., Any] | None = None, argnums: Argnums = 0, has_aux: bool = False,
           **options: Any) -> Any:
    """The Jacobian in forward mode: one sweep for each number of the arguments. Shapes as for `jacrev`.

    >>> import numpy as np
    >>> jacfwd(lambda t: np.array([t, t**2]))(3.0)
    array([1., 6.])
    """
    return _compose("jacfwd", f, argnums, has_aux, options)


def jacobian(f: Callable[..., Any] | None = None, argnums: Argnums = 0, has_aux: bool = False,
             **options: Any) -> Any:
    """The Jacobian, in the mode that takes fewer sweeps. Shapes as for `jacrev`.

    >>> import numpy as np
    >>> jacobian(lambda x: x[1:] * x[:-1])(np.array([1.0, 2.0, 3.0]))
    array([[2., 1., 0.],
           [0., 3., 2.]])
    """
    return _compose("jacobian", f, argnums, has_aux, options)


def value_and_jacobian(f: Callable[..., Any] | None = None, argnums: Argnums = 0, has_aux: bool = False,
                       **options: Any) -> Any:
    """`(value, jacobian)`, by reverse mode; with `has_aux` `((value, auxiliary), jacobian)`. Shapes as for `jacrev`.

    >>> import numpy as np
    >>> value_and_jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    (array([1., 4.]), array([[2., 0.],
           [0., 4.]]))
    """
    return _compose("value_and_jacobian", f, argnums, has_aux, options)


def hessian(f: Callable[..., Any] | None = None, argnums: Argnums = 0, has_aux: bool = False,
            **options: Any) -> Any:
    """All second derivatives of a scalar function, forward over reverse; shape `T + T` for an argument of shape `T`.

    >>> import numpy as np
    >>> hessian(lambda x: x[0] ** 2 * x[1])(np.array([1.0, 2.0]))
    array([[4., 2.],
           [2., 0.]])
    """
    return _compose("hessian", f, argnums, has_aux, options)


def hvp(f: Callable[..., Any] | None = None, primals: Any = None, tangents: Any = None, *, argnums: Argnums = 0,
        has_aux: bool = False, **options: Any) -> Any:
    """Hessian-vector product of a scalar function: `hvp(f)(*args, v)`, or at once `hvp(f, args, (v,))`.

    `v` has the structure and shapes of the argument `argnums` (a tuple of them for several); so has the result.

    >>> import numpy as np
    >>> hvp(lambda x: np.sum(x ** 3))(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])
    """
    made = _compose("hvp", f, argnums, has_aux, options)
    if primals is None and tangents is None:
        return made
    if not isinstance(primals, (tuple, list)) or not isinstance(tangents, (tuple, list)):
        raise TypeError("hvp(f, primals, tangents) takes two tuples; hvp(f)(x, v) takes the values themselves")
    direction = tuple(tangents) if isinstance(argnums, (tuple, list)) else tangents[0]
    return made(*primals, direction)


def vhp(f: Callable[..., Any] | None = None, *, argnums: Argnums = 0, has_aux: bool = False, **options: Any) -> Any:
    """Vector-Hessian product, `vhp(f)(*args, v)`: like `hvp`, by reverse mode over reverse mode. `v` has the shape of
    the argument, and so has the result.

    >>> import numpy as np
    >>> vhp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])
    """
    return _compose("vhp", f, argnums, has_aux, options)


def elementwise_grad(f: Callable[..., Any] | None = None, argnums: Argnums = 0, has_aux: bool = False,
                     **options: Any) -> Any:
    """The derivative of each element of the result by the same element of the argument, for functions that act
    element by element (in general: the gradient of the sum of all elements of the result).

    With `has_aux`, `f` returns its result and something auxiliary, which comes back behind the gradient.

    >>> import numpy as np
    >>> elementwise_grad(np.square)(np.array([1.0, 2.0]))
    array([2., 4.])
    """
    wrt = options.pop("wrt", None)
    if has_aux:
        options["has_aux"] = True
    if wrt is not None:
        return _by_path("elementwise_grad", f, argnums, wrt, options)
    if f is None:
        return lambda function: ElementwiseGradient(function, argnums, options)
    return ElementwiseGradient(f, argnums, options)


def derivative(f: Callable[..., Any] | None = None, n: int = 1, argnums: int | str = 0, has_aux: bool = False,
               **options: Any) -> Any:
    """The n-th derivative by a number. The result may be an array (then `n` must be 1).

    >>> derivative(lambda t: t ** 3, n=2)(2.0)
    12.0
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 0:
        raise ValueError(f"n must be 0, 1, 2, ..., not {n!r}")
    return _compose("derivative", f, argnums, has_aux, options, n=n)


# --- how ---------------------------------------------------------------------------------------------
def _hessian(f: Any, args: tuple[Any, ...], argnums: Argnums, **options: Any) -> Any:
    return forward_jacobian(gradient_of(f, argnums, options), args, argnums, **options)


def _hvp(f: Any, args: tuple[Any, ...], known: dict[Any, Any], argnums: Argnums, has_aux: bool = False,
         **options: Any) -> Any:
    *primals, v = args
    if not primals:
        raise TypeError(f"hvp({resolve(f).name}) takes the arguments of {resolve(f).spoken} and, behind them, a "
                        "direction: hvp(f)(x, v)")
    if len(primals) not in known:
        made = gradient_of(f, argnums, {**options, "has_aux": has_aux})
        known[len(primals)] = (*positions(f, argnums, len(primals)), made)
    places, single, made = known[len(primals)]
    tangents: list[Any] = [None] * len(primals)
    for place, tangent in zip(places, (v,) if single else v, strict=True):
        tangents[place] = tangent
    sweep = forward_of(made, tuple(primals), tuple(tangents), value=has_aux, **options)
    chosen_args = primals[places[0]] if single else tuple(primals[place] for place in places)
    gradient = map_floating(lambda leaf: leaf, chosen_args)  # (the function may append to a list that it was given)
    out, product = sweep.call(sweep.special.main.call, sweep.given)
    return (like_result(gradient, product[0]), out[1]) if has_aux else like_result(gradient, product)


def _vhp(f: Any, args: tuple[Any, ...], argnums: Argnums, **options: Any) -> Any:
    *primals, v = args
    _, pullback, *aux = vjp(gradient_of(f, argnums, options), *primals, argnums=argnums, **options)
    return (pullback(v), *aux) if aux else pullback(v)


def _derivative(f: Any, args: tuple[Any, ...], n: int, argnums: int | str, **options: Any) -> Any:
    if n == 0:
        return f(*args)
    if n == 1:
        places, _ = positions(f, argnums, len(args))
        tangents: list[Any] = [None] * len(args)
        if not is_floating(args[places[0]]) or np.ndim(args[places[0]]) != 0:
            raise TypeError("derivative is by one floating-point number: convert to float, or use jacobian")
        tangents[places[0]] = np.ones_like(args[places[0]])[()]
        _, *found = jvp(f, args, tuple(tangents), **options)
        return tuple(found) if options.get("has_aux") else found[0]
    for _ in range(n - 1):
        f = gradient_of(f, argnums, options)
    return _derivative(f, args, 1, argnums, **options)


_HOW: dict[str, Callable[..., Any]] = {
    "jacrev": reverse_jacobian, "jacfwd": forward_jacobian, "value_and_jacobian": value_and_reverse_jacobian,
    "hessian": _hessian, "vhp": _vhp, "derivative": _derivative,
}

__all__ = ["Composition", "derivative", "elementwise_grad", "gradient_of", "hessian", "hvp", "jacfwd", "jacobian",
           "jacrev", "value_and_jacobian", "vhp"]
