"""A table of what the compiler makes of the programs.

    python -m tests.programs.run [name-filter] [--tb] [--check] [--only wrong,crash] [--tags a,b] [--path jvp]
"""

import argparse
import time
from collections import Counter

from tests.programs.checks import self_check
from tests.programs.corpus import Program, all_programs
from tests.programs.judge import PATHS, Verdict, compiler_exists, judge

_COLOURS = {"ok": "32", "tape": "36", "wrong": "31;1", "refused": "33", "crash": "31"}


def main() -> int:
    """Print the table; the exit status is 1 if a derivative or a program is wrong."""
    options = _options()
    programs = [program for program in all_programs()
                if options.filter in program.name and set(options.tags) <= program.tags]
    if options.check:
        return _check(programs)
    if not compiler_exists():
        print("ad_compiler.grad does not exist yet; --check checks the programs themselves")
        return 1
    counts: Counter[str] = Counter()
    for program in programs:
        verdict, seconds = _timed(program, options)
        counts[verdict.status] += 1
        if not options.only or verdict.status in options.only:
            _print(program, verdict, seconds, options)
    print(", ".join(f"{counts[status]} {status}" for status in _COLOURS), f"of {len(programs)}")
    return int(counts["wrong"] > 0)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.programs.run", description=__doc__.splitlines()[0])
    parser.add_argument("filter", nargs="?", default="", help="a part of the programs' names")
    parser.add_argument("--tb", action="store_true", help="tracebacks and whole messages")
    parser.add_argument("--check", action="store_true", help="check the programs, not the compiler")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[], help="statuses to print")
    parser.add_argument("--tags", type=lambda text: text.split(","), default=[], help="tags to have")
    parser.add_argument("--seconds", type=int, default=20, help="time limit for one program")
    parser.add_argument("--path", choices=PATHS, default="grad", help="the way to the derivative")
    parser.add_argument("--mode", help="the compiler's mode: fast or slow")
    parser.add_argument("--backend", help="the compiler's backend; its default otherwise")
    return parser.parse_args()


def _timed(program: Program, options: argparse.Namespace) -> tuple[Verdict, float]:
    chosen = {name: value for name in ("backend", "mode") if (value := getattr(options, name))}
    start = time.process_time()
    verdict = judge(program, options.path, seconds=options.seconds, **chosen)
    return verdict, time.process_time() - start


def _print(program: Program, verdict: Verdict, seconds: float, options: argparse.Namespace) -> None:
    detail = verdict.detail if options.tb else " ".join(verdict.detail.split())[:110]
    status = f"\033[{_COLOURS[verdict.status]}m{verdict.status:8}\033[0m"
    print(f"{program.name:45} {status} {seconds:6.2f}s  {detail}", flush=True)
    if options.tb and verdict.trace:
        print(verdict.trace)


def _check(programs: list[Program]) -> int:
    failures = 0
    for program in programs:
        start = time.process_time()
        try:
            complaints = list(self_check(program))
        except Exception as error:
            complaints = [f"{type(error).__name__}: {error}"]
        seconds = time.process_time() - start
        failures += bool(complaints)
        if complaints or seconds > 0.5:
            print(f"{program.name:45} {seconds:6.2f}s  {'; '.join(complaints)}", flush=True)
    print(f"{len(programs)} programs, {failures} with complaints")
    return int(failures > 0)


if __name__ == "__main__":
    raise SystemExit(main())
