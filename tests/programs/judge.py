"""Does the compiler get a program right? The one procedure behind the tests and the command line."""

import dataclasses
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import optree

from tests.oracle import scalar
from tests.programs.corpus import Program


@dataclasses.dataclass(frozen=True)
class Verdict:
    """`status` is ok, wrong, refused or crash; `detail` says what; `trace` is the traceback, if any."""

    status: str
    detail: str = ""
    trace: str = ""


def compiler_exists() -> bool:
    """Whether `ad_compiler` has `grad` and `value_and_grad` already."""
    try:
        import ad_compiler
        return callable(ad_compiler.grad) and callable(ad_compiler.value_and_grad)
    except (ImportError, AttributeError):
        return False


def judge(program: Program, *, seconds: int = 20, **options: Any) -> Verdict:
    """Differentiate `program` by the compiler (`options` go to it) and compare with the reference."""
    import ad_compiler
    from ad_compiler.errors import CompileError, InternalError
    try:
        with _time_limit(seconds):
            return _compare(program, ad_compiler, options)
    except InternalError as error:
        return Verdict("crash", str(error), traceback.format_exc())
    except CompileError as error:
        return Verdict("refused", str(error), traceback.format_exc())
    except Exception as error:
        return Verdict("crash", f"{type(error).__name__}: {error}", traceback.format_exc())


def _compare(program: Program, ad_compiler: Any, options: dict[str, Any]) -> Verdict:
    left = program.args()
    own_value = scalar(program.function(*left))
    gradient_of = ad_compiler.grad(program.function, argnums=program.argnums, **options)
    given = program.args()
    gradient = gradient_of(*given)
    complaint = _gradient_complaint(program, gradient) or _state_complaint(given, left, "grad")
    if complaint:
        return Verdict("wrong", complaint)
    again = gradient_of(*program.args())
    if not same(gradient, again, exactly=True):
        return Verdict("wrong", "a second call gives another gradient")
    given = program.args()
    value, gradient = ad_compiler.value_and_grad(program.function, argnums=program.argnums, **options)(*given)
    complaint = _value_complaint(value, own_value) or _gradient_complaint(program, gradient)
    complaint = complaint or _state_complaint(given, left, "value_and_grad")
    return Verdict("wrong", complaint) if complaint else Verdict("ok", _backend(gradient_of))


def _gradient_complaint(program: Program, gradient: Any) -> str:
    reference = program.reference()
    try:
        error = reference.error(gradient)
    except ValueError as mismatch:
        return str(mismatch)
    return "" if error <= program.tolerance * max(1.0, reference.scale) else (
        f"gradient off by {error:.3g} of {reference.scale:.3g}")


def _value_complaint(value: Any, own_value: Any) -> str:
    value = scalar(value)
    return "" if np.isclose(value, own_value, rtol=1e-13, atol=1e-13) else (
        f"value {value!r} instead of {own_value!r}")


def _state_complaint(given: tuple, left: tuple, by: str) -> str:
    return "" if same(given, left) else f"{by} leaves other data in the caller's arguments than the program"


def _backend(gradient_of: Any) -> str:
    try:
        return str(gradient_of.report().backend)
    except Exception:
        return ""  # a detail of the table only


def same(one: Any, other: Any, *, exactly: bool = False) -> bool:
    """Whether two pytrees hold the same numbers; attributes of objects are compared as dictionaries."""
    ones, spec = optree.tree_flatten(_plain(one), none_is_leaf=True)
    others, other_spec = optree.tree_flatten(_plain(other), none_is_leaf=True)
    return spec == other_spec and all(
        _same_leaf(a, b, exactly=exactly) for a, b in zip(ones, others, strict=True))


def _same_leaf(a: Any, b: Any, *, exactly: bool) -> bool:
    if isinstance(a, np.ndarray | np.generic | float | complex):
        if np.shape(a) != np.shape(b):
            return False
        near = 0.0 if exactly else 1e-13
        return bool(np.allclose(a, b, rtol=near, atol=near, equal_nan=True))
    return a is b or callable(a) or bool(a == b)


def _plain(tree: Any) -> Any:
    """`tree` with the instances of user classes as dictionaries of their attributes."""
    def open_up(leaf: Any) -> Any:
        if hasattr(leaf, "__dict__") and not callable(leaf) and not isinstance(leaf, type):
            return {name: _plain(value) for name, value in vars(leaf).items()}
        return leaf
    return optree.tree_map(open_up, tree, none_is_leaf=True)


def self_check(program: Program) -> Iterator[str]:
    """What is wrong with the program itself or with what is said of it."""
    given, untouched = program.args(), program.args()
    value = scalar(program.function(*given))
    if not np.isfinite(value):
        yield f"value {value}"
    changed = tuple(i for i, (left, entry) in enumerate(zip(given, untouched, strict=True))
                    if not same(left, entry, exactly=True))
    if changed != program.mutates:
        yield f"changes the arguments {changed}, said to be {program.mutates}"
    if scalar(program.function(*program.args())) != value:
        yield "not deterministic"
    reference = program.reference()
    if not reference.scale > 1e-6 or not np.isfinite(reference.scale):
        yield f"gradient of size {reference.scale}"
    allowed = 0.1 * program.tolerance * max(1.0, reference.scale)
    if not reference.own_error <= allowed:
        yield f"reference uncertain by {reference.own_error:.3g} of {reference.scale:.3g}"
    if program.analytic:
        differences = program.compute_reference(analytic=False)
        miss = max(abs(a.slope - b.slope) for a, b in zip(reference.probes, differences.probes, strict=True))
        if not miss <= 10 * allowed:
            yield f"complex step and differences disagree by {miss:.3g} of {reference.scale:.3g}"


@contextmanager
def _time_limit(seconds: int) -> Iterator[None]:
    """Raise TimeoutError in the body after `seconds`."""
    def expire(signum: int, frame: Any) -> None:
        raise TimeoutError(f"still running after {seconds} s")
    before: Callable[..., Any] | int | None = signal.signal(signal.SIGALRM, expire)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
