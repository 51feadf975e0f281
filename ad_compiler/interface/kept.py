"""Gradients that an earlier process compiled: found in the disk cache, checked, and run without the compiler.

    found = attempt(derivative, arguments)       # the result of the call, or MISS

The key of an entry is a digest of the function and all that it names (`fingerprint`), the signature of the call, the
options, and the versions of everything. The entry holds the emitted code and its text, where its hidden arguments
are read, and the values of captured numbers that compiling used, which are compared when it is loaded. From then on
the function is watched as a compiled one is: what is rebound in this process ends the use of the entry.

Nothing here imports the compiler. After `MANY` calls of an entry it is asked for all the same: its fast way through
a call repays that.
"""
from __future__ import annotations

import functools
import linecache
import marshal
import os
import sys
import types
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from ..backend import store
from .access import Access, make_access
from .captured import Member, Note, Text, relied_on
from .fingerprint import Doubt, Fingerprint, fingerprint
from .overlap import check_overlap
from .scalars import Returns, value_and_bars
from .signature_text import signature_text
from .structure import Path, children, map_floating, map_leaves
from .target import MISS, is_derivative
from .wrt import floating_paths, value_at

if TYPE_CHECKING:
    from .derivative import Derivative

KIND = "source"
BY_VALUE = b"by value"
MANY = 1000
"""Calls of one entry after which the compiler is loaded for a faster way through a call."""


class Place(NamedTuple):
    """Where the gradient of a call belongs in the cache: by the types of its integers, and by their values."""

    found: Fingerprint
    by_type: str
    by_value: str


class Kept:
    """The emitted code of an earlier process for one function and signature, ready to be called.

    `by_value`: for these values of its integers only. `watched`: what compiling relied on, as it was when the entry was
    loaded. `sample`: the arguments of the first call, without their numbers, for whoever asks for a report.
    `assumed`: sums of sizes, each with the places where they are found, that are not negative where the entry is right.
    """

    __slots__ = ("accesses", "assumed", "by_value", "call", "calls", "fixed", "incomplete", "params", "returns",
                 "sample", "source", "watched", "written")

    def __init__(self, source: str, call: types.FunctionType, params: tuple[str, ...], written: frozenset[str],
                 accesses: dict[str, Access], fixed: tuple[tuple[Access, Any], ...],
                 watched: tuple[Note | Text | Member, ...], assumed: tuple[Any, ...], returns: Returns) -> None:
        self.source, self.call, self.params, self.written = source, call, params, written
        self.returns: Returns = returns
        self.accesses, self.fixed, self.watched, self.assumed = accesses, fixed, watched, assumed
        self.incomplete: tuple[type[Exception], ...] = ()
        self.by_value = False
        self.calls = 0
        self.sample: dict[str, Any] = {}

    def fits(self, values: dict[str, Any]) -> bool:
        """Whether the sizes of the arguments compare as compiling took for granted."""
        return all(const + sum(factor * _number(values, path, axis) for path, axis, factor in terms) >= 0
                   for terms, const in self.assumed)

    def holds(self, function: types.FunctionType) -> bool:
        """Whether everything that compiling relied on is as it was."""
        return all(note.holds(function) for note in self.watched) and all(
            access.read(function) == value for access, value in self.fixed)


def _number(values: dict[str, Any], path: Path, axis: int) -> int:
    """The size of an axis of an argument, or of a part of one; the value of an integer where `axis` is -1."""
    value = values[path[0]]
    for key in path[1:]:
        value = dict(children(value) or ())[key]
    return value if axis < 0 else value.shape[axis]


# What this process has asked the disk for; None: there was nothing. A code object is kept alive with its entries.
_known: dict[Any, tuple[types.CodeType, Kept | None]] = {}


def attempt(derivative: Derivative, arguments: tuple[Any, ...]) -> Any:
    """The gradient by what an earlier process compiled, or MISS if there is nothing, or nothing that surely fits.

    Where a miss leads to compiling, `derivative.place` says where `keep` is to put the result.
    """
    function = derivative.target.function
    values = dict(zip(derivative.target.names, arguments, strict=True))
    signed = signature_text(values)
    if signed is None:
        return MISS
    key = (id(function.__code__), id(function.__globals__), derivative.choices, derivative.wrt.paths,
           derivative.has_aux, derivative.gradient_alone, signed[0])
    _, kept = _known.get(key, (None, None))
    if kept is not None and not kept.by_value and kept.holds(function):
        return _run(derivative, kept, values) if kept.fits(values) else MISS
    if kept is None and key in _known:
        return MISS
    kept = _load(derivative, values, *signed)
    _known[key] = function.__code__, kept
    return MISS if kept is None else _run(derivative, kept, values)


def usable(derivative: Derivative) -> bool:
    """Whether gradients of this derivative are kept at all."""
    return (isinstance(derivative.choices, tuple) and derivative.check is None
            and not is_derivative(derivative.target.function) and store.folder() is not None)


def _run(derivative: Derivative, kept: Kept, values: dict[str, Any]) -> Any:
    """Call the emitted code as `Derivative.run` does."""
    kept.calls += 1
    if kept.calls > MANY:
        derivative.keeps = False
        return MISS
    function = derivative.target.function
    floating_paths(values, derivative.wrt)  # says what is wrong with the arguments
    check_overlap(kept, values)
    wanted = [map_floating(_same, value_at(values, path), _same) for path in derivative.wrt.paths]
    hidden = {keyword: access.read(function) for keyword, access in kept.accesses.items()}
    try:
        result = kept.call(*[values[name] for name in kept.params], **hidden)
    except kept.incomplete:  # a kernel has no text for arguments like these
        derivative.keeps = False
        return MISS
    derivative.kept_used[kept] = None
    return derivative.result(*value_and_bars(result, kept.returns), wanted)


def _same(leaf: Any) -> Any:
    return leaf


class _Frame:
    """What is left of an array in a sample."""

    __slots__ = ("contiguous", "dtype", "shape")

    def __init__(self, array: np.ndarray) -> None:
        self.shape, self.dtype, self.contiguous = array.shape, array.dtype, array.flags.c_contiguous

    def array(self) -> np.ndarray:
        """An array with this signature."""
        if self.contiguous:
            return np.empty(self.shape, self.dtype)
        return np.empty((*self.shape[:-1], 2 * self.shape[-1]), self.dtype)[..., ::2]


def _frame(leaf: Any) -> Any:
    return _Frame(leaf) if type(leaf) is np.ndarray else leaf


def example(kept: Kept) -> dict[str, Any]:
    """Arguments with the signature of the call that loaded an entry; the numbers in arrays mean nothing."""
    return {name: map_leaves(_filled, value) for name, value in kept.sample.items()}


def _filled(leaf: Any) -> Any:
    return leaf.array() if isinstance(leaf, _Frame) else leaf


# --- loading ----------------------------------------------------------------------------------------------------------
def _load(derivative: Derivative, values: dict[str, Any], text: str, classes: tuple[type, ...]) -> Kept | None:
    """The entry of a call, by the types of its integers or, where the entry says so, by their values."""
    function = derivative.target.function
    try:
        found = fingerprint(function, classes)
    except Doubt:
        return None
    valued = signature_text(values, integers=True)
    assert valued is not None
    asked = (derivative.wrt.paths, derivative.has_aux, derivative.gradient_alone, derivative.choices)
    rest = (repr(asked), versions())
    place = derivative.place = Place(found, *(store.digest(found.digest, each, *rest) for each in (text, valued[0])))
    key, by_value = place.by_type, False
    payload = store.load(KIND, key)
    if payload == BY_VALUE:
        key, by_value = place.by_value, True
        payload = store.load(KIND, key)
    if payload is None:
        return None
    try:
        kept = restore(payload, function, found)
    except (EOFError, ValueError, TypeError, LookupError, ImportError, AttributeError, SyntaxError):
        store.discard(KIND, key)
        return None
    kept.by_value = by_value
    kept.sample = {name: map_leaves(_frame, value) for name, value in values.items()}
    return kept if kept.holds(function) and kept.fits(values) else None


def restore(payload: bytes, function: types.FunctionType, found: Fingerprint) -> Kept:
    """The entry behind a payload, for a function whose fingerprint is `found`."""
    source, params, written, code, imports, hidden, fixed, callees, assumed, kernels, returns = marshal.loads(payload)
    file = code.co_filename
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    scope: dict[str, Any] = {"__name__": "ad_compiler.generated"}
    for line in imports:
        exec(line, scope)
    if kernels:
        from ..native.launch import read_in

        scope.update((kernel.name, kernel) for kernel in map(read_in, kernels))
    call = types.FunctionType(code, scope)
    accesses = {keyword: _access(written_out, found) for keyword, written_out in hidden}
    values = tuple((_access(written_out, found), value) for written_out, value in fixed)
    watched = relied_on(function, [found.functions[index] for index in callees])
    kept = Kept(source, call, tuple(params), frozenset(written), accesses, values, watched, assumed,
                returns)
    if kernels:
        from ..native.launch import NeedsCompiler

        kept.incomplete = (NeedsCompiler,)
    return kept


def _access(written_out: tuple[str, str, tuple[Any, ...]], found: Fingerprint) -> Access:
    """The access that `keeping.access_out` wrote out."""
    root, rest, names = written_out
    return make_access(root, rest, {name: _object(place, found) for name, place in names})


def _object(place: tuple[str, Any], found: Fingerprint) -> Any:
    kind, where = place
    if kind == "module":
        return vars(sys.modules[where])
    function = found.functions[where]
    return function if kind == "function" else function.__globals__


@functools.cache
def versions() -> str:
    """What emitted code depends on besides the program: this package, Python and NumPy."""
    package = os.path.dirname(os.path.dirname(__file__))
    return store.digest(sys.version, np.__version__, sys.platform, *_own_files(package))


def _own_files(folder: str) -> list[str]:
    """The modules of a package with their sizes and times, which is quicker to learn than their texts."""
    found: list[str] = []
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.endswith(".py"):
                status = entry.stat()
                found.append(f"{entry.name} {status.st_size} {status.st_mtime_ns}")
            elif "." not in entry.name and entry.name != "__pycache__" and entry.is_dir():
                found += [entry.name, *_own_files(entry.path)]
    return found
