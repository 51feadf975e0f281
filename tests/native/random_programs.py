"""Random programs of loops and arrays, under both backends: what kernels keep, replace, record and put together.

    python -m tests.native.random_programs --programs 500 --seed 1 [--machine] [--show]

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
from typing import Any

import numpy as np

VECTORS, MATRICES = ("a", "b", "c"), ("m", "q")  # n elements; n rows of four, of which n is not 3 or 4
EXPRESSIONS = ("np.sin({x}) + {y}", "{x} * {y}", "0.5 * {x} - {y}", "np.tanh({x} * 0.7)", "np.maximum({x}, 0.3 * {y})",
               "np.where({x} > {y}, {x}, 0.2 * {y})", "{x} / (1.5 + {y} * {y})", "np.exp(-{x} * {x})",
               "np.abs({x}) + {y}")


class Writing:
    """One program while it is written; `depth` counts the loops around."""

    def __init__(self, seed: int) -> None:
        self.r = random.Random(seed)
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
        return getattr(self, self.r.choice(kinds))()

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


def text_of(seed: int) -> str:
    """The text of a program `f(a, b, c, m, q, s)`."""
    w = Writing(seed)
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


def arguments(seed: int, off: float = 0.0) -> tuple[Any, ...]:
    """Arguments, each number made larger by a part `off` of itself."""
    r = np.random.default_rng(seed)
    n = int(r.integers(5, 8))
    arrays = [*(r.normal(size=n) for _ in VECTORS), *(r.normal(size=(n, 4)) for _ in MATRICES)]
    return (*(a * (1.0 + off) for a in arrays), 0.3 * (1.0 + off))


def outcome(seed: int) -> str:
    """"native", "kernel gave up", "numpy" (not lowered, or in part), "overflow", or what is wrong.

    How far the two may be apart is learned from the gradient in NumPy at arguments that differ in the last digit."""
    import ad_compiler

    f, wrt = function_of(text_of(seed), seed), tuple(range(6))
    with np.errstate(all="ignore"):
        reference = ad_compiler.value_and_grad(f, argnums=wrt)
        expected, nearby = (_flat(reference(*arguments(seed, off))) for off in (0.0, 4e-16))
        if not np.all(np.isfinite(np.concatenate([expected, nearby]))) or np.max(np.abs(expected)) > 1e6:
            return "overflow"
        allowed = 1e-12 * np.max(np.abs(expected)) + 100.0 * np.max(np.abs(expected - nearby))
        native = ad_compiler.value_and_grad(f, argnums=wrt, backend="native")
        for _ in range(2):
            error = np.max(np.abs(_flat(native(*arguments(seed))) - expected))
            if not error <= allowed:
                return f"WRONG by {error:.1e}, {allowed:.1e} were allowed"
    (special,) = native.used
    if special.main.backend != "native":
        return "numpy"
    return "kernel gave up" if any(k.given_up for k in special.main.native.kernels) else "native"


def _flat(found: tuple[Any, tuple[Any, ...]]) -> np.ndarray:
    return np.concatenate([np.ravel(found[0]), *(np.ravel(bar) for bar in found[1])])


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--programs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--machine", action="store_true", help="compile the kernels; they run as Python otherwise")
    parser.add_argument("--show", action="store_true", help="print the programs that are wrong")
    chosen = parser.parse_args()
    os.environ["AD_COMPILER_CACHE"] = "off"
    if not chosen.machine:
        os.environ["NUMBA_DISABLE_JIT"] = "1"
    counts: Counter[str] = Counter()
    for seed in range(chosen.seed, chosen.seed + chosen.programs):
        try:
            found = outcome(seed)
        except Exception as error:
            found = f"WRONG: {type(error).__name__}: {str(error)[:200]}"
        counts[found.split(" by")[0].split(":")[0]] += 1
        if found.startswith("WRONG"):
            print(f"seed {seed}: {found}", flush=True)
            if chosen.show:
                print(text_of(seed))
    print(dict(counts))
    return 1 if counts["WRONG"] else 0


if __name__ == "__main__":
    sys.exit(main())
