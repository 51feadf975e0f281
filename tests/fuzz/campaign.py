"""Many programs: judge them, count, and shrink one failure of each kind."""
from __future__ import annotations

import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .features import Coverage
from .generate import Program, generate
from .harness import Options, Outcome, judge
from .loading import loaded
from .shrink import fingerprint, shrink
from .subjects import Subject

NODES_OF_EVERY = 4
SECOND_OF_EVERY = 5
EARLY = ("value", "caller's data", "structure", "gradient", "second call", "compile")


@dataclass
class Failure:
    """A kind of failure: the smallest program seen for it, and how often it came."""

    outcome: Outcome
    program: Program
    seed: int
    times: int = 1


@dataclass
class Tally:
    """Results of a campaign; two of them can be merged."""

    kinds: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    coverage: Coverage = field(default_factory=Coverage)
    nodes: Coverage = field(default_factory=Coverage)
    failures: dict[str, Failure] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    @property
    def judged(self) -> int:
        """Programs on which the oracle had an answer."""
        return sum(self.kinds.values()) - self.kinds["rejected"]

    def add(self, seed: int, program: Program, outcome: Outcome) -> None:
        self.kinds[outcome.kind] += 1
        if outcome.kind == "rejected":
            self.rejected[outcome.detail] += 1
            return
        self.coverage.add(program.features)
        if outcome.failed:
            self._keep(outcome.key, Failure(outcome, program, seed))

    def _keep(self, key: str, failure: Failure) -> None:
        seen = self.failures.get(key)
        if seen is None:
            self.failures[key] = failure
            return
        seen.times += failure.times
        if len(failure.program.text) < len(seen.program.text):
            seen.program, seen.outcome, seen.seed = failure.program, failure.outcome, failure.seed

    def merge(self, other: Tally) -> None:
        self.kinds.update(other.kinds)
        self.rejected.update(other.rejected)
        self.coverage.merge(other.coverage)
        self.nodes.merge(other.nodes)
        for key, failure in other.failures.items():
            self._keep(key, failure)


@contextmanager
def limited_memory(gigabytes: float = 3.0) -> Iterator[None]:
    """MemoryError, caught as a crash, rather than a full machine if generated code runs away.

    The limit before is put back: a process that goes on to other work needs room for the stacks of its threads.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (int(gigabytes * 2**30), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def campaign(subject: Subject, seeds: Iterator[int], options: Options, wanted: tuple[str, ...] = (),
             avoided: tuple[str, ...] = (), seconds: float = 60.0,
             report: Callable[[Tally], None] = lambda _: None) -> Tally:
    """Judge the program of each seed until the seeds or the time run out."""
    tally = Tally()
    deadline = time.monotonic() + seconds
    for count, seed in enumerate(seeds):
        if time.monotonic() > deadline:
            break
        program = generate(seed, wanted, avoided)
        if wanted and not set(wanted) & set(program.features.used):
            continue
        outcome = judge(program, subject, _for(options, count))
        if outcome.kind == "wrong":  # causes look alike here: each program counts for itself until shrunk
            outcome = Outcome(outcome.kind, outcome.check, outcome.detail, f"{outcome.key} #{seed}")
        tally.add(seed, program, outcome)
        if outcome.kind == "ok" and count % NODES_OF_EVERY == 0:
            _count_nodes(tally, program, subject)
        if count % 50 == 49:
            report(tally)
    return tally


def _for(options: Options, count: int) -> Options:
    """The checks of one program: second order for a part of them, the others in turn where they are thinned out."""
    options = replace(options, second=options.second and count % SECOND_OF_EVERY == 0)
    if not options.thin:
        return options
    return replace(options, text=options.text and count % 4 == 0, forward=options.forward and count % 2 == 0,
                   pullback=options.pullback and count % 2 == 1)


def _count_nodes(tally: Tally, program: Program, subject: Subject) -> None:
    with loaded(program.text) as module:
        try:
            nodes = subject.nodes(module.function, program.args)
        except Exception as error:
            if subject.refused(error) is None:
                raise
            return  # compiled for the sizes of its arguments only
    if nodes is not None:
        tally.nodes.add(nodes)


def shrink_failures(tally: Tally, subject: Subject, options: Options, seconds: float = 60.0,
                    most: int = 12) -> list[Failure]:
    """Shrunk failures (wrong ones first, then crashes, refusals last), joined where they come out alike."""
    order = {"wrong": 0, "crash": 1, "refused": 2}
    chosen = sorted(tally.failures.values(),
                    key=lambda f: (order[f.outcome.kind], -f.times, len(f.program.text)))
    deadline = time.monotonic() + seconds
    found: dict[str, Failure] = {}
    for failure in chosen[:most]:
        left = deadline - time.monotonic()
        if left <= 0:
            break
        small = shrink_failure(failure, subject, options, min(left, seconds / 3))
        key = f"{small.outcome.kind} {small.outcome.check} {fingerprint(small.program.text)}"
        if key in found:
            found[key].times += small.times
        else:
            found[key] = small
    return list(found.values())


def shrink_failure(failure: Failure, subject: Subject, options: Options, seconds: float) -> Failure:
    """One failure with its program made as small as the time allows."""
    key = failure.outcome.key.split(" #")[0]
    options = _only(failure.outcome.check, options)

    def fails(candidate: Program) -> bool:
        return judge(candidate, subject, options).key == key

    small = shrink(failure.program, fails, seconds)
    outcome = judge(small, subject, options)
    return Failure(outcome if outcome.key == key else failure.outcome, small, failure.seed, failure.times)


def _only(check: str, options: Options) -> Options:
    """Without the checks that come after the one that failed, or are switched on for some programs only."""
    names = ("text", "forward mode", "pullback", "structured pullback", "second order")
    place = names.index(check) if check in names else -1 if check in EARLY else len(names)
    return replace(options, text=place >= 0 and options.text, forward=place >= 1 and options.forward,
                   pullback=place >= 2 and options.pullback, second=place >= 4 and options.second)


def as_text(failure: Failure, title: str = "") -> str:
    """A program with its arguments and what went wrong, as a module that `tests/fuzz/found` can hold."""
    head = [f"# {line}" for line in (title or failure.outcome.key).splitlines()]
    head += [f"# {line}" for line in _short(failure.outcome).splitlines()]
    values = ", ".join(_literal(arg) for arg in failure.program.args)
    weights = failure.program.cotangents
    last = [] if weights is None else [f"COTANGENTS = {_literal(weights)}"]
    return "\n".join([*head, failure.program.text.rstrip(), "", "", f"ARGS = ({values},)", *last, ""])


def _short(outcome: Outcome) -> str:
    lines = outcome.detail.strip().splitlines()
    return "\n".join(lines if len(lines) < 12 else [*lines[:2], "...", *lines[-9:]])


def _literal(value: Any) -> str:
    match value:
        case np.ndarray():
            return f"np.array({value.tolist()})"
        case dict():
            return "{" + ", ".join(f"{key!r}: {_literal(item)}" for key, item in value.items()) + "}"
        case tuple():
            return "(" + ", ".join(map(_literal, value)) + ",)"
        case list():
            return "[" + ", ".join(map(_literal, value)) + "]"
        case _:
            return repr(value)
