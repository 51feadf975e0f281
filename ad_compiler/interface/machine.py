"""Functions in machine code without a derivative, and compiling before the first call."""
from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..errors import CompileError
from .derivative import Derivative
from .function_like import FunctionLike, not_compiled
from .options import compiler_options, one_of
from .overlap import check_overlap
from .specialize import Request, Specialization, family_of
from .target import Target, resolve

ERRORS = ("error", "tape")


class Compiled(FunctionLike):
    """A function in machine code. Made by `jit`. `used` has the compiled forms, one for each signature."""

    __slots__ = ("__call__", "__weakref__", "fast", "options", "plain", "strict", "target", "used")

    def __init__(self, primal: Callable[..., Any], strict: bool, **options: bool) -> None:
        self.target: Target = resolve(primal)
        self.strict, self.options = strict, compiler_options("native", "fast", "error", options)
        self.used: dict[Specialization, int] = {}
        self.fast: list[Callable[..., Any]] = []
        self.plain: str | None = None  # why the last call that did not find a signature again ran as Python
        self.__call__ = self.target.binder(self.run, self.fast)

    def run(self, *arguments: Any) -> Any:
        """Compute, given a value for every parameter of the target's function."""
        values = dict(zip(self.target.names, arguments, strict=True))
        try:
            special, function, values = self.specialize(values)
            check_overlap(special, values)
        except CompileError as error:
            if self.strict:
                raise
            self.plain = str(error)
            warnings.warn(f"`{self.__name__}` runs as Python: {str(error).splitlines()[0]}", RuntimeWarning,
                          stacklevel=3)
            return self.target.function(*arguments)
        except ValueError as error:  # arguments share memory, and one is written: Python knows what that means
            self.plain = str(error)
            return self.target.function(*arguments)
        self.plain = None
        if self.used[special] == 2 and function is self.target.function:
            self._install_fast(special)
        return special.compiled.call(*special.inputs(values), **special.hidden(function))

    def _install_fast(self, special: Specialization) -> None:
        """From the second call of a signature on it has a function of its own."""
        from .fast import fast_primal

        made = fast_primal(special, self.target.function)
        if made is not None:
            self.fast.insert(0, made)

    def specialize(self, values: dict[str, Any]) -> tuple[Specialization, Any, dict[str, Any]]:
        """The compiled form for these arguments, the plain function behind it, and all that it takes."""
        from .nested import expand

        function, values = expand(self.target, values)
        special = family_of(function).get(Request("primal", False, self.options), function, values, ())
        self.used[special] = self.used.get(special, 0) + 1
        return special, function, values

    def compile(self, *args: Any, **kwargs: Any) -> Specialization:
        """The compiled form for example arguments; nothing is run."""
        bound = self.target.arguments(args, kwargs)
        return self.specialize(dict(zip(self.target.names, bound, strict=True)))[0]

    @property
    def native_source(self) -> str:
        """The texts of the kernels made for the signatures seen so far."""
        return "\n\n".join(dict.fromkeys(special.native_source for special in self.used))

    def report(self) -> Any:
        """What the compiler did for the last signature seen, as a `Report`: its backend is "python" where the last call
        ran as Python, with the reason. Raises RuntimeError if nothing has been called."""
        from ..report import Report, report_of

        if self.plain is not None:
            return Report(self.__name__, "python", (), (self.plain,))
        if not self.used:
            raise not_compiled(self)
        return report_of(list(self.used)[-1])


def jit(f: Callable[..., Any] | None = None, on_unsupported: str = "tape", *,
        static_argnums: int | tuple[int, ...] = (), static_argnames: str | tuple[str, ...] = (),
        parallel: bool = False, fastmath: bool = False) -> Any:
    """`f` itself with its loops in machine code, as `backend="native"` has those of its gradient.

    Takes and returns what `f` does: arrays of any shape and of real, complex, integer or boolean dtype, numbers, and
    containers of them. What cannot be compiled runs as Python with a warning; with `on_unsupported="error"` it raises
    `CompileError`. `static_argnums` and `static_argnames` are taken as in JAX and have no meaning here: which values
    the compiled form depends on is found out. `parallel=True`: threads share loops of which no iteration depends on
    another, with the same results; `fastmath=True`: numbers are taken to be finite, and sums to be exact.

    >>> import numpy as np
    >>> import ad_compiler as ad
    >>> @ad.jit
    ... def total(x):
    ...     s = 0.0
    ...     for i in range(len(x)):
    ...         s += x[i] * x[i]
    ...     return s
    >>> float(total(np.array([3.0, 4.0])))
    25.0
    """
    one_of("on_unsupported", on_unsupported, ERRORS)

    def transform(primal: Callable[..., Any]) -> Compiled:
        return Compiled(primal, on_unsupported == "error", parallel=parallel, fastmath=fastmath)

    return transform if f is None else transform(f)


def _read_jit(lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any, hint: str | None) -> Any:
    """Called by the front end where a program that is being compiled calls `jit`: the function itself."""
    from ..ir import nodes as ir

    return args[0] if args else kwargs.get("f", ir.Const(_unchanged))


def _unchanged(function: Any) -> Any:
    return function


jit.__ad_transform__ = _read_jit


def compile_ahead(g: Any, *args: Any, **kwargs: Any) -> None:
    """Compile a derivative, or what `jit` gave, for example arguments, machine code included; nothing is run.

    The first call with arguments of these types then costs what every call does; with the disk cache, in other
    processes too. Raises TypeError if `g` is neither.

    >>> import numpy as np
    >>> import ad_compiler as ad
    >>> g = ad.grad(lambda x: np.sum(np.sin(x)), backend="native")
    >>> ad.compile_ahead(g, np.ones(3))
    >>> g(np.zeros(3))
    array([1., 1., 1.])
    """
    if not isinstance(g, (Derivative, Compiled)):
        raise TypeError(f"{getattr(g, '__name__', g)!r} cannot be compiled ahead: give the result of grad, "
                        f"value_and_grad or jit")
    special = g.compile(*args, **kwargs)
    native = special.main.native
    if native is None or native.call is None:
        return
    bound = g.target.arguments(args, kwargs)
    named = dict(zip(g.target.names, bound, strict=True))
    for kernel in native.kernels:
        mine = [named.get(given.name) for given in kernel.inputs]
        key: list[Any] = [_layout(mine[k]) for k in kernel.arrays]
        kernel.compile((*key, *(kernel.small(mine[k], axis) for k, axis in kernel.axes)))


def _layout(array: Any) -> str:
    if not isinstance(array, np.ndarray):  # made by the program
        return "C"
    return "C" if array.flags.c_contiguous else "F" if array.flags.f_contiguous else "A"
