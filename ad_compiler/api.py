"""The transforms: from a function to its derivative. Argument checks and documentation; the work is done elsewhere.

Arguments and results may be floats, complex numbers, arrays, and nested tuples, lists, dicts, named tuples and
dataclasses of them. A derivative has the structure, shapes and dtypes of what it is taken by (a Python float for a
float); what is no floating-point number in it (integers, strings, None) has None there.
"""
from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from .interface.derivative import Derivative
from .interface.options import CHECKS, check_choices, compiler_options, one_of
from .interface.wrt import Argnums

if TYPE_CHECKING:
    from .interface.barriers import probe, stop_gradient
    from .interface.batched import LoopFallback, vmap
    from .interface.checking import check, supports
    from .interface.checkpointing import checkpoint, checkpointed, remat
    from .interface.compositions import (
        derivative,
        elementwise_grad,
        hessian,
        hvp,
        jacfwd,
        jacobian,
        jacrev,
        value_and_jacobian,
        vhp,
    )
    from .interface.custom import custom_jvp, custom_vjp, primitive
    from .interface.directions import jvp, vjp
    from .interface.implicit import custom_linear_solve, custom_root, fixed_point
    from .interface.linear import linearize
    from .interface.machine import compile_ahead, jit
    from .interface.sparse import sparse_hessian, sparse_jacobian
    from .interface.tensors import compiled

__all__ = [
    "LoopFallback", "check", "checkpoint", "checkpointed", "compile_ahead", "compiled", "custom_jvp",
    "custom_linear_solve", "custom_root", "custom_vjp", "derivative", "elementwise_grad", "fixed_point",
    "grad", "hessian", "hvp", "jacfwd", "jacobian", "jacrev", "jit", "jvp", "linearize", "primitive", "probe",
    "remat", "source", "sparse_hessian", "sparse_jacobian", "stop_gradient", "supports", "value_and_grad",
    "value_and_jacobian", "vhp", "vjp", "vmap",
]


def grad(f: Callable[..., Any] | None = None, argnums: Argnums = 0, has_aux: bool = False, backend: str = "numpy",
         on_unsupported: str = "tape", check: str | None = None, mode: str = "fast",
         wrt: str | tuple[str, ...] | None = None, **options: Any) -> Any:
    """The gradient of a function that returns one real number.

    `argnums` says by which arguments: an index, a name, or a tuple of them (then the result is a tuple); a negative
    index counts from the last parameter. With `has_aux` the function returns a pair `(value, auxiliary)` and the
    gradient becomes `(gradient, auxiliary)`. `check="first"` compares the first gradient of each signature with a
    difference quotient. `mode="slow"` compiles without any optimization, to compare with. A function that cannot be
    compiled runs on the tape, with a warning that says why; with `on_unsupported="error"` it raises CompileError.

    `wrt="model.layers[0].W"` differentiates by what the function captures instead, written as in the program: a path
    that begins with an argument, a captured variable or a global (a tuple of paths gives a tuple). It may lead to a
    number, an array, or a structure or object of them.

    The function is compiled at the first call for each signature (types and ranks of its arguments). Usable as a
    decorator, with and without arguments.

    Raises, at a call: TypeError for arguments without a derivative, for a result that is not one real number, and as
    `f` itself would; ValueError if `f` writes into an argument that shares memory with another; CompileError for what
    cannot be compiled.

    >>> import ad_compiler as ad
    >>> def area(width, height):
    ...     return width * height
    >>> ad.grad(area, argnums=("width", "height"))(3.0, 5.0)
    (5.0, 3.0)
    """
    return _transform(f, False, argnums, has_aux, backend, on_unsupported, check, mode, wrt, options)


def value_and_grad(f: Callable[..., Any] | None = None, argnums: Argnums = 0, has_aux: bool = False,
                   backend: str = "numpy", on_unsupported: str = "tape", check: str | None = None,
                   mode: str = "fast", wrt: str | tuple[str, ...] | None = None, **options: Any) -> Any:
    """Like `grad`, but returns `(value, gradient)`; with `has_aux` it returns `((value, auxiliary), gradient)`.

    >>> import ad_compiler as ad
    >>> ad.value_and_grad(lambda x: x ** 3)(2.0)
    (8.0, 12.0)
    """
    return _transform(f, True, argnums, has_aux, backend, on_unsupported, check, mode, wrt, options)


def _transform(f: Callable[..., Any] | None, with_value: bool, argnums: Argnums, has_aux: bool, backend: str,
               on_unsupported: str, check: str | None, mode: str, wrt: Any, options: dict[str, Any]) -> Any:
    one_of("check", check, CHECKS)
    check_choices(backend, mode, on_unsupported)
    chosen: Any = (backend, mode, on_unsupported)  # the compiler, which knows of more, is loaded by a call
    if options:
        chosen = compiler_options(*chosen, options)

    def transform(function: Callable[..., Any]) -> Any:
        if wrt is None:
            return Derivative(function, with_value, argnums, has_aux, check, chosen)
        from .interface.by_path import PathGradient

        if argnums != 0:
            raise TypeError("give argnums or wrt: a path of wrt may begin with an argument")
        if check is not None:
            raise TypeError("check works with argnums; ad_compiler.testing.check_grads compares functions of arguments")
        known = compiler_options(backend, mode, on_unsupported, options)
        return PathGradient(function, with_value, wrt, has_aux, known)

    return transform if f is None else transform(f)


def source(g: Any, *args: Any, **kwargs: Any) -> str:
    """The generated text of a derivative: for these example arguments, or for all signatures seen so far.

    Nothing is run. Raises RuntimeError if there are no arguments and nothing has been compiled yet, TypeError if
    `g` is not the result of `grad` or `value_and_grad`.

    >>> import ad_compiler as ad
    >>> print(ad.source(ad.grad(lambda x: x * x), 3.0).count("x_bar") > 0)
    True
    """
    if not isinstance(g, Derivative) and not (args or kwargs) and hasattr(type(g), "source"):
        return g.source
    if not isinstance(g, Derivative):
        raise TypeError(f"{getattr(g, '__name__', g)!r} has no generated source: give the result of grad or "
                        f"value_and_grad")
    return g.compile(*args, **kwargs).source if args or kwargs else g.source


# --- loaded when they are first used: a gradient that is in the disk cache needs none of the compiler ----------------
_HOMES = {"jvp": "directions", "vjp": "directions", "probe": "barriers", "stop_gradient": "barriers",
          "custom_jvp": "custom", "custom_vjp": "custom", "primitive": "custom", "custom_root": "implicit",
          "fixed_point": "implicit", "custom_linear_solve": "implicit", "checkpoint": "checkpointing",
          "checkpointed": "checkpointing", "remat": "checkpointing", "vmap": "batched", "LoopFallback": "batched",
          "compiled": "tensors",
          "sparse_jacobian": "sparse", "sparse_hessian": "sparse", "check": "checking", "supports": "checking",
          "jit": "machine", "compile_ahead": "machine", "linearize": "linear"}


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = _HOMES.get(name, "compositions")
    found = getattr(import_module(f".interface.{home}", __package__), name)
    globals()[name] = found
    if home in ("directions", "compositions", "linear") or name == "vmap":
        _readable_inside(found)
    return found


def _readable_inside(transform: Any) -> None:
    """Tell the front end what a transform means inside a function that is being compiled."""
    def read(*reading: Any) -> Any:
        from .interface import inside_transforms as inside

        at_once = {"vjp": inside.read_vjp, "jvp": inside.read_jvp, "linearize": inside.read_linearize}
        reader = at_once.get(transform.__name__)
        if reader is None:
            reader = inside.read_transform(transform, at_once=transform.__name__ == "hvp")
        return reader(*reading)

    transform.__ad_transform__ = read


_readable_inside(grad)
_readable_inside(value_and_grad)
