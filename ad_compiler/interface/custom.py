"""Functions with a derivative rule of the user's own: `custom_vjp`, `custom_jvp`, `primitive`."""
from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from .custom_functions import CustomJvp, CustomVjp, Primitive, RuledFunction


def custom_vjp(fun: Callable[..., Any] | None = None, nondiff_argnums: int | Iterable[int] = (),
               nondiff_argnames: str | Iterable[str] = ()) -> Any:
    """A function whose derivative in reverse mode is given by the user. Usable as a decorator.

    `f.defvjp(fwd, bwd)` gives the rule: `fwd` takes the arguments of `f` and returns `(out, residuals)`; `bwd` takes
    the residuals and the cotangent of the result and returns a tuple with one cotangent for each argument. The
    arguments in `nondiff_argnums` or `nondiff_argnames` (functions, flags, settings) have no derivative; `bwd` gets
    them first. Arguments, result and residuals may be structures.

    Forward mode transposes `bwd`, which must be linear in the cotangent for that. A second derivative differentiates
    `fwd` and `bwd`. What `fwd` and `bwd` use besides the arguments is constant: CompileError if it is differentiated.

    >>> import ad_compiler as ad, numpy as np
    >>> @ad.custom_vjp
    ... def log1pexp(x):
    ...     return np.log1p(np.exp(x))
    >>> log1pexp.defvjp(lambda x: (log1pexp(x), x), lambda x, g: (g * (1.0 - 1.0 / (1.0 + np.exp(x))),))
    >>> ad.grad(log1pexp)(0.0)
    0.5
    """
    return _decorator(CustomVjp, fun, nondiff_argnums, nondiff_argnames)


def custom_jvp(fun: Callable[..., Any] | None = None, nondiff_argnums: int | Iterable[int] = (),
               nondiff_argnames: str | Iterable[str] = ()) -> Any:
    """A function whose derivative in forward mode is given by the user. Usable as a decorator.

    `f.defjvp(jvp)` gives the rule: `jvp(primals, tangents)` takes two tuples and returns `(out, out_dot)`; the
    arguments in `nondiff_argnums` come before them. `f.defjvps(*jvps)` gives it by argument: `jvps[i](tangent, out,
    *args)`.

    Reverse mode transposes the rule, which must be linear in the tangents for that. A second derivative differentiates
    the rule.

    >>> import ad_compiler as ad, numpy as np
    >>> @ad.custom_jvp
    ... def root(x):
    ...     return np.sqrt(x)
    >>> root.defjvps(lambda tangent, out, x: tangent / (2.0 * out))
    >>> ad.grad(root)(4.0)
    0.25
    """
    return _decorator(CustomJvp, fun, nondiff_argnums, nondiff_argnames)


def primitive(fun: Callable[..., Any] | None = None, *, vjp: Callable[..., Any] | None = None,
              jvp: Callable[..., Any] | None = None, like: Callable[..., Any] | None = None) -> Any:
    """A function that is called, never read: one in C, or one whose text says nothing about its derivative.

    `vjp(out_bar, out, *args)` returns a tuple of cotangents of the arguments, `jvp(tangents, out, *args)` the tangent
    of the result; one of them is enough. They can be given later, by `f.defvjp` and `f.defjvp`. Usable as a decorator.

    `like(*args)` returns something of the structure, shape and dtype of the result; only that is used of it. Without it
    the function is run on stand-ins for the arguments when it is compiled.

    >>> import ad_compiler as ad, numpy as np, math
    >>> gamma = ad.primitive(math.gamma, vjp=lambda g, out, x: g * out * -0.5772156649015329, like=lambda x: x)
    >>> round(ad.grad(gamma)(1.0), 6)
    -0.577216
    """
    def make(function: Callable[..., Any]) -> Primitive:
        made = Primitive(function, like)
        if vjp is not None:
            made.defvjp(vjp)
        if jvp is not None:
            made.defjvp(jvp)
        return made

    return make if fun is None else make(fun)


def _decorator(cls: type[RuledFunction], fun: Callable[..., Any] | None, *fixed: Any) -> Any:
    return (lambda function: cls(function, *fixed)) if fun is None else cls(fun, *fixed)


def _refuse_inside(name: str) -> Callable[..., Any]:
    def read(lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any, hint: str | None) -> Any:
        lo.fail("AD147", node, f"`{name}` is used inside differentiated code",
                "define the function and its rule outside (what it captures must exist before the call)")

    return read


for _maker in (custom_vjp, custom_jvp, primitive):
    _maker.__ad_transform__ = _refuse_inside(_maker.__name__)
