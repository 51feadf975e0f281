"""Specializations: the compiled forms of a function, one for each signature it is called with.

They are kept by code object, so that a lambda made anew in each step of a training loop is compiled once.
"""
from __future__ import annotations

import threading
import types
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from ..analysis.alias import Aliases, depends_on_layout
from ..errors import CompileError, callers_level
from ..frontend.signature import Spec, Static, Tree
from ..ir import nodes as ir
from ..ir import visit
from ..ir.assumed import Assumed, EqualSizes, assuming
from ..ir.types import Dim, symbol
from ..support import snapshots
from .captured import Member, Note, Text, relied_on
from .hidden import Access, locate, owners_of
from .scalars import Returns
from .signing import sign, sizes_of, varying, with_form, with_integers, with_sizes
from .structure import Path

Kind = Literal["primal", "reverse", "gradient", "pullback", "forward", "tangent", "batched"]
MANY = 8
_NO_SIZES: Mapping[str, int] = types.MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Request:
    """What is compiled: "primal" (the function itself), "reverse" (value and gradient), "gradient" (without the value),
    "pullback", "forward" (value and tangent), "tangent" (forward mode without the value) or "batched"; `aux`: the
    result is a pair whose second part is not differentiated; `axes`: for "batched" the axes of the batch, of each path
    and of the result."""

    kind: Kind
    aux: bool
    options: Any
    axes: Any = None


@dataclass(eq=False, slots=True)
class Specialization:
    """One compiled form: for arguments of types `specs`, with cotangents (or tangents) at `paths`.

    `compiled` is what the pipeline made; `main` the emitted function that takes the arguments. `notes` is what
    compiling relied on, `accesses` where its hidden arguments are read, `fixed` captured numbers whose values were
    used. `written`: names of arguments that the function may write into. `sizes`: the values that the symbols of
    the signature had in the first call; `function`: the function object, if it runs on the tape. `layout`: whether the
    emitted code relies on arguments being contiguous where the signature says so. `assumed`: forms of the sizes that
    are at least zero in every call that the code is for; `denied`: forms that were asked for, and were not.
    """

    request: Request
    specs: dict[str, Spec]
    paths: tuple[Path, ...]
    compiled: Any
    main: Any
    notes: tuple[Note | Text | Member, ...]
    accesses: dict[str, Access]
    fixed: tuple[tuple[Access, Any], ...]
    written: frozenset[str]
    sizes: dict[str, int] = field(default_factory=dict)
    extra: dict[Any, Any] = field(default_factory=dict)
    function: types.FunctionType | None = None
    layout: bool = True
    assumed: tuple[Dim, ...] = ()
    denied: tuple[Dim, ...] = ()

    @property
    def returns(self) -> Returns:
        """What the emitted code of a gradient returns."""
        return "value and bars" if self.main.with_value else "bar" if len(self.paths) == 1 else "bars"

    @property
    def on_tape(self) -> bool:
        """Whether the function could not be compiled, and runs on the tape."""
        return self.main.backend == "tape"

    @property
    def partly_on_tape(self) -> bool:
        """Whether it, or a call in it, runs on the tape: what is emitted for it cannot be differentiated again."""
        return self.on_tape or bool(getattr(self.main, "tape_calls", ()))

    def holds(self, function: types.FunctionType) -> bool:
        """Whether everything that compiling relied on is as it was, for this function object of the same code."""
        if self.on_tape:
            return function is self.function  # it is run itself, with what it has captured
        return all(note.holds(function) for note in self.notes) and all(
            access.read(function) == value for access, value in self.fixed)

    def fits(self, sizes: Mapping[str, int]) -> bool:
        """Whether what was taken for granted about sizes holds for these; without any, whether nothing was."""
        return all(sizes and _value(form, sizes) >= 0 for form in self.assumed)

    def spared(self, sizes: Mapping[str, int]) -> int:
        """How much more could be taken for granted for these sizes."""
        return sum(1 for form in self.denied if sizes and _value(form, sizes) >= 0)

    def hidden(self, function: types.FunctionType) -> dict[str, Any]:
        """The current values of the captured numbers, by their keywords in the emitted function."""
        return {keyword: access.read(function) for keyword, access in self.accesses.items()}

    def inputs(self, values: dict[str, Any]) -> list[Any]:
        """The values that the emitted function takes, in its order."""
        return [values[name] for name in self.main.params]

    @property
    def source(self) -> str:
        """The whole emitted text."""
        if self.request.kind == "pullback":
            return f"{self.compiled.fwd.source}\n\n{self.compiled.rev.source}"
        return self.compiled.source

    @property
    def native_source(self) -> str:
        """The texts of the kernels of the native backend."""
        parts = (self.compiled.fwd, self.compiled.rev) if self.request.kind == "pullback" else (self.compiled,)
        return "\n\n".join(part.native.source for part in parts if part.native is not None)


def _captured_sizes(special: Specialization, function: types.FunctionType) -> dict[str, int]:
    """The numbers behind the symbols of captured integers and arrays."""
    sizes: dict[str, int] = {}
    for keyword, value in special.hidden(function).items():
        path = special.main.hidden[keyword]
        if isinstance(value, int):
            sizes[f"{path}#"] = value
        for axis, size in enumerate(getattr(value, "shape", ())):
            sizes[f"@{path}.{axis}"] = size
    return sizes


def _value(form: Dim, sizes: Mapping[str, int]) -> int:
    return form.const + sum(c * sizes[s] for s, c in form.terms)


def to_be_read(special: Specialization, again: Callable[[Request], Specialization]) -> Specialization:
    """The compiled form whose text is differentiated again: one without snapshots, which records instead, and without
    kernels, which are made of the whole program. `again` compiles for another request."""
    options = special.request.options
    if options.backend != "numpy":
        options = replace(options, backend="numpy", fastmath=False, parallel=False)
        return to_be_read(again(replace(special.request, options=options)), again)
    if "snapshots" not in special.extra:
        body = special.main.function.body
        special.extra["snapshots"] = any(isinstance(s, ir.Assign) and isinstance(s.value, ir.Call)
                                         and s.value.function is snapshots for s in visit.walk(body))
    if not special.extra["snapshots"]:
        return special
    request = special.request
    return again(replace(request, options=replace(request.options, checkpoints=False)))


class Family:
    """All specializations of one code object."""

    def __init__(self, code: types.CodeType) -> None:
        self.code = code
        self.lock = threading.RLock()
        self.found: dict[Any, tuple[Specialization, ...]] = {}
        self.warned: set[Request] = set()
        self.levels: dict[Any, int] = {}  # how much of its arguments a signature needs, where types are not enough

    def get(self, request: Request, function: types.FunctionType, values: dict[str, Any], paths: tuple[Path, ...]
            ) -> Specialization:
        """The specialization for these arguments; compiled if there is none. Raises CompileError, TypeError."""
        specs = sign(values)
        sizes = sizes_of(specs, values)
        found = self._find(request, function, specs, values, paths, sizes)
        found.sizes = sizes | _captured_sizes(found, function)
        return found

    def _find(self, request: Request, function: types.FunctionType, specs: dict[str, Spec], values: dict[str, Any],
              paths: tuple[Path, ...], sizes: Mapping[str, int]) -> Specialization:
        """A specialization by the types of integers and arrays where that is enough, else by the values of integers (an
        axis, a shape), else, where a recursion goes as deep as an array is long, by the sizes of arrays too."""
        candidates = [specs]
        for more in (with_integers(specs, values), with_sizes(specs, values)):
            # an integer that differs between the examples of a batch has no one value
            if more != candidates[-1] and not any(_is_known(more, path) for path in paths):
                candidates.append(more)
        key = (request, paths, tuple(specs.items()), id(function.__globals__))
        for level in range(self.levels.get(key, 0), len(candidates) - 1):
            strict = replace(request, options=replace(request.options, on_unsupported="error"))
            try:
                return self.get_for_specs(strict, function, candidates[level], paths, sizes)
            except (CompileError, RecursionError) as error:
                if candidates[level + 1] != with_integers(specs, values) and not _of_sizes(error):
                    break
                self.levels[key] = level + 1
        return self.get_for_specs(request, function, candidates[self.levels.get(key, 0)], paths, sizes)

    def get_for_specs(self, request: Request, function: types.FunctionType, specs: dict[str, Spec],
                      paths: tuple[Path, ...], sizes: Mapping[str, int] = _NO_SIZES) -> Specialization:
        """The specialization for a signature, and for calls with sizes like these; without any, for all sizes."""
        key = (request, paths, tuple(specs.items()), id(function.__globals__))
        found = self._existing(key, function, sizes)
        if found is None:
            with self.lock:
                found = self._existing(key, function, sizes)
                if found is None:
                    found = compile_for(request, function, specs, paths, sizes)
                    self.found[key] = (found, *self.found.get(key, ()))
                    self._warn(request, function)
        return found

    def _existing(self, key: Any, function: types.FunctionType, sizes: Mapping[str, int]) -> Specialization | None:
        """The form that takes most for granted. Where there is only one, and it could take more (the first call was a
        tiny one), there is none, and another is compiled."""
        fitting = [s for s in self.found.get(key, ()) if s.holds(function) and s.fits(sizes)]
        best = min(fitting, key=lambda s: s.spared(sizes), default=None)
        return None if best is not None and len(fitting) == 1 and best.spared(sizes) else best

    def _warn(self, request: Request, function: types.FunctionType) -> None:
        mine = [group[0] for group in self.found.values() if group[0].request == request]
        # a function of ours is one text for all programs: the rules of equations, checkpointed calls, pullbacks
        ours = function.__globals__.get("__name__", "").partition(".")[0] == __name__.partition(".")[0]
        if len(mine) <= MANY or request in self.warned or ours:
            return
        self.warned.add(request)
        warnings.warn(f"`{function.__name__}` has been compiled for {len(mine)} signatures; what varies is "
                      f"{varying([s.specs for s in mine])}", RuntimeWarning, stacklevel=callers_level())


def _is_known(specs: dict[str, Spec], path: Path) -> bool:
    """Whether the value at a path is a part of the signature."""
    spec: Any = specs.get(path[0])
    for key in path[1:]:
        spec = dict(spec.children)[key] if isinstance(spec, Tree) else None
    return isinstance(spec, Static) and not isinstance(spec.value, np.inexact)


def _of_sizes(error: Exception) -> bool:
    """Whether a refusal may go away when the sizes of arrays are known: of a recursion, of items of unknown number."""
    return isinstance(error, RecursionError) or (
        isinstance(error, CompileError) and any(d.code in ("AD120", "AD125", "AD140") for d in error.diagnostics))


RESTARTS = 8  # how often compiling begins again with sizes that are equal
_families: dict[int, Family] = {}
_families_lock = threading.Lock()


def family_of(function: types.FunctionType) -> Family:
    """The family of a function's code. (Code objects of different files may be equal; identity is what counts.)"""
    code = function.__code__
    family = _families.get(id(code))
    if family is None or family.code is not code:
        with _families_lock:
            family = _families.setdefault(id(code), Family(code))
    return family


def compile_for(request: Request, function: types.FunctionType, specs: dict[str, Spec], paths: tuple[Path, ...],
                sizes: Mapping[str, int] = _NO_SIZES) -> Specialization:
    """Compile without looking for what exists."""
    from ..bridge_stand_ins import sizes_at_hand

    with sizes_at_hand(sizes):
        compiled, assumed = compiled_for(sizes if request.options.assume else _NO_SIZES, specs,
                                         lambda given: _compiled(request, function, given, paths))
    main = compiled.fwd if request.kind == "pullback" else compiled
    lowered = main.lowered
    owners = owners_of(lowered.guards)
    accesses = {keyword: locate(path, lowered.hidden[path][1], function, owners)
                for keyword, path in main.hidden.items()}
    fixed = tuple((locate(path, value, function, owners), value) for path, value in lowered.guards.items()
                  if path not in owners)
    notes = relied_on(function, owners.values(), lowered.members)
    return Specialization(request, specs, paths, compiled, main, notes, accesses,
                          fixed, _written(lowered), function=function if main.backend == "tape" else None,
                          layout=depends_on_layout(lowered.function), assumed=tuple(assumed.taken),
                          denied=tuple(assumed.denied))


def compiled_for(sizes: Mapping[str, int], specs: dict[str, Spec], make: Callable[[dict[str, Spec]], Any]
                 ) -> tuple[Any, Assumed]:
    """What `make` makes of a signature for these sizes, and what it takes for granted. It begins again when sizes turn
    out to be equal, with the one written by the other."""
    same: list[Dim] = []
    while True:
        try:
            with assuming(sizes, restarts=len(same) < RESTARTS) as assumed:
                assumed.taken.update((form, None) for equal in same for form in (equal, -equal))
                return make(specs), assumed
        except EqualSizes as found:
            same.append(found.form - symbol(found.name))
            specs = with_form(specs, found.name, found.form)


def _compiled(request: Request, function: types.FunctionType, specs: dict[str, Spec], paths: tuple[Path, ...]) -> Any:
    """What the pipeline makes."""
    from .. import pipeline

    match request.kind:
        case "primal":
            return pipeline.compile_primal(function, specs, request.options)
        case "reverse" | "gradient":
            return pipeline.compile_reverse(function, specs, paths, options=request.options, aux=request.aux,
                                            value=request.kind == "reverse")
        case "pullback":
            return pipeline.compile_pullback(function, specs, paths, request.options, aux=request.aux)
        case "forward" | "tangent":
            return pipeline.compile_forward(function, specs, paths, request.options,
                                            value=request.kind == "forward")
        case "batched":
            from ..pipeline_batched import compile_batched

            return compile_batched(function, specs, dict(zip(paths, request.axes[0], strict=True)), request.axes[1],
                                   request.options)


def _written(lowered: Any) -> frozenset[str]:
    """Names of the arguments whose memory the function may write."""
    aliases = Aliases(lowered.function)
    return frozenset(path[0] for path, var in lowered.leaves.items() if aliases.written(var))
