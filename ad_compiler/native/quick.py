"""The quick way through a call of a kernel: one generated function for each kernel that is called again.

    def quick(p0, p1):
        if type(p1) not in accepted1: return MISS
        if type(p0) is not ndarray: return MISS
        s0 = p0.shape
        if len(s0) != 2 or s0[1] != 3: return MISS
        r0 = empty((s0[0], 3), dtype0)
        try: kept = pool.pop()
        except IndexError: kept = room()
        oi, of = kept
        try: status = entry(p0, p1, r0, memory.mem, memory.rec, oi, of)
        except (TypeError, OverflowError): return MISS
        if status: ...
        found = of.item(0), r0
        pool.append(kept)
        return found

The entry itself looks at the dtypes, ranks and memory orders of arrays. The function returns MISS, and what it wrote is
put back, where the kernel is not for these inputs or did not come to its end: `launch.Launcher` then goes the long way.
"""
from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from .blas import address
from .machine_entry import MISMATCH
from .results import Working, array_of
from .texts import Out, Text

if TYPE_CHECKING:
    from .launch import Launcher

MISS = object()

_NUMBERS = {"f": "of[{at}]", "b": "bool(oi[{at}])", "c": "complex(of[{at}], of[{at} + 1])", "i": "oi[{at}]"}
"""How a number of Python's is read from `oi` and `of`, by its kind."""


def quick_way(launcher: Launcher, key: tuple[Any, ...], kernel: Any, text: Text, memory: Working,
              most: int) -> Callable[..., Any] | None:
    """The function for inputs of these memory orders and small sizes, or None where the long way must be taken.
    `most`: up to where the size of an axis is part of the key."""
    plain = all(out.kind in _NUMBERS or (out.kind == "array" and out.group is None) for out in text.outs)
    if not plain or launcher.lists or text.parallel or kernel.origin == "python":
        return None
    return _Writer(launcher, key, kernel, text, memory, most).function()


class _Writer:
    def __init__(self, launcher: Launcher, key: tuple[Any, ...], kernel: Any, text: Text, memory: Working,
                 most: int) -> None:
        self.launcher, self.key, self.text, self.most = launcher, key, text, most
        self.params = [f"p{k}" for k in range(len(launcher.inputs))]
        self.lines: list[str] = []
        self.shapes: set[int] = set()
        self.names: dict[str, Any] = {
            "MISS": MISS, "ndarray": np.ndarray, "empty": np.empty, "entry": kernel.entry, "memory": memory,
            "launcher": launcher, "array_of": array_of, "pool": [],
            "room": lambda: (np.empty(text.integers, np.int64), np.empty(text.floats))}

    def function(self) -> Callable[..., Any]:
        self.tests()
        made = self.made()
        self.call(made)
        self.results(made)
        body = "".join(f"        {line}\n" for line in self.lines)
        text = (f"def factory({', '.join(self.names)}):\n    def quick({', '.join(self.params)}):\n{body}"
                f"    return quick\n")
        scope: dict[str, Any] = {}
        exec(compile(text, f"<ad_compiler quick {self.text.name}>", "exec", dont_inherit=True), scope)
        return scope["factory"](*self.names.values())

    def constant(self, hint: str, value: Any) -> str:
        name = f"{hint}{len(self.names)}"
        self.names[name] = value
        return name

    def miss_if(self, condition: str) -> None:
        self.lines.append(f"if {condition}: return MISS")

    def shape(self, k: int) -> str:
        """The name of an input's shape, which is then one of an array of the right rank."""
        if k not in self.shapes:
            self.shapes.add(k)
            self.miss_if(f"type(p{k}) is not ndarray")
            self.lines.append(f"s{k} = p{k}.shape")
            self.miss_if(f"len(s{k}) != {self.launcher.inputs[k].ndim}")
        return f"s{k}"

    def tests(self) -> None:
        """What the entry does not look at. It takes an array in C order also where the kernel is for others."""
        launcher = self.launcher
        for k, accepted in launcher.numbers:
            self.miss_if(f"type(p{k}) not in {self.constant('accepted', accepted)}")
        for k, layout in zip(launcher.arrays, self.key, strict=False):
            if layout != "C":
                self.shape(k)
                self.miss_if(f"p{k}.flags.c_contiguous" + (f" or p{k}.flags.f_contiguous" if layout == "A" else ""))
        for (k, axis), size in zip(launcher.axes, self.key[len(launcher.arrays):], strict=True):
            if axis < launcher.inputs[k].ndim:
                n = f"{self.shape(k)}[{axis}]"
                self.miss_if(f"{n} != {size}" if size else f"0 < {n} <= {self.most}")
        for k in launcher.written:
            self.shape(k)
            self.lines.append(f"old{k} = p{k}.copy()")

    def made(self) -> list[str]:
        """Lines that make the arrays for results, and their names."""
        found = []
        for dtype, sizes in self.text.made:
            shape = "".join(f"{self.size(*n)}, " for n in sizes)
            found.append(f"r{len(found)}")
            self.lines.append(f"{found[-1]} = empty(({shape}), {self.constant('dtype', np.dtype(dtype))})")
        return found

    def size(self, const: int, terms: Any) -> str:
        parts = [f"{factor} * {self.shape(k)}[{axis}]" if factor != 1 else f"{self.shape(k)}[{axis}]"
                 for factor, k, axis in terms]
        return " + ".join([str(const)] * (const != 0 or not parts) + parts)

    def call(self, made: list[str]) -> None:
        self.lines += ["try: kept = pool.pop()", "except IndexError: kept = room()", "oi, of = kept"]
        if self.text.blas:
            self.lines.append(f"oi[0] = {address()}")
        given = ", ".join([*self.params, *made, "memory.mem", "memory.rec", "oi", "of"])
        self.lines += ["try:", f"    status = entry({given})", "except (TypeError, OverflowError):", "    return MISS",
                       "if status:", "    launcher.quick = None"]
        if self.launcher.written:
            self.lines.append(f"    if status != {MISMATCH}:")
            self.lines += [f"        p{k}[...] = old{k}" for k in self.launcher.written]
        self.lines.append("    return MISS")

    def results(self, made: list[str]) -> None:
        whole = {out: made[out.whole] for out in self.text.outs if out.whole is not None}
        rest = [out for out in self.text.outs if out not in whole]
        if any(out.kind in "fc" for out in rest):
            self.lines.append("of = of.tolist()")
        if any(out.kind not in "fc" for out in rest):
            self.lines.append("oi = oi.tolist()")
        arrays = f"({''.join(f'{name}, ' for name in [*self.params, *made])})"
        parts = [whole[out] if out in whole else
                 f"array_of({self.constant('out', out)}, {arrays}, oi, memory)" if out.kind == "array" else
                 self.number(out) for out in self.text.outs]
        self.lines += [f"found = ({''.join(f'{part}, ' for part in parts)})", "pool.append(kept)", "return found"]

    def number(self, out: Out) -> str:
        plain = _NUMBERS[out.kind].format(at=out.at)
        return plain if out.weak else f"{self.constant('type', out.dtype.type)}({plain})"
