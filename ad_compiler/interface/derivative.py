"""`grad(f)` as an object: callable like `f`, with its text, its report and its pickle."""
from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ..bridge_trees import holds_recorded
from .function_like import FunctionLike, not_compiled
from .overlap import check_overlap
from .scalars import pair, require_scalar, value_and_bars
from .structure import fill, map_floating
from .target import MISS, Target, is_within, resolve
from .wrt import Wrt, chosen, floating_paths, value_at

if TYPE_CHECKING:
    from pathlib import Path as FilePath

    from .kept import Kept, Place
    from .specialize import Kind, Specialization


def _unchanged(leaf: Any) -> Any:
    return leaf


class Derivative(FunctionLike):
    """The gradient of a function, or its value and gradient. Made by `grad` and `value_and_grad`.

    Attributes: `primal` (the function as given), `source` (the generated text of the signatures seen),
    `__name__`, `__doc__`, `__wrapped__` and the signature of the primal.
    """

    # `__call__` is a slot: each object has its own function there, so that a call costs no argument packing.
    __slots__ = ("__call__", "__weakref__", "_options", "argnums", "check", "choices", "fast", "fast_tried", "has_aux",
                 "keeps", "kept_used", "place", "target", "used", "with_value", "within", "wrt")

    def __init__(self, primal: Callable[..., Any], with_value: bool, argnums: Any, has_aux: bool, check: str | None,
                 options: Any) -> None:
        self.with_value, self.argnums, self.has_aux = with_value, argnums, has_aux
        self.check, self.choices, self._options = check, options, None
        self.target: Target = resolve(primal)
        self.wrt: Wrt = chosen(self.target, argnums)
        self.within = is_within(self.target)
        self.used: dict[Specialization, int] = {}
        # what the disk cache gave; whether it is asked at all, and where what is compiled next belongs in it
        self.kept_used: dict[Kept, None] = {}
        self.keeps: bool | None = None
        self.place: Place | None = None
        self.fast: list[Callable[..., Any]] = []
        self.fast_tried: set[Specialization] = set()
        self.__call__ = self.target.binder(self.run, self.fast)

    @property
    def options(self) -> Any:
        """The options of the compiler, which is not loaded before it is needed."""
        if not isinstance(self.choices, tuple):
            return self.choices
        if self._options is None:
            from .options import compiler_options

            self._options = compiler_options(*self.choices, {})
        return self._options

    # --- calling --------------------------------------------------------------------------------------------------
    def run(self, *arguments: Any) -> Any:
        """Compute, given a value for every parameter of the target's function."""
        if "runtime.core" in sys.modules:
            if self.within:
                from .within_recording import gradient

                return gradient(self, arguments)
            if holds_recorded(arguments):
                from .tensors import derivative_on_tensors

                return derivative_on_tensors(self, arguments)
        if self.keeps is not False:
            from .kept import attempt, usable

            self.keeps = self.keeps or usable(self)
            found = attempt(self, arguments) if self.keeps else MISS
            if found is not MISS:
                return found
        return self.compute(arguments)

    def compute(self, arguments: tuple[Any, ...]) -> Any:
        """Compute by what this process compiles."""
        values = dict(zip(self.target.names, arguments, strict=True))
        special, function, values = self.specialize(values)
        check_overlap(special, values)
        # the program may change the length of a list: the gradient has the structure at entry
        wanted = [map_floating(_unchanged, value_at(values, path), _unchanged) for path in self.wrt.paths]
        checking = self._prepare_check(special, arguments)
        returned = special.compiled.call(*special.inputs(values), **special.hidden(function))
        out, bars = value_and_bars(returned, special.returns)
        result = self.result(out, bars, wanted, checking)
        if self.place is not None:
            self._keep(special, function)
        if self.used[special] >= 2 and special not in self.fast_tried and function is self.target.function:
            self._install_fast(special, bars)
        return result

    def result(self, out: Any, bars: tuple[Any, ...], wanted: list[Any],
               checking: Callable[[tuple[Any, ...]], None] | None = None) -> Any:
        """What a call returns, of what the emitted code returned. `wanted`: the arguments that it is the gradient by,
        with the structure they had at entry."""
        value, aux = self._parts(out)
        numbers = iter(bars)
        gradients = tuple(fill(argument, numbers) for argument in wanted)
        if checking is not None:
            checking(gradients)
        return self.shaped(value, aux, gradients[0] if self.wrt.single else gradients)

    def _keep(self, special: Specialization, function: types.FunctionType) -> None:
        from .keeping import keep

        place, self.place = self.place, None
        if place is not None:
            keep(special, place, function)

    @property
    def gradient_alone(self) -> bool:
        """Whether nobody asks for anything of the primal's result."""
        return not (self.with_value or self.has_aux)

    def specialize(self, values: dict[str, Any]) -> tuple[Specialization, types.FunctionType, dict[str, Any]]:
        """The compiled form for these arguments, the plain function behind it, and all that it takes."""
        return self._specialize(values, "gradient" if self.gradient_alone else "reverse")

    def _specialize(self, values: dict[str, Any], kind: Kind
                    ) -> tuple[Specialization, types.FunctionType, dict[str, Any]]:
        from .nested import expand, moved
        from .results import require_scalar_type
        from .specialize import Request, family_of

        paths = floating_paths(values, self.wrt)
        function, values = expand(self.target, values)
        paths = tuple(moved(self.target, path, values) for path in paths)
        special = family_of(function).get(Request(kind, self.has_aux, self.options), function, values, paths)
        if special not in self.used:
            require_scalar_type(special)
            special.extra["read"] = function  # (of a derivative the function over its emitted code)
        self.used[special] = self.used.get(special, 0) + 1
        return special, function, values

    def _install_fast(self, special: Specialization, bars: tuple[Any, ...]) -> None:
        """From the second call of a signature on it has a function of its own (the first may be the only one)."""
        from .fast import fast_way

        self.fast_tried.add(special)
        made = fast_way(self, special, self.target.function, bars)
        if made is not None:
            self.fast.insert(0, made)

    def _parts(self, out: Any) -> tuple[Any, Any]:
        value, aux = out, None
        if self.has_aux:
            value, aux = pair(out, self.target.name)
        self.require_scalar(value)
        return value, aux

    def require_scalar(self, value: Any) -> None:
        """Raise TypeError unless the result of the primal is one real number."""
        require_scalar(value, getattr(self.target.function, "__name__", self.target.name))

    def shaped(self, value: Any, aux: Any, gradient: Any) -> Any:
        """What a call returns, of its parts."""
        if self.with_value:
            return ((value, aux), gradient) if self.has_aux else (value, gradient)
        return (gradient, aux) if self.has_aux else gradient

    def _prepare_check(self, special: Specialization, arguments: tuple[Any, ...]
                       ) -> Callable[[tuple[Any, ...]], None] | None:
        if self.check is None or "checked" in special.extra:
            return None
        from .first_check import first_check

        special.extra["checked"] = True
        return first_check(self, arguments)

    # --- looking inside -------------------------------------------------------------------------------------------
    @property
    def source(self) -> str:
        """The generated text of all signatures seen so far. Raises RuntimeError if there is none yet."""
        if not self.used and not self.kept_used:
            raise not_compiled(self, ", or use ad_compiler.source(derivative, *example_arguments)")
        texts = dict.fromkeys(made.source for made in (*self.kept_used, *self.used))
        return "\n\n".join(texts)

    @property
    def native_source(self) -> str:
        """The texts of the kernels that the native backend made for the signatures seen so far; empty without."""
        return "\n\n".join(dict.fromkeys(special.native_source for special in self.used))

    def compile(self, *args: Any, **kwargs: Any) -> Specialization:
        """The compiled form for example arguments; nothing is run."""
        bound = self.target.arguments(args, kwargs)
        return self.specialize(dict(zip(self.target.names, bound, strict=True)))[0]

    def _seen(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Specialization:
        """The compiled form for example arguments, or the last one seen. Raises RuntimeError if there is none."""
        if args or kwargs:
            return self.compile(*args, **kwargs)
        if not self.used and not self.kept_used:
            raise not_compiled(self, ", or give example arguments: report(*args), save(path, *args)")
        self._compile_kept()
        return list(self.used)[-1]

    def _compile_kept(self) -> None:
        """Compile what came from the disk cache, of which only the text is known."""
        from .kept import example

        while self.kept_used:
            self.specialize(example(self.kept_used.popitem()[0]))

    def report(self, *args: Any, **kwargs: Any) -> Any:
        """Print, line by line, what the compiler did, and return it as a `Report`.

        With example arguments: for their signature and sizes, before anything runs; without: for the last signature
        seen (RuntimeError if none), and the sizes of one of its first calls.
        """
        from ..report import report_of

        found = report_of(self._seen(args, kwargs))
        print(found)
        return found

    def save(self, path: str | FilePath, *args: Any, **kwargs: Any) -> None:
        """Write the derivative to `path` as a module that needs NumPy (and SciPy if the program does) and nothing
        of ours. It defines `<name>_grad` or `<name>_value_and_grad`, with the parameters of the primal.

        Captured scalars become keyword defaults, captured arrays required keywords. With example arguments: for their
        signature; without: for the one that has been seen. Raises RuntimeError if none or several have been seen,
        ValueError for what cannot stand alone.
        """
        from pathlib import Path as FilePath

        from ..saving_module import save_module

        self._compile_kept()
        if len(self.used) > 1 and not (args or kwargs):
            raise RuntimeError(f"`{self.__name__}` has been compiled for {len(self.used)} signatures: say which by "
                               f"example arguments, save(path, *args)")
        special = self._seen(args, kwargs)
        if not isinstance(self.target.function, types.FunctionType) and any(
                p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in self.target.parameters):
            raise ValueError("a derivative of a derivative with any number of arguments cannot be saved: save that of "
                             "a function that takes just those which are given")
        save_module(self, self._for_all_sizes(special), FilePath(path))

    def _for_all_sizes(self, special: Specialization) -> Specialization:
        """The compiled form that takes nothing for granted about sizes: nobody tests them in a saved module."""
        if not special.assumed:
            return special
        from .specialize import family_of

        function = special.extra["read"]
        found = family_of(function).get_for_specs(special.request, function, special.specs, special.paths)
        found.extra["read"] = function
        return found

    def __repr__(self) -> str:
        what = "value_and_grad" if self.with_value else "grad"
        return f"<{what} of {self.__qualname__!r}, argnums={self.argnums!r}>"

    def recipe(self) -> tuple[Any, tuple[Any, ...]]:
        return Derivative, (self.primal, self.with_value, self.argnums, self.has_aux, self.check, self.options)

    # --- differentiated again -------------------------------------------------------------------------------------
    def expand_derivative(self, args: tuple[Any, ...], kwargs: dict[str, Any]
                          ) -> tuple[types.FunctionType, dict[str, Any]]:
        """A plain function that computes this derivative by the emitted code, and the values it takes."""
        from .nested import expression_function
        from .specialize import family_of, to_be_read

        arguments = self.target.arguments(args, kwargs)
        values = dict(zip(self.target.names, arguments, strict=True))
        special, function, values = self._specialize(values, "reverse")
        special = to_be_read(special, lambda other: family_of(function).get(other, function, values, special.paths))
        emitted, extras = expression_function(self, special)
        hidden = special.hidden(function)
        return emitted, {**values, **{extras[keyword]: value for keyword, value in hidden.items()}}

    def __ad_transform__(self, lo: Any, function: Any, args: list[Any], kwargs: dict[str, Any], node: Any,
                         hint: str | None) -> Any:
        """Called by the front end where a program that is being compiled calls this derivative."""
        from .inside import read_derivative

        return read_derivative(lo, self, args, kwargs, node, hint)
