"""Calling a kernel: memory for it to work in, its results as Python objects, and NumPy where it gives up."""
from __future__ import annotations

import linecache
import warnings
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np

from ..errors import NumpyFallback, callers_level
from . import sharing
from .blas import address
from .quick import MISS, quick_way
from .results import Working, results_of
from .texts import Input, Text, input_in, input_out, text_in, text_out

DONE, GIVE_UP, MORE_MEMORY = 0, 1, 2  # 3: more room for records
MOST = 4  # elements of a small axis, see `small.py`
PATIENCE = 3  # how often in a row a kernel may give up before NumPy is asked at once,
LONGEST = 1 << 10  # for so many calls at most
VARIANTS = 6  # of one kernel; beyond these its sizes are left open
KEEP = 1 << 25  # numbers of eight bytes that a thread keeps from one call to the next: 256 MB


ONE = nullcontext()
UNKNOWN = object()
_memory = Working()
_said: set[str] = set()


def say(reason: str) -> None:
    """Warn, once for each reason, that NumPy runs what was to be machine code."""
    if reason not in _said:
        _said.add(reason)
        warnings.warn(f"NumPy does the work of backend=\"native\": {reason}", NumpyFallback,
                      stacklevel=callers_level())


class NeedsCompiler(Exception):
    """A kernel that came out of the disk cache has no text for these inputs; nothing has been written."""


class Launcher:
    """A region of a program, callable like a function of its inputs.

    `written` are the places of the arrays that it may write. `write` makes the text of a kernel for inputs of given
    memory orders and small sizes (those of `axes`, 0 where they are larger), `instead` gives the region in NumPy: a
    text, the name in it, and what the text needs besides its imports. `texts` has the kernels made so far. `objects`:
    the numbers of the results that must be lists of Python's.
    """

    def __init__(self, name: str, inputs: tuple[Input, ...], written: tuple[int, ...],
                 write: Callable[[tuple[Any, ...]], Text] | None,
                 instead: Callable[[], tuple[str, str, dict[str, Any]]],
                 objects: frozenset[int] = frozenset()) -> None:
        self.__name__ = self.name = name
        self.inputs, self.written, self.write = inputs, written, write
        self.print_instead, self.instead = instead, None
        self.lists = tuple(k for k, p in enumerate(inputs) if p.kind == "list")
        self.objects = objects
        self.arrays = tuple(k for k, p in enumerate(inputs) if p.kind == "array")
        self.numbers = tuple((k, p.accepted()) for k, p in enumerate(inputs) if p.kind == "number")
        self.texts: dict[tuple[Any, ...], Text] = {}
        self.kernels: dict[tuple[Any, ...], tuple[Any, Text] | None] = {}
        self.axes: tuple[tuple[int, int], ...] = ()
        self.fastmath = False
        self.given_up = 0
        self.in_a_row: dict[tuple[Any, ...], int] = {}  # how often each kernel gave up since it last did not,
        self.resting: dict[tuple[Any, ...], int] = {}  # and for how many calls it is not tried
        self.refused = ""  # why there is no kernel for some inputs
        self.quick: Callable[..., Any] | None = None  # the quick way of the last call
        self.ways: dict[tuple[Any, ...], Any] = {}
        self.large = False  # whether it needs more memory than is kept

    def __call__(self, *args: Any) -> Any:
        quick = self.quick
        if quick is not None:
            found = quick(*args)
            if found is not MISS:
                return found
        return self.call(args)

    def call(self, args: tuple[Any, ...]) -> Any:
        """The long way through a call."""
        for k, accepted in self.numbers:
            if type(args[k]) not in accepted:
                return self.in_numpy(args)
        layouts = []
        for k in self.arrays:
            if not isinstance(args[k], np.ndarray):
                return self.in_numpy(args)
            flags = args[k].flags
            if not flags.writeable and k in self.written:
                return self.on_copies(args)
            layouts.append("C" if flags.c_contiguous else "F" if flags.f_contiguous else "A")
        for k, axis in self.axes:
            layouts.append(self.small(args[k], axis))
        key = tuple(layouts)
        found: Any = self.kernels.get(key, UNKNOWN)
        if found is UNKNOWN:
            found = self.compile(key)
        if found is None:
            return self.in_numpy(args)
        if self.resting.get(key):
            self.resting[key] -= 1
            return self.in_numpy(args)
        before = self.given_up
        try:
            return self.run(*found, args)
        finally:
            if self.given_up != before:
                self.rest(key)
            else:
                self.in_a_row.pop(key, None)
                self.quick = self.way(key, *found)

    def way(self, key: tuple[Any, ...], kernel: Any, text: Text) -> Callable[..., Any] | None:
        """The quick way for a kernel, from its second call on: the first may be the only one. None for one that makes
        much memory anew each time."""
        if key not in self.ways:
            self.ways[key] = UNKNOWN
            return None
        if self.ways[key] is UNKNOWN:
            self.ways[key] = quick_way(self, key, kernel, text, _memory, MOST)
        return None if self.large else self.ways[key]

    def rest(self, key: tuple[Any, ...]) -> None:
        """Note that a kernel left a call to NumPy: where it does so each time it is tried more and more rarely."""
        count = self.in_a_row[key] = self.in_a_row.get(key, 0) + 1
        if count >= PATIENCE:
            self.resting[key] = min(1 << count, LONGEST)

    @property
    def refusal(self) -> str:
        """Why NumPy does the work, for some inputs; nothing if it does not."""
        if not self.refused and any(count >= PATIENCE for count in self.in_a_row.values()):
            return f"its kernel gives up again and again ({self.given_up} times): a check that loops need does not hold"
        return self.refused

    def compile(self, key: tuple[Any, ...]) -> tuple[Any, Text] | None:
        """The kernel for inputs of these memory orders and small sizes; None if there is none."""
        if self.axes and any(key[-len(self.axes):]) and len(self.kernels) >= VARIANTS:
            key = (*key[:-len(self.axes)], *(0 for _ in self.axes))
            if key in self.kernels:
                return self.kernels[key]
        from .machine import MachineCodeUnavailable, compile_kernel

        errors: tuple[type[Exception], ...] = (MachineCodeUnavailable,)
        if self.write is not None:
            from .writer import CannotLower

            errors = (CannotLower, *errors)
        try:
            text = self.texts.get(key)
            if text is None:
                if self.write is None:
                    raise NeedsCompiler
                text = self.texts[key] = self.write(key)
            kernel = compile_kernel(text.source, text.name, text.types, noalias=text.noalias,
                                    fastmath=self.fastmath)
        except errors as error:
            self.kernels[key] = None
            self.refused = str(error).strip().splitlines()[0]
            if isinstance(error, MachineCodeUnavailable):
                say(self.refused)
            return None
        self.kernels[key] = kernel, text
        return kernel, text

    def small(self, array: Any, axis: int) -> int:
        """The size of an axis, if the kernel is to know it."""
        n = array.shape[axis] if isinstance(array, np.ndarray) and axis < array.ndim else 0
        return n if n <= MOST else 0

    def used_texts(self) -> list[Text]:
        """The texts of the kernels that have been called; before the first call, the one for arrays in C order."""
        used = [found[1] for found in self.kernels.values() if found is not None]
        return used or list(self.texts.values())

    def run(self, kernel: Any, text: Text, args: tuple[Any, ...]) -> Any:
        memory = _memory
        if kernel.origin == "python" and not self.fits(args):
            return self.in_numpy(args)
        integers, floats = np.empty(text.integers, np.int64), np.empty(text.floats)
        given = args
        if self.lists:
            try:
                from .kept import flat_list

                lists = {k: flat_list(args[k], self.inputs[k].listed) for k in self.lists}
            except (TypeError, ValueError):
                return self.in_numpy(args)
            given = tuple(part for k, a in enumerate(args) for part in lists.get(k, (a,)))
        made = tuple(np.empty([_counted(args, n) for n in sizes], dtype) for dtype, sizes in text.made)
        before = [args[k].copy() for k in self.written]
        while True:
            if text.blas:
                integers[0] = 0 if kernel.origin == "python" else address()
            if text.parallel:
                integers[1:3] = (0, 1) if kernel.origin == "python" else (sharing.address(), sharing.number())
            try:
                with sharing.turn() if text.parallel else ONE:
                    status = kernel(*given, *made, memory.mem, memory.rec, integers, floats)
            except (TypeError, OverflowError):  # not of the types that it was compiled for
                return self.in_numpy(args)
            if status == DONE:
                break
            for k, old in zip(self.written, before, strict=True):
                args[k][...] = old
            if status == GIVE_UP:
                self.given_up += 1
                return self.in_numpy(args)
            need = 8 * int(integers[0])
            if status == MORE_MEMORY:
                memory.mem = np.empty(max(2 * len(memory.mem), need + need // 2))
            else:
                memory.rec = np.empty(max(2 * len(memory.rec), need + need // 2))
        results = results_of(text.outs, (*args, *made), integers.tolist(), floats.tolist(), memory, self.objects)
        self.large = False
        for area in ("mem", "rec"):
            if len(getattr(memory, area)) > KEEP:
                self.large = True
                setattr(memory, area, np.empty(1 << 10))
        return results

    def fits(self, args: tuple[Any, ...]) -> bool:
        """Whether the inputs are of the types that the kernel is for, as machine code checks by itself."""
        return all(args[k].dtype == self.inputs[k].dtype and args[k].ndim == self.inputs[k].ndim
                   for k in self.arrays)

    def on_copies(self, args: tuple[Any, ...]) -> Any:
        """Arrays that must not be written stand where the kernel writes, at least on some paths: it gets copies of
        them. If it does write one, the error is NumPy's."""
        frozen = [k for k in self.written if not args[k].flags.writeable]
        if any(np.may_share_memory(args[k], args[o]) for k in frozen for o in self.arrays if o != k):
            return self.in_numpy(args)
        others = [(args[k], args[k].copy()) for k in self.written if k not in frozen]
        copies = {k: args[k].copy() for k in frozen}
        results = self(*(copies.get(k, a) for k, a in enumerate(args)))
        if all(copy.tobytes() == args[k].tobytes() for k, copy in copies.items()):
            return results
        for array, old in others:
            array[...] = old
        return self.in_numpy(args)

    def in_numpy(self, args: tuple[Any, ...]) -> Any:
        if self.instead is None:
            self.instead = _executed(*self.print_instead())
        return self.instead(*args)


def _counted(args: tuple[Any, ...], size: tuple[Any, ...]) -> int:
    """A sum of sizes of inputs."""
    found, terms = size
    for factor, k, axis in terms:
        found += factor * args[k].shape[axis]
    return found


def _executed(text: str, name: str, needed: dict[str, Any]) -> Callable[..., Any]:
    """The function of a printed text."""
    file = f"<ad_compiler {name} {hash(text) & 0xFFFFFFFFFFFF:012x}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {"__name__": "ad_compiler.generated", **needed}
    exec(compile(text, file, "exec", dont_inherit=True), scope)
    return scope[name]


def written_out(launcher: Launcher) -> tuple[Any, ...]:
    """A launcher in plain values, with the texts that have been called. Raises ValueError where it has others."""
    text, name, needed = launcher.print_instead()
    if needed:
        raise ValueError("a kernel with objects of its own")
    if None in launcher.kernels.values():
        raise ValueError("a kernel that cannot be compiled")
    called = {key: found[1] for key, found in launcher.kernels.items() if found is not None}
    used = tuple((key, text_out(found)) for key, found in (called or launcher.texts).items())
    return (launcher.name, tuple(map(input_out, launcher.inputs)), launcher.written, launcher.axes,
            tuple(launcher.objects), used, text, name)


def read_in(parts: tuple[Any, ...]) -> Launcher:
    """The launcher that `written_out` wrote out."""
    name, inputs, written, axes, objects, used, text, entry = parts
    made = Launcher(name, tuple(map(input_in, inputs)), tuple(written), None, lambda: (text, entry, {}),
                    frozenset(objects))
    made.axes = tuple(map(tuple, axes))
    made.texts.update((tuple(key), text_in(found)) for key, found in used)
    return made
