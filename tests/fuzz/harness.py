"""Judge one program: is what the subject returns for it right?

    outcome = judge(generate(7), Differences())
    outcome.kind       # "ok", "wrong", "refused", "crash" or "rejected"

Checked, in this order: the value is the program's own; the caller's data are as the program leaves them; the
gradient has the shapes and dtypes of the arguments and agrees with the oracle; a second call agrees with the
first; other modes agree, exactly where they do the same arithmetic; the generated text is the same twice; forward
mode, pullbacks and (if asked) second order agree with the oracle.
A gradient that disagrees with complex step counts as wrong only if differences disagree with it too.
"""
from __future__ import annotations

import copy
import difflib
import re
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import optree

from .generate import Program
from .loading import Loaded, loaded
from .oracle import AGREE, AGREE_SINGLE, Rejected, Truth, confirm, flat, tolerance, truth
from .paths import Mismatch, check_forward, check_pullback, check_second_order, check_structured
from .recording import run_plain
from .subjects import Subject

Kind = Literal["ok", "wrong", "refused", "crash", "rejected"]
SAME = 1e-12
ROUNDING = 1e-11  # sums and products in another order


@dataclass(frozen=True)
class Outcome:
    """What came of one program. `key` is the same for failures that look alike."""

    kind: Kind
    check: str = ""
    detail: str = ""
    key: str = ""

    @property
    def failed(self) -> bool:
        return self.kind in ("wrong", "crash", "refused")


@dataclass(frozen=True)
class Options:
    """Which checks beyond value, data and gradient are made: `others` agree with the subject up to rounding, the two
    of each pair of `twins` with each other to the last bit. With `thin` a campaign makes the last four in turn."""

    others: tuple[Subject, ...] = ()
    twins: tuple[tuple[Subject, Subject], ...] = ()
    text: bool = True
    forward: bool = True
    pullback: bool = True
    second: bool = False
    thin: bool = False
    seconds: float = 8.0


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """TimeoutError in the block after so many seconds of computing (in the main thread of a system with SIGVTALRM)."""
    def ring(*_: Any) -> None:
        raise TimeoutError(f"no answer after {seconds} s")

    before = signal.signal(signal.SIGVTALRM, ring)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0.0)
        signal.signal(signal.SIGVTALRM, before)


def judge(program: Program, subject: Subject, options: Options = Options()) -> Outcome:
    """Run every check on one program. Never raises."""
    try:
        expected = truth(program)
        if np.max(np.abs(expected.gradient), initial=0.0) < 1e-9:
            return Outcome("rejected", "oracle", "zero gradient", "zero gradient")
    except Rejected as reason:
        return Outcome("rejected", "oracle", str(reason), str(reason))
    with loaded(program.text) as module:
        try:
            with time_limit(options.seconds):
                _check(program, module, subject, expected, options)
        except Mismatch as found:
            if found.check == "oracle":
                return Outcome("rejected", "oracle", found.detail, found.detail)
            return Outcome("wrong", found.check, found.detail, f"wrong {found.check}")
        except Exception as error:
            return _raised(error, subject)
    return Outcome("ok")


def _raised(error: Exception, subject: Subject) -> Outcome:
    if (reason := subject.refused(error)) is not None:
        return Outcome("refused", "compile", reason, "refused " + _reason_key(reason))
    frames = [f for f in traceback.extract_tb(error.__traceback__) if "random_program" not in f.filename]
    file = frames[-1].filename.rsplit("/", 1)[-1] if frames else ""
    where = "" if not frames else frames[-1].name if file.startswith("<") else f"{file}:{frames[-1].name}"
    text = "".join(traceback.format_exception(error))
    return Outcome("crash", type(error).__name__, text,
                   f"crash {type(error).__name__} {where} {_plain(str(error))}")


def _reason_key(reason: str) -> str:
    """Code and message of the first diagnostic, without place, names and numbers."""
    found = re.search(r"\b(AD\d+): ([^\n]*)", reason)
    return f"{found.group(1)} {_plain(found.group(2))}" if found else _plain(reason)


def _plain(text: str) -> str:
    """A message without what varies between programs: numbered names, numbers, paths."""
    text = re.sub(r"/\S+", "PATH", text.splitlines()[0] if text else "no reason")
    text = re.sub(r"\b[a-zA-Z_]+\d+(_\w+)?\b", "NAME", text)
    return re.sub(r"(?<![\w])\d+(\.\d+)?", "N", text)[:140]


def _check(program: Program, module: Loaded, subject: Subject, expected: Truth, options: Options) -> None:
    value, left = run_plain(module, program.args)
    both = subject.value_and_grad(module.function, program.argnums)
    got_value, gradients = _call(both, program.args, value, left)
    wanted = tuple(program.args[k] for k in program.argnums)
    vector = _shapes(wanted, gradients)
    if expected.miss(vector) > tolerance(program):
        _blame(program, expected, vector)
    again_value, again = _call(both, program.args, value, left)
    if not np.array_equal(flat(again), vector) or not np.array_equal(again_value, got_value):
        raise Mismatch("second call", f"{vector} then {flat(again)}")
    _check_modes(program, module, vector, (value, left), options)
    if options.text:
        _same_text(program, module, subject)
    if options.forward:
        check_forward(program, module, subject, expected)
    if options.pullback:
        check_pullback(program, module, subject, expected)
    if options.pullback and program.cotangents is not None:
        check_structured(program, module, subject, expected)
    if options.second:
        check_second_order(program, module, subject, expected)


def _check_modes(program: Program, module: Loaded, vector: np.ndarray, plain: tuple[Any, tuple[Any, ...]],
                 options: Options) -> None:
    """Other ways to compile the program agree: with the subject up to rounding, twins exactly."""
    found: dict[str, np.ndarray] = {}

    def gradient(subject: Subject) -> np.ndarray:
        if subject.name not in found:
            _, theirs = _call(subject.value_and_grad(module.function, program.argnums), program.args, *plain)
            found[subject.name] = _shapes(tuple(program.args[k] for k in program.argnums), theirs)
        return found[subject.name]

    for other in options.others:
        theirs = gradient(other)
        rounding = ROUNDING if tolerance(program) == AGREE else AGREE_SINGLE
        if not np.allclose(theirs, vector, rtol=rounding, atol=rounding * np.max(np.abs(vector), initial=1.0)):
            raise Mismatch(f"mode {other.name}", f"{vector} against {theirs}")
    for one, other in options.twins:
        # (whether a number is Python's or NumPy's decides if a product with it is float32: that may differ)
        within = 0.0 if tolerance(program) == AGREE else AGREE_SINGLE
        if not np.allclose(gradient(one), gradient(other), rtol=within, atol=within):
            raise Mismatch(f"{one.name} and {other.name}", f"{gradient(one)} against {gradient(other)}: "
                           f"{np.max(np.abs(gradient(one) - gradient(other)))}")


def _same_text(program: Program, module: Loaded, subject: Subject) -> None:
    """A second module of the same text has the same generated text (but for the module's name)."""
    first = subject.source(module.function, copy.deepcopy(program.args))
    if first is None:
        return
    with loaded(program.text) as twin:
        second = subject.source(twin.function, copy.deepcopy(program.args)) or ""
        if first.replace(module.module.__name__, "") != second.replace(twin.module.__name__, ""):
            raise Mismatch("text", "\n" + "\n".join(difflib.unified_diff(
                first.splitlines(), second.splitlines(), lineterm="", n=1)))


def _call(both: Callable[..., Any], args: tuple[Any, ...], value: Any, left: tuple[Any, ...]) -> tuple[Any,
                                                                                                       Any]:
    """Value and gradients; checks the value and what is left in the arguments."""
    given = copy.deepcopy(args)
    with warnings.catch_warnings(), np.errstate(divide="raise", over="raise", invalid="raise"):
        warnings.simplefilter("error")
        got, gradients = both(*given)
    if np.shape(got) != np.shape(value) or not np.allclose(got, value, rtol=SAME, atol=SAME):
        raise Mismatch("value", f"{got!r} instead of {value!r}")
    if optree.tree_structure(given) != optree.tree_structure(left):
        raise Mismatch("caller's data", f"{given!r} instead of {left!r}")
    if not np.allclose(flat(given), flat(left), rtol=SAME, atol=SAME):
        raise Mismatch("caller's data", f"{given!r} instead of {left!r}")
    return got, gradients


def _shapes(args: tuple[Any, ...], gradients: Sequence[Any]) -> np.ndarray:
    if optree.tree_structure(args) != optree.tree_structure(tuple(gradients)):
        raise Mismatch("structure", f"gradient {gradients!r} for {args!r}")
    for arg, gradient in zip(optree.tree_leaves(args), optree.tree_leaves(tuple(gradients)), strict=True):
        if np.shape(arg) != np.shape(gradient) or np.asarray(gradient).dtype != np.float64:
            raise Mismatch("structure", f"gradient {gradient!r} for {arg!r}")
        if isinstance(arg, np.ndarray) and not isinstance(gradient, np.ndarray):
            raise Mismatch("structure", f"a gradient is a {type(gradient).__name__}, not an array")
    return flat(tuple(gradients))


def _blame(program: Program, expected: Truth, vector: np.ndarray) -> None:
    """Ask the second oracle before calling a gradient wrong."""
    try:
        second = confirm(program)
    except Rejected as reason:
        raise Mismatch("oracle", str(reason)) from reason
    if expected.miss(second.gradient) > AGREE:
        raise Mismatch("oracle", "complex step and differences disagree")
    with np.printoptions(precision=6, suppress=True):
        raise Mismatch("gradient", f"\n  got      {vector}\n  expected {expected.gradient}")
