"""Calling a kernel: memory for it to work in, its results as Python objects, and NumPy where it gives up."""
from __future__ import annotations

import linecache
import threading
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import NumpyFallback
from .blas import address
from .texts import MEMORY, Input, Out, Text, input_in, input_out, text_in, text_out

DONE, GIVE_UP, MORE_MEMORY = 0, 1, 2  # 3: more room for records
MOST = 4  # elements of a small axis, see `small.py`
VARIANTS = 6  # of one kernel; beyond these its sizes are left open
KEEP = 1 << 25  # numbers of eight bytes that a thread keeps from one call to the next: 256 MB


class _Memory(threading.local):
    """The memory that the kernels of one thread work in; its contents mean nothing between calls."""

    def __init__(self) -> None:
        self.mem = np.empty(1 << 10)
        self.rec = np.empty(1 << 10)


_memory = _Memory()
_said: set[str] = set()


def say(reason: str) -> None:
    """Warn, once for each reason, that NumPy runs what was to be machine code."""
    if reason not in _said:
        _said.add(reason)
        warnings.warn(f"NumPy does the work of backend=\"native\": {reason}", NumpyFallback, stacklevel=2)


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
        self.refused = ""  # why there is no kernel for some inputs

    def __call__(self, *args: Any) -> Any:
        for k, accepted in self.numbers:
            if type(args[k]) not in accepted:
                return self.in_numpy(args)
        layouts = []
        for k in self.arrays:
            if not isinstance(args[k], np.ndarray):
                return self.in_numpy(args)
            flags = args[k].flags
            layouts.append("C" if flags.c_contiguous else "F" if flags.f_contiguous else "A")
        for k, axis in self.axes:
            layouts.append(self.small(args[k], axis))
        key = tuple(layouts)
        found = self.kernels.get(key, self)
        if found is self:
            found = self.compile(key)
        if found is None:
            return self.in_numpy(args)
        return self.run(*found, args)

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
            try:
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
        results = self.results(text.outs, (*args, *made), integers.tolist(), floats.tolist())
        if len(memory.mem) > KEEP:
            memory.mem = np.empty(1 << 10)
        if len(memory.rec) > KEEP:
            memory.rec = np.empty(1 << 10)
        return results

    def fits(self, args: tuple[Any, ...]) -> bool:
        """Whether the inputs are of the types that the kernel is for, as machine code checks by itself."""
        return all(args[k].dtype == self.inputs[k].dtype and args[k].ndim == self.inputs[k].ndim
                   for k in self.arrays)

    def results(self, outs: tuple[Out, ...], args: tuple[Any, ...], oi: list[int], of: list[float]
                ) -> tuple[Any, ...]:
        found: list[Any] = []
        pieces = shared_pieces(outs, oi)
        for number, out in enumerate(outs):
            at = out.at
            if out.kind == "f":
                found.append(of[at] if out.weak else out.dtype.type(of[at]))
            elif out.kind == "array":
                found.append(self.array(out, args, oi, pieces))
            elif out.kind == "list":
                kept = listed(out, oi)
                found.append(list(kept) if number in self.objects else kept)
            elif out.kind == "tuple":
                found.append(tuple(oi[at:at + out.ndim]))
            elif out.kind == "c":
                z = complex(of[at], of[at + 1])
                found.append(z if out.weak else out.dtype.type(z))
            elif out.kind == "b":
                found.append(bool(oi[at]) if out.weak else np.bool_(oi[at]))
            else:
                found.append(oi[at] if out.weak else out.dtype.type(oi[at]))
        return tuple(found)

    def array(self, out: Out, args: tuple[Any, ...], oi: list[int], pieces: dict[Any, Piece]) -> np.ndarray:
        """A result in memory: a view of an argument, or of a copy of what lies in the kernel's own memory."""
        tag, offset, shape, steps = described(out, oi)
        if tag >= 0:
            return _view_of(args[tag], offset, shape, steps)
        start = offset * out.dtype.itemsize
        area = _memory.mem if tag == MEMORY else _memory.rec
        if out.group is None:
            return np.ndarray(shape, out.dtype, area, start, steps).copy()
        piece = pieces[out.group, tag]
        if piece.copy is None:
            piece.copy = area.view(np.uint8)[piece.low:piece.high].copy()
        return np.ndarray(shape, out.dtype, piece.copy, start - piece.low, steps)

    def in_numpy(self, args: tuple[Any, ...]) -> Any:
        if self.instead is None:
            self.instead = _executed(*self.print_instead())
        return self.instead(*args)


@dataclass(slots=True)
class Piece:
    """The bytes of the kernel's memory in which results lie that may share memory, and their copy."""

    low: int
    high: int
    copy: np.ndarray | None = None


def described(out: Out, oi: list[int]) -> tuple[int, int, list[int], list[int]]:
    """The memory in which a result lies, its first element, its shape and its strides in bytes."""
    first = out.at + 2
    shape = oi[first:first + out.ndim]
    return oi[out.at], oi[out.at + 1], shape, [
        n * out.dtype.itemsize for n in oi[first + out.ndim:first + 2 * out.ndim]]


def shared_pieces(outs: tuple[Out, ...], oi: list[int]) -> dict[Any, Piece]:
    """For each group of results that may share memory, what must be copied at once."""
    found: dict[Any, Piece] = {}
    for out in outs:
        if out.group is None:
            continue
        tag, offset, shape, steps = described(out, oi)
        if tag >= 0:
            continue
        start = offset * out.dtype.itemsize
        ends = [(n - 1) * step for n, step in zip(shape, steps, strict=True)] if all(shape) else []
        low = start + sum(e for e in ends if e < 0)
        high = start + sum(e for e in ends if e > 0) + (out.dtype.itemsize if all(shape) else 0)
        low -= low % 64
        piece = found.setdefault((out.group, tag), Piece(low, high))
        piece.low, piece.high = min(piece.low, low), max(piece.high, high)
    return found


def listed(out: Out, oi: list[int]) -> Any:
    """A list that lies in the memory for lists, copied out of it."""
    from .kept import Kept

    place, length, *sizes = oi[out.at:out.at + out.ndim]
    dtype = out.dtype
    numbers = _memory.rec.view(np.uint8 if dtype.kind == "b" else dtype)[place:place + length].copy().view(dtype)
    if not sizes:
        return Kept(out.listed, numbers)
    rows = _memory.rec.view(np.int64)[sizes[0]:sizes[0] + sizes[1]].copy()
    return Kept(out.listed, numbers, rows.reshape(-1, out.listed.item.ndim + 1))


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


def _view_of(base: np.ndarray, offset: int, shape: list[int], steps: list[int]) -> np.ndarray:
    """The elements of an array that begin at a number and lie so many bytes apart: a view whose base is an array."""
    if offset == 0 and list(base.shape) == shape and list(base.strides) == steps:
        return base
    if not all(shape):
        return np.empty(shape, base.dtype)
    from ..support.shadows import owner

    memory = owner(base)
    start = base.__array_interface__["data"][0] + offset * base.itemsize - memory.__array_interface__["data"][0]
    line = memory if memory.flags.c_contiguous else memory.T
    if line.flags.c_contiguous and type(line) is np.ndarray:
        return np.ndarray(shape, base.dtype, line, start, steps)
    strided = np.lib.stride_tricks.as_strided
    first = strided(base, (2,), (offset * base.itemsize,))[1:]  # only its address is used
    return strided(first, shape, steps)
