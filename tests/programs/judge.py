"""Does the compiler get a program right? The one procedure behind the tests and the command line."""

import dataclasses
import signal
import traceback
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from tests.oracle import scalar
from tests.programs.checks import same
from tests.programs.corpus import Program


@dataclasses.dataclass(frozen=True)
class Verdict:
    """`status` is ok, tape (right, but not compiled), wrong, refused or crash; `detail` says what; `trace` is the
    traceback, if any."""

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


def judge(program: Program, path: str = "grad", *, seconds: int = 20, **options: Any) -> Verdict:
    """Differentiate `program` by the compiler and compare with the reference.

    `path` is one of PATHS; `options` go to the compiler.
    """
    import ad_compiler
    from ad_compiler.errors import CompileError, InternalError, TapeFallback
    try:
        with time_limit(seconds), warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("error")
            warnings.simplefilter("always", TapeFallback)
            complaint = PATHS[path](program, ad_compiler, options)
    except InternalError as error:
        return Verdict("crash", str(error), traceback.format_exc())
    except CompileError as error:
        return Verdict("refused", str(error), traceback.format_exc())
    except Exception as error:
        return Verdict("crash", f"{type(error).__name__}: {error}", traceback.format_exc())
    if complaint:
        return Verdict("wrong", complaint)
    return Verdict("tape", str(caught[0].message)) if caught else Verdict("ok")


def _by_grad(program: Program, ad_compiler: Any, options: dict[str, Any]) -> str:
    """Both `grad`, twice, and `value_and_grad`."""
    gradient_of = ad_compiler.grad(program.function, argnums=program.argnums, **options)
    given = program.args()
    gradient = gradient_of(*given)
    complaint = _gradient_complaint(program, gradient) or _state_complaint(program, given)
    if complaint:
        return complaint
    if not same(gradient, gradient_of(*program.args()), exactly=True):
        return "a second call gives another gradient"
    given = program.args()
    both = ad_compiler.value_and_grad(program.function, argnums=program.argnums, **options)
    value, gradient = both(*given)
    return (_value_complaint(program, value) or _gradient_complaint(program, gradient)
            or _state_complaint(program, given))


def _by_vjp(program: Program, ad_compiler: Any, options: dict[str, Any]) -> str:
    """One pullback, called twice."""
    given = program.args()
    value, pullback = ad_compiler.vjp(program.function, *given, argnums=program.argnums, **options)
    complaint = _value_complaint(program, value) or _state_complaint(program, given)
    if complaint:
        return complaint
    one = np.ones_like(value) if isinstance(value, np.ndarray) else 1.0
    first, second = pullback(one), pullback(2 * one)
    pack = program.reference().coordinates.pack
    complaint = _gradient_complaint(program, first) or _state_complaint(program, given)
    if not complaint and not np.allclose(pack(second), 2 * pack(first), rtol=1e-4, atol=1e-9):
        return "the second call of the pullback is not twice the first"
    return complaint


def _by_jvp(program: Program, ad_compiler: Any, options: dict[str, Any]) -> str:
    """Forward mode, along a random direction or, where the reference has only a few, along its last."""
    reference = program.reference()
    direction, slope = reference.probes[-1].direction, reference.probes[-1].slope
    if reference.complete:
        direction = np.random.default_rng(1).standard_normal(len(direction))
        slope = sum(probe.slope * float(probe.direction @ direction) for probe in reference.probes)
    given = program.args()
    tangents = reference.coordinates.tangents(direction)
    value, tangent = ad_compiler.jvp(program.function, given, tangents, **options)
    miss, allowed = abs(scalar(tangent) - slope), program.tolerance * max(1.0, abs(slope), reference.scale)
    return (_value_complaint(program, value) or _state_complaint(program, given)
            or ("" if miss <= allowed else f"directional derivative off by {miss:.3g} of {slope:.3g}"))


def _by_hvp(program: Program, ad_compiler: Any, options: dict[str, Any]) -> str:
    """Second order, along two random directions."""
    coordinates, curvature = program.reference().coordinates, program.curvature()
    tangents = coordinates.tangents(curvature.right)
    chosen = program.argnums if isinstance(program.argnums, tuple) else (program.argnums,)
    given = program.args()
    product = ad_compiler.hvp(program.function, given, tuple(tangents[i] for i in chosen),
                              argnums=program.argnums, **options)
    value = float(curvature.left @ coordinates.pack(product))
    miss = abs(value - curvature.value)
    allowed = max(10 * program.tolerance * max(1.0, abs(curvature.value)), 10 * curvature.error)
    return _state_complaint(program, given) or (
        "" if miss <= allowed else f"second derivative off by {miss:.3g} of {curvature.value:.3g}")


def _elsewhere(program: Program, ad_compiler: Any, options: dict[str, Any]) -> str:
    """What was compiled for the usual arguments, at other ones: branches and loops may go another way.

    Points where the program fails or is not smooth are passed over.
    """
    gradient_of = ad_compiler.grad(program.function, argnums=program.argnums, **options)
    gradient_of(*program.args())
    for point in (1, 2):
        left = program.args(point)
        try:
            program.function(*left)
            reference = program.reference(point)
        except (ArithmeticError, LookupError, ValueError, Warning):
            continue
        if reference.own_error <= 1e-7 * max(1.0, reference.scale):
            given = program.args(point)
            complaint = _gradient_complaint(program, gradient_of(*given), point)
            if complaint or not same(given, left):
                return f"at point {point}: {complaint or 'other data left in the arguments'}"
    return ""


PATHS: dict[str, Callable[[Program, Any, dict[str, Any]], str]] = {
    "grad": _by_grad, "elsewhere": _elsewhere, "vjp": _by_vjp, "jvp": _by_jvp, "hvp": _by_hvp}


def _gradient_complaint(program: Program, gradient: Any, point: int = 0) -> str:
    reference = program.reference(point)
    try:
        error = reference.error(gradient)
    except ValueError as mismatch:
        return str(mismatch)
    return "" if error <= program.tolerance * max(1.0, reference.scale) else (
        f"gradient off by {error:.3g} of {reference.scale:.3g}")


def _value_complaint(program: Program, value: Any) -> str:
    value, own = scalar(value), scalar(program.function(*program.args()))
    return "" if np.isclose(value, own, rtol=1e-13, atol=1e-13) else f"value {value!r} instead of {own!r}"


def _state_complaint(program: Program, given: tuple) -> str:
    left = program.args()
    program.function(*left)
    return "" if same(given, left) else "leaves other data in the caller's arguments than the program"


@contextmanager
def time_limit(seconds: int) -> Iterator[None]:
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
