"""Every way to a derivative against every other, over programs of the corpus.

    python -m tests.programs.agreement [--count 120] [--filter text]

For each program: forward and reverse mode agree by the dot-product identity `<w, J v> = <J' w, v>`, both with
differences; Hessian-vector products with differences of the gradient; the tape with compiled code; native code with
NumPy. A program that a way does not take (no second derivative of a kink, not compiled to machine code) is counted
apart.
"""
from __future__ import annotations

import argparse
import warnings
from collections import Counter
from typing import Any

import numpy as np

from tests.programs.corpus import Program, all_programs
from tests.programs.judge import judge

WAYS = ("reverse = differences", "forward = differences", "dot product", "hvp = differences of the gradient",
        "tape = compiled", "native = NumPy")


def verdicts(program: Program) -> dict[str, str]:
    """What each way says of a program: ok, wrong, or why it does not apply."""
    found = {}
    for way, path, options in ((WAYS[0], "vjp", {}), (WAYS[1], "jvp", {}), (WAYS[3], "hvp", {}),
                               (WAYS[5], "grad", {"backend": "native"})):
        found[way] = judge(program, path, **options).status
    for way, compare in ((WAYS[2], dot_product), (WAYS[4], tape)):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                found[way] = "ok" if compare(program) else "wrong"
            except Exception as error:
                found[way] = type(error).__name__
    return found


def dot_product(program: Program) -> bool:
    """`<w, J v> = <J' w, v>` for random v and w."""
    import ad_compiler as ad

    coordinates = program.reference().coordinates
    v = np.random.default_rng(2).standard_normal(coordinates.pack(
        ad.grad(program.function, argnums=program.argnums)(*program.args())).shape)
    out, out_dot = ad.jvp(program.function, program.args(), coordinates.tangents(v))
    _, pullback = ad.vjp(program.function, *program.args(), argnums=program.argnums)
    one = np.ones_like(out) if isinstance(out, np.ndarray) else 1.0
    right = float(np.real(coordinates.pack(pullback(one)) @ v))
    return abs(float(np.sum(np.real(out_dot))) - right) <= 1e3 * program.tolerance * 1e-3 * max(1.0, abs(right))


def tape(program: Program) -> bool:
    """The same gradient from the tape, which runs the program itself."""
    import ad_compiler as ad
    from ad_compiler import pipeline
    from ad_compiler.errors import CompileError, Diagnostic

    pack = program.reference().coordinates.pack
    compiled = pack(ad.vjp(program.function, *program.args(), argnums=program.argnums)[1](1.0))
    own = pipeline._compile_pullback

    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise CompileError(Diagnostic("AD000", None, "the tape is asked for"))

    pipeline._compile_pullback = refuse
    try:
        taped = pack(ad.vjp(program.function, *program.args(), argnums=program.argnums, assume=False)[1](1.0))
    finally:
        pipeline._compile_pullback = own
    return np.allclose(taped, compiled, rtol=max(program.tolerance, 1e-9), atol=1e-9)


def main() -> int:
    """Print how many programs each way gets right; the exit status is 1 if one is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.programs.agreement")
    parser.add_argument("--count", type=int, default=120)
    parser.add_argument("--filter", default="")
    options = parser.parse_args()
    programs = [p for p in all_programs() if options.filter in p.name]
    programs = programs[:: max(1, len(programs) // options.count)][: options.count]
    counts = {way: Counter[str]() for way in WAYS}
    for program in programs:
        for way, status in verdicts(program).items():
            counts[way][status] += 1
            if status == "wrong":
                print(f"{program.name}: {way}: wrong", flush=True)
    print(f"{len(programs)} programs")
    for way, counter in counts.items():
        print(f"  {way:36} " + ", ".join(f"{n} {status}" for status, n in counter.most_common()))
    return int(any(counter["wrong"] for counter in counts.values()))


if __name__ == "__main__":
    raise SystemExit(main())
