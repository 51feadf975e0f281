"""Random programs of loops and arrays, under both backends: what kernels keep, replace, record and put together.

    python -m tests.native.random_programs --programs 500 --seed 1 [--machine] [--show] [--wide] [--threads]
        [--mode grad|vjp|jvp|hvp] [--kind plain|strided|fortran|single|empty]

`tests/fuzz` covers the language; these programs are dense in what the native backend decides about: arrays that loops
replace, names and views of them, overlapping updates, records, small axes, sums into elements.
"""
from __future__ import annotations

import argparse
import linecache
import os
import random
import sys
import textwrap
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from ad_compiler.native import sharing

VECTORS, MATRICES = ("a", "b", "c"), ("m", "q")  # n elements; n rows of four, of which n is not 3 or 4
EXPRESSIONS = ("np.sin({x}) + {y}", "{x} * {y}", "0.5 * {x} - {y}", "np.tanh({x} * 0.7)", "np.maximum({x}, 0.3 * {y})",
               "np.where({x} > {y}, {x}, 0.2 * {y})", "{x} / (1.5 + {y} * {y})", "np.exp(-{x} * {x})",
               "np.abs({x}) + {y}")


# Functions of a vector, and of a matrix, that give one of the same sizes.
OF_VECTORS = (
    "np.clip({x}, -0.8, {y})", "np.roll({x}, 2) + {y}", "np.cumsum({x}) * 0.2", "np.sort({x})", "{x}[np.argsort({y})]",
    "np.interp({x}, np.linspace(-2.0, 2.0, n), {y})", "np.logaddexp({x}, {y})", "np.convolve({x}, {y}, 'same') * 0.2",
    "np.take({x}, np.arange(n - 1, -1, -1)) * {y}", "np.append({x}[1:], {y}[0])", "np.diff({x}, prepend=0.0)",
    "np.concatenate([{x}[2:], {y}[:2]])", "np.select([{x} > 0.3, {y} > 0.0], [{x}, {y}], 0.1)",
    "np.polyval({y}[:3], np.tanh({x}))", "np.outer({x}, {y}) @ {x} * 0.1", "np.diag(np.outer({x}, {y}))",
    "np.repeat({y}[:1], n) * {x}", "np.sinc({x}) * {y}", "np.bincount(np.arange(n) % 3, {x}, n) + {y}",
    "np.sum(np.meshgrid({x}, {y})[0], axis=0) * 0.1", "np.trapezoid(np.outer({x}, {y}), axis=0)")
OF_MATRICES = (
    "np.sort({x}, axis=0)", "np.cumsum({x}, axis=1) * 0.3", "np.roll({x}, (1, 1), (0, 1))", "np.clip({x}, -1.0, 0.7)",
    "np.cross({x}[:, :3], {y}[:, 1:])[:, [0, 1, 2, 0]]", "np.take_along_axis({x}, np.argsort({y}, axis=1), 1)",
    "np.einsum('ij,kj,kl->il', {x}, {x}, {y}) * 0.05", "np.tensordot({x}, {y}[:4, :4], 1) * 0.3",
    "np.reshape({x}, (n, 4), 'F')", "np.flip({x}, 0)", "np.tril({x}) + {y}", "np.hstack([{x}[:, 2:], {y}[:, :2]])")
DERIVATIVES = ("grad", "vjp", "jvp", "hvp")
KINDS = ("plain", "strided", "fortran", "single", "empty")


class Writing:
    """One program while it is written; `depth` counts the loops around."""

    def __init__(self, seed: int, wide: bool = False) -> None:
        self.r, self.wide = random.Random(seed), wide
        self.depth, self.made = 0, 0
        self.counters: list[str] = []

    def expression(self, names: tuple[str, ...]) -> str:
        form = self.r.choice(EXPRESSIONS)
        x, y = self.r.choice(names), self.r.choice(names)
        if self.r.random() < 0.2:
            y = "s"
        return form.format(x=x, y=y)

    def block(self, length: int) -> list[str]:
        return [line for _ in range(length) for line in self.statement()]

    def statement(self) -> list[str]:
        kinds = ["replace", "update", "overlap", "stencil", "name", "total", "element", "rows", "swap", "column"]
        kinds += ["loop", "loop", "branch", "pairs", "sums"] if self.depth < 2 else []
        kinds += ["function", "function", "listed"] if self.wide else []
        return getattr(self, self.r.choice(kinds))()

    def function(self) -> list[str]:
        """One of NumPy's functions, of names, views or expressions of them."""
        g = self.group()
        x, y = (self.r.choice([*g, f"{self.r.choice(g)}[::-1]", f"(0.9 * {self.r.choice(g)})"]) for _ in "xy")
        value = self.r.choice(OF_VECTORS if g is VECTORS else OF_MATRICES).format(x=x, y=y)
        return [f"{self.r.choice(g)} {self.r.choice(['=', '=', '+='])} {value}"]

    def listed(self) -> list[str]:
        """Lists that are filled, searched and read."""
        v, u = self.r.choice(VECTORS), self.r.choice(VECTORS)
        return self.r.choice([
            ["z = []", "for i in range(n):", f"    if {v}[i] > 0.0 or i == 0:",
             f"        z.append({v}[i] * {u}[-1 - i])", "for i in range(len(z)):", "    s = s + 0.1 * z[i] * z[-1]"],
            [f"k = [int(10.0 * e) % 3 for e in {v}]", "for i in range(3):", "    if i in k:",
             f"        s = s + 0.1 * {u}[k.index(i)] * k.count(i)"],
            [f"z = sorted({v})", f"{u}[0] += z[0] * z[-1]"],
            ["z = list(range(n - 1, -1, -1))", f"{u} = np.array([{v}[i] for i in z])"]])

    def group(self) -> tuple[str, ...]:
        return VECTORS if self.r.random() < 0.6 else MATRICES

    def replace(self) -> list[str]:
        g = self.group()
        return [f"{self.r.choice(g)} = {self.expression(g)}"]

    def update(self) -> list[str]:
        g = self.group()
        return [f"{self.r.choice(g)} {self.r.choice(['+=', '-=', '*='])} {self.expression(g)}"]

    def overlap(self) -> list[str]:
        v = self.r.choice(self.group())
        return [self.r.choice([f"{v}[1:] += 0.3 * {v}[:-1]", f"{v}[:-1] -= 0.2 * {v}[1:]", f"{v}[::-1] += 0.1 * {v}",
                               f"{v}[:] = {v}[::-1] * 0.9", f"{v}[2:] = 0.5 * ({v}[1:-1] + {v}[:-2])"])]

    def stencil(self) -> list[str]:
        g = self.group()
        u, v = self.r.choice(g), self.r.choice(g)
        return [f"{u}[1:-1] {self.r.choice(['=', '+=', '-='])} 0.25 * ({v}[2:] - 2.0 * {v}[1:-1] + {v}[:-2])"]

    def name(self) -> list[str]:
        """A second name, a view or a copy, which is used after something else has happened."""
        g = self.group()
        v, u = self.r.choice(g), self.r.choice(g)
        self.made += 1
        t = f"t{self.made}"
        form = self.r.choice(["{v}", "{v}.copy()", "{v}[:]", "{v} + 0.0"])
        use = self.r.choice([f"{u} = {u} + 0.3 * {t}", f"{u} -= 0.2 * {t}", f"s = s + np.sum({t} * {t}) * 0.1",
                             f"{u} = {t}"])
        return [f"{t} = {form.format(v=v)}", *self.block(self.r.randint(0, 2)), use]

    def total(self) -> list[str]:
        g = self.group()
        return [self.r.choice([f"s = s + np.sum({self.expression(g)}) * 0.01",
                               f"s = 0.5 * s + np.max({self.r.choice(g)})",
                               f"s = np.tanh(s) + np.mean({self.r.choice(g)})"])]

    def element(self) -> list[str]:
        u, v, w = (self.r.choice(VECTORS) for _ in range(3))
        i = f"i{len(self.counters)}"
        body = self.r.choice([f"{u}[{i}] = np.sin({u}[{i} - 1]) * 0.5 + {v}[{i}]",
                              f"{u}[{i}] += {v}[{i} - 1] * {w}[{i}]",
                              f"{u}[0] += 0.1 * {v}[{i}] * {w}[-{i}]", f"s = 0.9 * s + {u}[{i}] * {v}[0]"])
        return [f"for {i} in range(1, n):", f"    {body}"]

    def rows(self) -> list[str]:
        """The elements of a row of four, one by one."""
        m, q = self.r.choice(MATRICES), self.r.choice(MATRICES)
        i = f"i{len(self.counters)}"
        change = self.r.choice([f"{m}[{i}] += 0.1 * d", f"{m}[0] -= 0.1 * d", f"s = s + 0.1 * np.dot(d, {q}[{i}])",
                                f"{q}[{i}, 1] = d[0] + d[3]"])
        return [f"for {i} in range(n):", f"    d = {m}[{i}] - {q}[n - 1 - {i}]", "    d = d * (0.4 + s * 0.01)",
                "    e = d[0] * d[1] + np.cos(d[2]) * d[-1]", "    s = s + 0.05 * e", f"    {change}"]

    def swap(self) -> list[str]:
        g = self.group()
        u, v = self.r.sample(g, 2)
        return [f"{u}, {v} = {v}, {u}"]

    def column(self) -> list[str]:
        m, v = self.r.choice(MATRICES), self.r.choice(VECTORS)
        return [self.r.choice([f"{m}[:, 1] += 0.2 * {v}", f"{v} = {v} + {m}[:, 0]", f"{m} = {m} + {v}[:, None] * 0.1",
                               f"{v} += np.sum({m}, axis=1) * 0.1", f"{m} -= np.mean({m}, axis=0)",
                               f"{m} = np.minimum({m}, {m}[:, 1:2] + {m}[0])"])]

    def loop(self) -> list[str]:
        k = f"k{len(self.counters)}"
        self.counters.append(k)
        self.depth += 1
        body = self.block(self.r.randint(1, 3))
        self.depth -= 1
        self.counters.pop()
        if self.r.random() < 0.2:
            return [f"{k} = 0", f"while {k} < 3:", *(f"    {line}" for line in body), f"    {k} += 1"]
        if self.r.random() < 0.2:
            body += ["if s > 2.0:", "    break"]
        return [f"for {k} in range({self.r.choice(['3', 'n', 'n - 2'])}):", *(f"    {line}" for line in body)]

    def branch(self) -> list[str]:
        test = f"{self.r.choice(self.counters)} % 2" if self.counters else "s > 0.5"
        arms = [[f"    {line}" for line in self.block(self.r.randint(1, 2))] for _ in range(2)]
        return [f"if {test}:", *arms[0], *(["else:", *arms[1]] if self.r.random() < 0.6 else [])]

    def pairs(self) -> list[str]:
        m, v = self.r.choice(MATRICES), self.r.choice(VECTORS)
        return ["for i in range(n):", "    for j in range(n):", "        if i != j:",
                f"            d = {m}[j] - {m}[i]",
                "            e = 0.5 + d[0] * d[0] + d[1] * d[3]", f"            {v}[i] += 0.05 * {v}[j] * np.cos(e)",
                f"            {m}[i] += 0.01 * d / (1.0 + e * e)"]

    def sums(self) -> list[str]:
        m, q, v = self.r.choice(MATRICES), self.r.choice(MATRICES), self.r.choice(VECTORS)
        return self.r.choice([
            ["for i in range(n):", "    for j in range(4):", f"        {v}[i] += 0.1 * {m}[i, j] * {q}[n - 1 - i, j]"],
            ["g = np.zeros((4, 4))", "for i in range(4):", "    for k in range(n):", "        for j in range(4):",
             f"            g[i, j] += {m}[k, i] * {q}[k, j]", "s = s + 0.1 * np.sum(g * g)"]])


def text_of(seed: int, wide: bool = False) -> str:
    """The text of a program `f(a, b, c, m, q, s)`; `wide`: with functions and lists in it."""
    w = Writing(seed, wide)
    copies = [f"{v} = {v}.copy()" for v in (*VECTORS, *MATRICES)]
    body = [*copies, "n = len(a)", *w.block(w.r.randint(3, 7))]
    result = "return np.tanh(s) + " + " + ".join(f"np.sum(np.sin({v}))" for v in (*VECTORS, *MATRICES))
    return "def f(a, b, c, m, q, s):\n" + textwrap.indent("\n".join([*body, result]), "    ") + "\n"


def function_of(text: str, seed: int) -> Any:
    """The function of a program's text; the compiler finds the text by its file name."""
    name = f"<random program {seed}>"
    linecache.cache[name] = (len(text), None, text.splitlines(True), name)
    scope: dict[str, Any] = {"np": np}
    exec(compile(text, name, "exec"), scope)
    return scope["f"]


def arguments(seed: int, off: float = 0.0, kind: str = "plain") -> tuple[Any, ...]:
    """Arguments, each number made larger by a part `off` of itself. `kind`: how they lie in memory, or of what type."""
    r = np.random.default_rng(seed)
    n = 0 if kind == "empty" else int(r.integers(5, 8))
    arrays = [*(r.normal(size=n) for _ in VECTORS), *(r.normal(size=(n, 4)) for _ in MATRICES)]
    return (*(laid_out(a * (1.0 + off), kind) for a in arrays), 0.3 * (1.0 + off))


def laid_out(a: np.ndarray, kind: str) -> np.ndarray:
    """The same numbers with other strides, in Fortran's order, or in single precision."""
    if kind == "strided":
        wide = np.zeros([2 * k for k in a.shape])
        place = (*(slice(None, None, 2) for _ in a.shape[1:]), slice(None, None, -2))
        wide[place] = a
        return wide[place]
    return np.asfortranarray(a) if kind == "fortran" else a.astype(np.float32) if kind == "single" else a


def derivative(f: Any, mode: str, given: tuple[Any, ...], tangents: tuple[Any, ...], backend: str,
               **options: Any) -> np.ndarray:
    """Value and derivative in one of the modes, as one line of numbers."""
    import ad_compiler

    wrt = tuple(range(6))
    if mode == "vjp":
        value, pullback = ad_compiler.vjp(f, *given, backend=backend, **options)
        return _flat((value, pullback(type(value)(1.0))))
    if mode == "jvp":
        return _flat((ad_compiler.jvp(f, given, tangents, backend=backend, **options), ()))
    if mode == "hvp":
        return _flat((0.0, ad_compiler.hvp(f, given, tangents, argnums=wrt, backend=backend, **options)))
    gradient = ad_compiler.value_and_grad(f, argnums=wrt, backend=backend, **options)
    gradient(*given)
    return _flat(gradient(*given))


def outcome(seed: int, mode: str = "grad", kind: str = "plain", wide: bool = False, threads: bool = False) -> str:
    """"native", "kernel gave up", "numpy" (not lowered, or in part), "overflow", or what is wrong.

    `threads`: with `parallel=True`; loops that threads share run backwards then, if they run as Python.

    How far the two may be apart is learned from the derivative in NumPy at arguments that differ in the last digit."""
    from ad_compiler.native import compile as backend

    f, last = function_of(text_of(seed, wide), seed), 2e-7 if kind == "single" else 4e-16
    tangents = arguments(seed + 1, 0.0, kind)
    tangents = tuple(np.resize(t, np.shape(a)).astype(a.dtype) if np.ndim(t) else t for t, a in zip(
        tangents, arguments(seed, 0.0, kind), strict=True))
    made: list[Any] = []
    compiled = backend.compile_native
    with np.errstate(all="ignore"):
        try:
            expected, nearby = (derivative(f, mode, arguments(seed, off, kind), tangents, "numpy")
                                for off in (0.0, last))
        except (IndexError, ValueError):
            return "raises"
        if not np.all(np.isfinite(np.concatenate([expected, nearby]))) or np.max(np.abs(expected), initial=0.0) > 1e6:
            return "overflow"
        allowed = (2e-5 if kind == "single" else 1e-12) * np.max(np.abs(expected), initial=0.0) + 100.0 * np.max(
            np.abs(expected - nearby), initial=0.0)
        try:
            backend.compile_native = lambda *a, **k: made.append(compiled(*a, **k)) or made[-1]
            with backwards():
                found = derivative(f, mode, arguments(seed, 0.0, kind), tangents, "native", parallel=threads)
        finally:
            backend.compile_native = compiled
        error = np.max(np.abs(found - expected), initial=0.0)
        if not error <= allowed or found.shape != expected.shape:
            return f"WRONG by {error:.1e}, {allowed:.1e} were allowed"
    if not made or not all(m.whole and m.kernels for m in made):
        return "numpy"
    return "kernel gave up" if any(k.given_up for m in made for k in m.kernels) else "native"


@contextmanager
def backwards() -> Iterator[list[str]]:
    """While kernels run as Python, the iterations that threads share run one by one and the last one first, so that
    none may depend on an earlier one. Gives the names of what was run."""
    run: list[str] = []

    def last_first(_self: Any, _pool: int, _threads: int, _work: int, part: Any, start: int, stop: int,
                   values: Any) -> None:
        run.append(part.__name__)
        for k in range(stop - 1, start - 1, -1):
            part(k, k + 1, *values)

    plain = sharing._Share.__call__
    sharing._Share.__call__ = last_first
    try:
        yield run
    finally:
        sharing._Share.__call__ = plain


def _flat(found: tuple[Any, tuple[Any, ...]]) -> np.ndarray:
    return np.concatenate([np.ravel(found[0]), *(np.ravel(bar) for bar in found[1])])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--machine", action="store_true", help="compile the kernels; they run as Python otherwise")
    parser.add_argument("--wide", action="store_true", help="with functions of NumPy and lists")
    parser.add_argument("--mode", choices=DERIVATIVES, default="grad")
    parser.add_argument("--kind", choices=KINDS, default="plain")
    parser.add_argument("--threads", action="store_true", help="with parallel=True")
    parser.add_argument("--show", action="store_true", help="print the programs that are wrong")
    chosen = parser.parse_args()
    os.environ["AD_COMPILER_CACHE"] = "off"
    if not chosen.machine:
        os.environ["NUMBA_DISABLE_JIT"] = "1"
    counts: Counter[str] = Counter()
    for seed in range(chosen.seed, chosen.seed + chosen.programs):
        try:
            found = outcome(seed, chosen.mode, chosen.kind, chosen.wide, chosen.threads)
        except Exception as error:
            found = f"WRONG: {type(error).__name__}: {str(error)[:200]}"
        counts[found.split(" by")[0].split(":")[0]] += 1
        if found.startswith("WRONG"):
            print(f"seed {seed}: {found}", flush=True)
            if chosen.show:
                print(text_of(seed, chosen.wide))
    print(dict(counts))
    return 1 if counts["WRONG"] else 0


if __name__ == "__main__":
    sys.exit(main())
