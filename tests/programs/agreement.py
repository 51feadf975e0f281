"""Every way to a derivative against every other, over programs of the corpus.

    python -m tests.programs.agreement [--count 120] [--part 1/8] [--filter text] [--seed 0]

For each program, along a random direction `v` of its arguments and with a random cotangent `w` of its result: forward
and reverse mode against differences, and against each other by the dot-product identity `<w, J v> = <J' w, v>`;
Hessian-vector products against differences of the compiled gradient; the tape against compiled code; native code
against NumPy. What a way does not take is counted by its reason: `refused` (a diagnostic), `on the tape` (nothing of it
is compiled, so that there is nothing to compare the tape with), `kink` (the gradient itself has no derivative there),
`no kernel` (nothing in it for machine code).
"""
from __future__ import annotations

import argparse
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import ad_compiler as ad
import numpy as np
from ad_compiler.errors import CompileError, InternalError, TapeFallback
from ad_compiler.interface.nested import expand, moved
from ad_compiler.interface.signing import sign
from ad_compiler.interface.structure import fill, map_floating
from ad_compiler.interface.target import resolve
from ad_compiler.interface.wrt import chosen, floating_paths
from ad_compiler.pipeline_tape import tape_only

from tests.oracle import derivative_at_zero
from tests.programs.corpus import Program, all_programs
from tests.programs.judge import time_limit

#: Of what a way does not take; anything else than these and "ok" is a failure.
EXCUSES = ("on the tape", "refused", "kink", "no kernel")


class Excused(Exception):
    """A comparison that does not apply; the text is one of EXCUSES."""


class Derivatives:
    """The derivatives of one program that are compared, each computed when it is first asked for."""

    def __init__(self, program: Program, seed: int = 0) -> None:
        self.program, self.reference = program, program.reference()
        self.coordinates = self.reference.coordinates
        rng = np.random.default_rng(seed + 2)
        size = self.coordinates.size
        self.v = rng.standard_normal(size) if self.reference.complete else self.reference.probes[-1].direction
        self.u = rng.standard_normal(size)
        self.w = float(rng.uniform(0.5, 1.5)) * float(rng.choice([-1.0, 1.0]))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("error")
            warnings.simplefilter("always", TapeFallback)
            self.bars = self._cotangents()
        self.fell_back = bool(caught)

    @property
    def slope(self) -> float:
        """`J v` by differences."""
        if not self.reference.complete:
            return self.reference.probes[-1].slope
        return sum(probe.slope * float(probe.direction @ self.v) for probe in self.reference.probes)

    def close(self, found: Any, expected: Any, tolerance: float = 0.0, error: float = 0.0) -> str:
        """What is wrong with a number or vector; empty if nothing is. `error` is that of what is expected."""
        scale = max(1.0, float(np.max(np.abs(expected), initial=0.0)), self.reference.scale)
        miss = float(np.max(np.abs(np.asarray(found) - expected), initial=0.0))
        if miss <= max(tolerance, self.rounding) * scale + 10.0 * error:
            return ""
        return f"off by {miss:.3g} of {scale:.3g}"

    @property
    def rounding(self) -> float:
        """How far exact ways to one derivative may be apart: the program's precision, not that of differences."""
        kinds = {np.asarray(leaf).dtype.itemsize for leaf in self.coordinates.floating()}
        single = min(kinds, default=8) == 4 or "single" in self.program.tags
        return self.program.tolerance if single else min(self.program.tolerance, 1e-9)

    def cotangent(self, out: Any) -> Any:
        """`w` in the shape and dtype of the result."""
        return np.full_like(out, self.w) if isinstance(out, (np.ndarray, np.generic)) else self.w

    def _cotangents(self, **options: Any) -> np.ndarray:
        """`J' w` as a vector."""
        out, pullback = ad.vjp(self.program.function, *self.program.args(), argnums=self.program.argnums, **options)
        return self.coordinates.pack(pullback(self.cotangent(out)))

    def tangent(self) -> float:
        """`J v`."""
        _, out_dot = ad.jvp(self.program.function, self.program.args(), self.coordinates.tangents(self.v))
        return float(np.real(np.asarray(out_dot).reshape(-1)[0]))


# --- the ways ---------------------------------------------------------------------------------------------------------
def reverse(of: Derivatives) -> str:
    """`J' w` along every direction of the reference."""
    misses = [of.close(of.bars @ p.direction, of.w * p.slope, of.program.tolerance) for p in of.reference.probes]
    return next(filter(None, misses), "")


def forward(of: Derivatives) -> str:
    """`J v` against differences."""
    return of.close(of.tangent(), of.slope, of.program.tolerance * float(np.max(np.abs(of.v), initial=1.0)))


def dot_product(of: Derivatives) -> str:
    """`<w, J v> = <J' w, v>`, to rounding."""
    return of.close(of.w * of.tangent(), float(of.bars @ of.v), of.rounding * np.sqrt(of.v.size))


def second_order(of: Derivatives) -> str:
    """`u' H v` against differences of the compiled gradient along `v`."""
    program, coordinates = of.program, of.coordinates
    gradient = ad.grad(program.function, argnums=program.argnums)

    def along(t: float) -> float:
        try:
            with np.errstate(all="ignore"):
                found = gradient(*coordinates.shifted(t * of.v))
        except (ArithmeticError, LookupError, ValueError):  # outside the domain: this step was too long
            return np.nan
        return float(of.u @ coordinates.vector_of(found))

    expected, error = derivative_at_zero(along, first_step=0.04 * max(0.05, float(np.max(np.abs(
        of.v * coordinates.vector)))))
    if not error <= 1e-5 * max(1.0, abs(expected)):
        raise Excused("kink")
    tangents = coordinates.tangents(of.v)
    several = isinstance(program.argnums, tuple)
    places = program.argnums if isinstance(program.argnums, tuple) else (program.argnums,)
    direction = tuple(tangents[i] for i in places)
    product = ad.hvp(program.function, argnums=program.argnums)(*program.args(), direction if several else direction[0])
    return of.close(of.u @ coordinates.pack(product), expected, 10.0 * program.tolerance, error)


def tape(of: Derivatives) -> str:
    """`J' w` by the tape, which runs the program itself and nothing that is compiled."""
    if of.fell_back:
        raise Excused("on the tape")
    program, target = of.program, resolve(of.program.function)
    values = dict(zip(target.names, target.arguments(program.args(), {}), strict=True))
    paths = floating_paths(values, chosen(target, program.argnums))
    function, values = expand(target, values)
    pair = tape_only(function, sign(values), tuple(moved(target, path, values) for path in paths))
    out, record = pair.fwd.call(*(values[name] for name in pair.fwd.params))
    assert any(isinstance(leaf, _recorded()) for leaf in record[1]), "nothing was recorded"
    bars = pair.rev.call(record, of.cotangent(out))
    numbers = iter(bars)
    places = program.argnums if isinstance(program.argnums, tuple) else (program.argnums,)
    found = tuple(fill(map_floating(lambda leaf: leaf, program.args()[place]), numbers) for place in places)
    return of.close(of.coordinates.pack(found if isinstance(program.argnums, tuple) else found[0]), of.bars)


def native(of: Derivatives) -> str:
    """The gradient by machine code against the one by NumPy, twice."""
    program = of.program
    gradient = ad.value_and_grad(program.function, argnums=program.argnums, backend="native")
    value, found = gradient(*program.args())
    _, again = gradient(*program.args())
    (special,) = gradient.used
    if special.on_tape:
        raise Excused("on the tape")
    if not gradient.native_source.strip():
        raise Excused("no kernel")
    if not np.isclose(np.reshape(value, ()), np.reshape(program.function(*program.args()), ()), rtol=of.rounding):
        return f"the value is {value!r}"
    one, other = of.coordinates.pack(found), of.coordinates.pack(again)
    return of.close(of.w * one, of.bars) or of.close(other, one)


def _recorded() -> type:
    from runtime.traced_array import TracedArray

    return TracedArray


WAYS: dict[str, Callable[[Derivatives], str]] = {
    "reverse = differences": reverse, "forward = differences": forward, "dot product": dot_product,
    "hvp = differences of the gradient": second_order, "tape = compiled": tape, "native = NumPy": native}


def verdicts(program: Program, seed: int = 0, seconds: int = 120) -> Iterator[tuple[str, str]]:
    """What each way says of a program: "ok", one of EXCUSES, or what is wrong."""
    try:
        with time_limit(seconds):
            of = Derivatives(program, seed)
    except InternalError as error:
        yield from ((way, f"crash: {error}") for way in WAYS)
        return
    except CompileError:  # neither compiled nor on the tape: there is no derivative to compare
        yield from ((way, "refused") for way in WAYS)
        return
    for way, compare in WAYS.items():
        with warnings.catch_warnings(), time_limit(seconds):
            warnings.simplefilter("ignore")
            try:
                yield way, (complaint := compare(of)) and f"wrong: {complaint}" or "ok"
            except Excused as reason:
                yield way, str(reason)
            except InternalError as error:
                yield way, f"crash: {error}"
            except CompileError:
                yield way, "refused"
            except Exception as error:
                yield way, f"crash: {type(error).__name__}: {error}"


def chosen_programs(count: int, text: str = "") -> list[Program]:
    """`count` programs, spread evenly over the corpus."""
    programs = [p for p in all_programs() if text in p.name]
    places = np.unique(np.linspace(0, len(programs) - 1, min(count, len(programs))).round().astype(int))
    return [programs[k] for k in places]


def main() -> int:
    """Print how many programs each way gets right; the exit status is 1 if one is wrong or fails."""
    parser = argparse.ArgumentParser("python -m tests.programs.agreement", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--count", type=int, default=120, help="how many programs of the corpus")
    parser.add_argument("--part", default="1/1", help="k/n: the k-th of n parts of these")
    parser.add_argument("--filter", default="", help="a part of the programs' names")
    parser.add_argument("--seed", type=int, default=0, help="of the directions and cotangents")
    options = parser.parse_args()
    k, n = map(int, options.part.split("/"))
    programs = chosen_programs(options.count, options.filter)[k - 1::n]
    counts = {way: Counter[str]() for way in WAYS}
    failures = 0
    for program in programs:
        for way, status in verdicts(program, options.seed):
            known = status == "ok" or status in EXCUSES
            counts[way][status if known else status.partition(":")[0]] += 1
            failures += not known
            if status != "ok":
                print(f"{program.name}: {way}: {' '.join(status.split())[:200]}", flush=True)
    print(f"{len(programs)} programs")
    for way, counter in counts.items():
        print(f"  {way:36} " + ", ".join(f"{n} {status}" for status, n in counter.most_common()))
    return int(failures > 0)


if __name__ == "__main__":
    raise SystemExit(main())
