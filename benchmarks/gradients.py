"""Gradients of more than thirty programs at three sizes, beside the adjoint by hand and other libraries: JAX, PyTorch,
HIPS autograd, MyGrad and tangent-ad.

    python -m benchmarks gradients
    python -m benchmarks gradients --programs lstm,lu --sizes small,medium --peers torch,autograd --rounds 10

Measured: primal, gradient (with the value), the adjoint written by hand where there is one, each library that runs
the program as it stands and gets the gradient right; what a gradient allocates at its peak; what compiling costs. A
library that cannot run a program is listed with the reason. Everything but JAX runs in one process, interleaved; JAX
runs in its own (`JAX_PYTHON` names an interpreter that has it).

Besides the table and `results/gradients.json` there is a picture, `results/gradients.svg`.
"""
from __future__ import annotations

import argparse
import signal
import sys
import time
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

import ad_compiler
from ad_compiler.errors import CompileError
from benchmarks.adjoints.measure import agree
from benchmarks.adjoints.program import Program
from benchmarks.harness import RESULTS, best_times, publish, summary
from benchmarks.memory import LEAST, peak_allocated, peak_alone
from benchmarks.peers import CannotRun, jax_peer, why
from benchmarks.programs import PROGRAMS

SIZES = ("small", "medium", "large")
EAGER = ("torch", "autograd", "mygrad", "tangent")
PEERS = (*EAGER, "jax")
LIMIT = 20.0  # seconds of one call of a library beyond which it is not timed

Sides = dict[str, Callable[[], Any]]


def options(arguments: list[str]) -> argparse.Namespace:
    """What is asked for on the command line. Exits with a message for a name that is none."""
    parser = argparse.ArgumentParser("benchmarks.gradients", description="gradients beside other libraries")
    for name, known in (("programs", tuple(PROGRAMS)), ("sizes", SIZES), ("peers", PEERS)):
        parser.add_argument(f"--{name}", type=lambda text, k=known: chosen(parser, text, k), default=known,
                            help=f"some of {', '.join(known)}" if name != "programs" else "their names, with commas")
    parser.add_argument("--rounds", type=int, default=20, help="times are the best of so many")
    parser.add_argument("--seconds", type=float, default=3.0, help="bound on the time of one program and size")
    return parser.parse_args(arguments)


def chosen(parser: argparse.ArgumentParser, text: str, known: tuple[str, ...]) -> tuple[str, ...]:
    """The names in a text with commas."""
    names = tuple(name for name in text.split(",") if name)
    unknown = [name for name in names if name not in known]
    if unknown:
        parser.error(f"there is no {unknown[0]!r}, only {', '.join(known)}")
    return names


def measure(program: Program, size_name: str, asked: argparse.Namespace, cannot: dict[str, str]) -> dict[str, Any]:
    """One row. `cannot` gains the reasons of libraries that did not run. Compiling is timed at the first size: the
    others have the same signature.

    Raises CompileError if the program is refused, ArithmeticError if the gradient is not that by hand.
    """
    size = program.sizes[1 + SIZES.index(size_name)]
    arguments = program.arguments(size, np.random.default_rng(0))
    gradient = ad_compiler.value_and_grad(program.primal, argnums=program.wrt, on_unsupported="error")
    start = time.process_time()
    bars = gradient(*arguments)[1]
    compiled = time.process_time() - start
    start = time.process_time()
    gradient(*arguments)
    compiled -= time.process_time() - start
    sides: Sides = {"primal": lambda: program.primal(*arguments), "gradient": lambda: gradient(*arguments)}
    if program.adjoint is not None:
        by_hand = program.adjoint
        if not agree(bars, by_hand(*arguments)[1]):
            raise ArithmeticError(f"{program.name}, {size_name}: the gradient is not the hand-written adjoint's")
        sides["by hand"] = lambda: by_hand(*arguments)
    for peer in asked.peers:
        if peer != "jax" and f"{peer}: {program.name}" not in cannot:
            add_peer(sides, peer, program, arguments, bars, cannot)
    times = best_times(sides, asked.rounds, seconds=asked.seconds)
    jax = beside_jax(program, size, bars, asked, cannot)
    return row(program, size_name, size, times, jax, compiled if size_name == asked.sizes[0] else None,
               memory(sides, program, size))


def add_peer(sides: Sides, peer: str, program: Program, arguments: tuple[Any, ...], bars: tuple[Any, ...],
             cannot: dict[str, str]) -> None:
    """A library among the sides, if it runs the program, rightly and in reasonable time."""
    key = f"{peer}: {program.name}"
    try:
        run = import_module(f"benchmarks.peers.{peer}_peer").gradient(program)
        start = time.process_time()
        found = run(*arguments)[1]
        if time.process_time() - start > LIMIT:
            cannot[key] = f"takes more than {LIMIT:.0f} s"
        elif not agree(tuple(map(np.asarray, found)), bars):
            cannot[key] = "gives a wrong gradient"
        else:
            sides[peer] = lambda: run(*arguments)
    except ImportError:
        cannot[key] = "not installed"
    except (CannotRun, Exception) as error:  # whatever it raises is why it cannot
        cannot[key] = why(error)


def beside_jax(program: Program, size: int, bars: tuple[Any, ...], asked: argparse.Namespace,
               cannot: dict[str, str]) -> dict[str, Any]:
    """JAX's seconds of a call and of compiling; empty where it did not run."""
    key = f"jax: {program.name}"
    if "jax" not in asked.peers or key in cannot:
        return {}
    answer = jax_peer.measure(program.name, size, asked.rounds)
    if "cannot" in answer:
        cannot[key] = answer["cannot"]
    elif not agree(tuple(map(np.asarray, answer["bars"])), bars):
        cannot[key] = "gives a wrong gradient"
    else:
        return answer
    return {}


def memory(sides: Sides, program: Program, size: int) -> dict[str, float]:
    """Megabytes that one call of each side has allocated at its peak; of torch, by what a process of its own grew."""
    found = {name: peak_allocated(side) for name, side in sides.items() if name != "torch"}
    if "torch" in sides and found["gradient"] > LEAST / 2:  # less does not show in a process
        alone = peak_alone("torch", program.name, size)
        found |= {} if alone is None else {"torch": alone}
    return {name: peak / 2**20 for name, peak in found.items()}


def row(program: Program, size_name: str, size: int, times: dict[str, float], jax: dict[str, Any],
        compiled: float | None, megabytes: dict[str, float]) -> dict[str, Any]:
    """The figures of one program and size."""
    ours = times["gradient"]
    eager = [times[peer] for peer in EAGER if peer in times]
    return {
        "program": program.name, "size": f"{size_name} {size}",
        **{name: times.get(name) for name in ("primal", "gradient", "by hand", *EAGER)},
        "jax jit": jax.get("seconds"),
        "gradient/primal": ours / times["primal"],
        "gradient/by hand": ours / times["by hand"] if "by hand" in times else None,
        "gradient/best eager": ours / min(eager) if eager else None,
        "gradient/jax": ours / jax["seconds"] if jax else None,
        "compile": compiled, "jax compile": jax.get("compile"),
        **{f"MB {name}": megabytes.get(name)
           for name in ("primal", "gradient", "by hand", *EAGER)},
    }


def notes(rows: list[dict[str, Any]], cannot: dict[str, str]) -> list[str]:
    """Summaries, and who could not run what."""
    ratios = ("gradient/primal", "gradient/by hand", "gradient/best eager", "gradient/jax")
    lines = [summary(rows, key) for key in ratios if any(row[key] is not None for row in rows)]
    larger = [f"{row['program']} {row['size']} ({peer})" for row in rows for peer in EAGER
              if (row[f"MB {peer}"] or 0.0) > 1.0 and row["MB gradient"] > 1.05 * row[f"MB {peer}"]]
    lines.append(f"more memory than a peer: {', '.join(larger) or 'nowhere'}")
    lines += [f"cannot: {key}: {reason}" for key, reason in sorted(cannot.items())]
    return lines


def measure_all(asked: argparse.Namespace, rows: list[dict[str, Any]], cannot: dict[str, str]) -> None:
    """Add a row for every program and size that is asked for."""
    for name in asked.programs:
        for size in asked.sizes:
            try:
                rows.append(measure(PROGRAMS[name], size, asked, cannot))
            except CompileError as error:
                cannot[f"ours: {name}"] = str(error).splitlines()[0]
                break
            print(f"{name} {size}: {rows[-1]['gradient/primal']:.2f} primals", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> None:
    asked = options(sys.argv[1:] if arguments is None else arguments)
    ad_compiler.grad(lambda x: x * x)(1.0)  # loads the compiler, which is no part of what is measured
    rows: list[dict[str, Any]] = []
    cannot: dict[str, str] = {}
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        measure_all(asked, rows, cannot)
    except KeyboardInterrupt:  # a long run that is ended keeps what it has
        cannot["this run"] = f"ended after {len(rows)} rows"
    if not rows:
        return
    hidden = [key for key in rows[0] if key.startswith("MB ")]
    publish("gradients", rows, notes(rows, cannot), apart={"memory at the peak, in megabytes": hidden})
    from benchmarks.picture import draw

    print(draw(rows, RESULTS / "gradients.svg"))


if __name__ == "__main__":
    main()
