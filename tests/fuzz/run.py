"""Run a campaign of random programs against the compiler.

    python -m tests.fuzz --programs 10000 --seed 1 --seconds 300 --features overlap_update --jobs 1

Prints the outcomes, the reasons of refusals by frequency, the constructs covered with their pairs, and the
smallest failing programs. Exits with 1 if a program was answered wrongly or crashed the compiler.
"""
from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from .campaign import Failure, Tally, as_text, campaign, limited_memory, shrink_failures
from .harness import Options
from .subjects import Compiler, Differences, GradientAlone, Subject

#: Everything is recorded and nothing simplified; everything is optimised but for the order of arithmetic. The two that
#: must agree exactly know the same sizes: with them loops may be unrolled, which adds in another order.
SLOW = Compiler("slow", {"on_unsupported": "error", "mode": "slow"})
SLOW_WITH_SIZES = Compiler("slow with sizes", {"on_unsupported": "error", "mode": "slow", "assume": True})
UNARRANGED = Compiler("fast without rearranging", {"on_unsupported": "error", "factor": False})


def main(argv: Sequence[str] | None = None) -> int:
    args = _arguments(argv)
    started = time.monotonic()
    with limited_memory():
        tally = _run(args)
        print(file=sys.stderr)
        found = shrink_failures(tally, _subject(args), _options(args), args.shrink_seconds, args.show)
    for line in report(tally, found, args.seed, time.monotonic() - started):
        print(line)
    if args.save:
        _save(found, Path(args.save))
    return 1 if tally.kinds["wrong"] or tally.kinds["crash"] else 0


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__.splitlines()[0])
    parser.add_argument("--programs", type=int, default=2000, help="how many programs to write")
    parser.add_argument("--seed", type=int, default=1, help="first seed; the others follow it")
    parser.add_argument("--seconds", type=float, default=300.0, help="stop judging after this time")
    parser.add_argument("--features", default="", help="constructs to prefer, separated by commas")
    parser.add_argument("--without", default="", help="constructs to leave out, separated by commas")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--mode", action="append", default=[], metavar="OPTION=VALUE",
                        help="an option of a second compilation that must agree up to rounding; may be repeated")
    parser.add_argument("--slow", action="store_true", help="the slow mode too: it must agree exactly with the fast "
                        "one that rearranges no sums and products, and up to rounding with the one that does")
    parser.add_argument("--stand-in", action="store_true",
                        help="judge plain differences instead of the compiler")
    parser.add_argument("--no-forward", action="store_true", help="leave the forward mode out")
    parser.add_argument("--no-pullback", action="store_true", help="leave pullbacks out")
    parser.add_argument("--second", action="store_true", help="second order too, for every fifth program")
    parser.add_argument("--thin", action="store_true", help="text, forward mode and pullbacks for some programs each")
    parser.add_argument("--shrink-seconds", type=float, default=60.0)
    parser.add_argument("--show", type=int, default=12, help="failing programs to shrink and print")
    parser.add_argument("--save", default="", metavar="FOLDER", help="write the failing programs there")
    return parser.parse_args(argv)


def _subject(args: argparse.Namespace) -> Subject:
    return Differences() if args.stand_in else Compiler()


def _options(args: argparse.Namespace) -> Options:
    pairs = [setting.partition("=")[::2] for setting in args.mode]
    others = tuple(Compiler(f"{key}={value}", {"on_unsupported": "error", key: value}) for key, value in pairs)
    twins = ((SLOW_WITH_SIZES, UNARRANGED),) if args.slow else ()
    others = (*others, SLOW, GradientAlone()) if args.slow else others
    return Options(others=others, twins=twins, forward=not args.no_forward,
                   pullback=not args.no_pullback, second=args.second, thin=args.thin)


def _run(args: argparse.Namespace) -> Tally:
    if args.jobs == 1:
        return _share(args, 0)
    tally = Tally()
    with ProcessPoolExecutor(args.jobs) as pool:
        for part in pool.map(_share, [args] * args.jobs, range(args.jobs)):
            tally.merge(part)
    return tally


def _share(args: argparse.Namespace, job: int) -> Tally:
    """The part of one process: every `jobs`-th seed."""
    seeds = iter(range(args.seed + job, args.seed + args.programs, args.jobs))
    wanted = tuple(name for name in args.features.split(",") if name)
    avoided = tuple(name for name in args.without.split(",") if name)
    return campaign(_subject(args), seeds, _options(args), wanted, avoided, args.seconds, _progress)


def _progress(tally: Tally) -> None:
    """What there is so far; a failure of a new kind is told at once."""
    for key, failure in tally.failures.items():
        if key not in tally.told:
            tally.told.add(key)
            print(f"\r{failure.outcome.key} (seed {failure.seed})", file=sys.stderr)
    counts = "  ".join(f"{kind} {times}" for kind, times in sorted(tally.kinds.items()))
    print(f"\r{sum(tally.kinds.values())} programs: {counts}   ", end="", file=sys.stderr, flush=True)


def report(tally: Tally, found: Sequence[Failure], seed: int, seconds: float) -> list[str]:
    """Lines of the report."""
    total, judged = sum(tally.kinds.values()), max(tally.judged, 1)
    lines = [f"{total} programs from seed {seed} in {seconds:.0f} s; {tally.judged} judged, "
             f"{tally.kinds['rejected']} rejected by the oracle"]
    lines += [f"  {kind:10} {tally.kinds[kind]:6}  {100 * tally.kinds[kind] / judged:6.2f} %"
              for kind in ("ok", "wrong", "crash", "refused")]
    lines += ["rejected: " + ", ".join(f"{reason} {times}" for reason,
                                       times in tally.rejected.most_common(8))]
    refusals = sorted((f for f in tally.failures.values() if f.outcome.kind in ("refused", "crash")),
                      key=lambda f: -f.times)
    lines += ["refusals and crashes by reason:"] if refusals else []
    lines += [f"  {f.times:6}  {f.outcome.key}  (seed {f.seed})" for f in refusals[:40]]
    lines += tally.coverage.summary()
    lines += tally.nodes.summary("kinds of IR node") if tally.nodes.programs else []
    for failure in found:
        lines += ["", f"--- {failure.outcome.kind}: {failure.outcome.check}, seed {failure.seed}, "
                  f"{failure.times} times", as_text(failure)]
    return lines


def _save(found: Sequence[Failure], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for failure in found:
        name = f"{failure.outcome.kind}_{failure.outcome.check}_{failure.seed}".replace(" ", "_").replace("'",
                                                                                                          "")
        (folder / f"{name}.py").write_text(as_text(failure))


if __name__ == "__main__":
    sys.exit(main())
