"""What a kernel gives back, as Python objects: numbers, lists, and arrays in its memory or in that of its arguments."""
from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from .texts import MEMORY, Out


class Working(threading.local):
    """The memory that the kernels of one thread work in; its contents mean nothing between calls."""

    def __init__(self) -> None:
        self.mem = np.empty(1 << 10)
        self.rec = np.empty(1 << 10)


def results_of(outs: tuple[Out, ...], args: tuple[Any, ...], oi: list[int], of: list[float], memory: Working,
               objects: frozenset[int]) -> tuple[Any, ...]:
    """What a kernel gave, as Python objects. `args`: its arrays, those made for it behind its inputs; `oi` and `of`:
    the whole numbers and the others that it wrote down; `objects`: the results that must be lists of Python's."""
    found: list[Any] = []
    pieces = _shared_pieces(outs, oi)
    for number, out in enumerate(outs):
        at = out.at
        if out.kind == "f":
            found.append(of[at] if out.weak else out.dtype.type(of[at]))
        elif out.kind == "array":
            found.append(_array(out, args, oi, pieces, memory))
        elif out.kind == "list":
            kept = _listed(out, oi, memory)
            found.append(list(kept) if number in objects else kept)
        elif out.kind == "tuple":
            found.append(tuple(oi[at:at + out.ndim]))
        elif out.kind == "c":
            z = complex(of[at], of[at + 1])
            found.append(z if out.weak else out.dtype.type(z))
        elif out.kind == "b":
            found.append(bool(oi[at]) if out.weak else np.bool_(oi[at]))
        elif out.kind == "u":  # written down as signed numbers
            found.append(out.dtype.type(oi[at] % (1 << 8 * out.dtype.itemsize)))
        else:
            found.append(oi[at] if out.weak else out.dtype.type(oi[at]))
    return tuple(found)


def _array(out: Out, args: tuple[Any, ...], oi: list[int], pieces: dict[Any, Piece], memory: Working) -> np.ndarray:
    """A result in memory: a view of an argument, or of a copy of what lies in the kernel's own memory."""
    tag, offset, shape, steps = _described(out, oi)
    if tag >= 0:
        return _view_of(args[tag], offset, shape, steps)
    start = offset * out.dtype.itemsize
    area = memory.mem if tag == MEMORY else memory.rec
    if out.group is None:
        return np.ndarray(shape, out.dtype, area, start, steps).copy()
    piece = pieces[out.group, tag]
    if piece.copy is None:
        piece.copy = area.view(np.uint8)[piece.low:piece.high].copy()
    return np.ndarray(shape, out.dtype, piece.copy, start - piece.low, steps)


def array_of(out: Out, args: tuple[Any, ...], oi: list[int], memory: Working) -> np.ndarray:
    """A result that shares no memory with another one."""
    return _array(out, args, oi, {}, memory)


@dataclass(slots=True)
class Piece:
    """The bytes of the kernel's memory in which results lie that may share memory, and their copy."""

    low: int
    high: int
    copy: np.ndarray | None = None


def _described(out: Out, oi: list[int]) -> tuple[int, int, list[int], list[int]]:
    """The memory in which a result lies, its first element, its shape and its strides in bytes."""
    first = out.at + 2
    shape = oi[first:first + out.ndim]
    return oi[out.at], oi[out.at + 1], shape, [
        n * out.dtype.itemsize for n in oi[first + out.ndim:first + 2 * out.ndim]]


def _shared_pieces(outs: tuple[Out, ...], oi: list[int]) -> dict[Any, Piece]:
    """For each group of results that may share memory, what must be copied at once."""
    found: dict[Any, Piece] = {}
    for out in outs:
        if out.group is None:
            continue
        tag, offset, shape, steps = _described(out, oi)
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


def _listed(out: Out, oi: list[int], memory: Working) -> Any:
    """A list that lies in the memory for lists, copied out of it."""
    from .kept import Kept

    place, length, *sizes = oi[out.at:out.at + out.ndim]
    dtype = out.dtype
    numbers = memory.rec.view(np.uint8 if dtype.kind == "b" else dtype)[place:place + length].copy().view(dtype)
    if not sizes:
        return Kept(out.listed, numbers)
    rows = memory.rec.view(np.int64)[sizes[0]:sizes[0] + sizes[1]].copy()
    return Kept(out.listed, numbers, rows.reshape(-1, out.listed.item.ndim + 1))


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
