"""`parallel=True`: which loops threads share, that they get every iteration once, and the same numbers."""
from __future__ import annotations

import ctypes
import importlib.util
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.native import launch, sharing
from ad_compiler.native.threads import share_loops
from tests.native.programs import compare
from tests.native.random_programs import backwards, outcome
from tests.programs.corpus import Program, all_programs

with_numba = pytest.mark.skipif(importlib.util.find_spec("numba") is None, reason="numba is not installed")


def waves(x: Any, w: Any) -> Any:
    y = np.exp(x) * np.sin(w)
    z = y[1:] * y[:-1] + np.tanh(x[1:])
    return np.sum(z * z)


def plate(a: Any, b: Any) -> Any:
    c = np.zeros_like(a)
    c[1:-1, 1:-1] = a[1:-1, 2:] + a[1:-1, :-2] - 4 * a[1:-1, 1:-1] * b[1:-1, 1:-1]
    return np.sum(np.sqrt(1.0 + np.sum(c * c, axis=1)))


def settle(x: Any, y: Any) -> Any:
    x = x.copy()
    for i in range(1, len(x)):
        x[i] = 0.5 * x[i - 1] + y[i]
    return x[-1]


def both(function: Any, shape: tuple[int, ...], wrt: tuple[int, ...] = (0, 1)) -> tuple[Any, Any, tuple[Any, ...]]:
    """The gradient with threads and without, and arguments for them."""
    arguments = tuple(np.random.default_rng(0).normal(size=(2, *shape)))
    threads = ad.value_and_grad(function, argnums=wrt, backend="native", parallel=True)
    return threads, ad.value_and_grad(function, argnums=wrt, backend="native"), arguments


def shared(gradient: Any) -> int:
    """How many loops threads share in it."""
    (special,) = gradient.used
    return sum(text.parallel for kernel in special.main.native.kernels for text in kernel.used_texts())


def alike(found: Any, wanted: Any) -> bool:
    """Whether a value and its gradients are the same to the last bit."""
    return found[0] == wanted[0] and all(map(np.array_equal, found[1], wanted[1]))


@with_numba
@pytest.mark.parametrize(("function", "shape"), [(waves, (80_000,)), (plate, (300, 300))])
def test_threads_give_the_numbers_of_one_thread(
    function: Any, shape: tuple[int, ...], monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    threads, plain, arguments = both(function, shape)
    assert alike(threads(*arguments), plain(*arguments))
    assert shared(threads) > 3
    assert shared(plain) == 0
    assert f"threads share {shared(threads)} loops" in str(threads.report())
    assert plain.report().threads == ""
    assert not any(kernel.given_up for special in threads.used for kernel in special.main.native.kernels)


@with_numba
@pytest.mark.parametrize("number", [1, 3, 7])
def test_each_task_gets_its_iterations(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """numba's function in ours' place: one that runs the tasks in another order, and notes them."""
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    tasks: list[int] = []
    words = ctypes.POINTER(ctypes.c_ssize_t)
    task_type = ctypes.CFUNCTYPE(None, words, words, words, ctypes.c_void_p)

    def run(task: int, base: Any, sizes: Any, steps: Any, data: int, inner: int, arrays: int, threads: int) -> None:
        assert (inner, arrays, threads) == (0, 1, number)
        for k in reversed(range(sizes[0])):
            tasks.append(k)
            task_type(task)((ctypes.c_ssize_t * 1)(base[0] + k * steps[0]), (ctypes.c_ssize_t * 1)(1), steps, data)

    pool = ctypes.CFUNCTYPE(None, ctypes.c_void_p, words, words, words, ctypes.c_void_p, ctypes.c_ssize_t,
                            ctypes.c_ssize_t, ctypes.c_int)(run)
    monkeypatch.setattr(sharing, "address", lambda: ctypes.cast(pool, ctypes.c_void_p).value)
    monkeypatch.setattr(sharing, "number", lambda: number)
    threads, plain, arguments = both(plate, (211, 307))
    assert alike(threads(*arguments), plain(*arguments))
    assert tasks[:number] == list(reversed(range(number)))
    tasks.clear()
    few = tuple(a[:4, :4].copy() for a in arguments)
    assert alike(threads(*few), plain(*few))
    assert not tasks  # short loops wake nobody


@with_numba
def test_where_no_loop_is_independent_the_report_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)

    def last(x: Any) -> Any:
        s = 0.1
        for i in range(len(x)):
            s = np.sin(s) * x[i]
        return s

    x = np.linspace(0.5, 1.0, 9)
    value = ad.jit(last, parallel=True)
    assert value(x) == ad.jit(last)(x)
    assert "no loop whose iterations are proven independent" in str(value.report())
    ignored = ad.grad(last, parallel=True)
    ignored(x)
    assert "ignored, as there is no machine code" in ignored.report().threads


@with_numba
def test_a_mark_of_any_thread_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Large arguments of `sin` are NumPy's work, whichever thread meets them."""
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    threads, _, (x, w) = both(waves, (80_000,))
    w[[3, 79_990]] = 1e20
    wanted = ad.value_and_grad(waves, argnums=(0, 1))(x, w)
    found = threads(x, w)
    (special,) = threads.used
    assert [kernel.given_up for kernel in special.main.native.kernels] == [1]
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-12)


def test_a_kept_kernel_knows_its_threads() -> None:
    threads, _, arguments = both(plate, (5, 6))
    threads(*arguments)
    (special,) = threads.used
    (kernel,) = special.main.native.kernels
    again = launch.read_in(launch.written_out(kernel))
    assert [text.parallel for text in again.texts.values()] == [shared(threads)]


@pytest.mark.parametrize("function", [waves, plate, settle])
def test_iterations_may_run_in_any_order(function: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    monkeypatch.setenv("AD_COMPILER_CACHE", "off")
    other = (1, 0)  # a form of its own, which is not in machine code yet
    threads, plain, arguments = both(function, (9, 8) if function is plate else (9,), other)
    with backwards() as run:
        assert alike(threads(*arguments), plain(*arguments))
    assert bool(run) == (shared(threads) > 0)


@pytest.mark.parametrize(("seed", "wide"), [*((seed, False) for seed in range(71_000, 71_012)),
                                            *((seed, True) for seed in range(71_100, 71_106))])
def test_random_programs_with_threads(seed: int, wide: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert not outcome(seed, wide=wide, threads=True).startswith("WRONG")


@pytest.mark.parametrize("program", all_programs()[2::16], ids=lambda program: program.name)
def test_programs_with_threads(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole programs, the iterations that threads share from the last one to the first."""
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    with backwards():
        assert compare(program, parallel=True).complaint == ""


LOOPS = {
    "each its own element": ("y[1 + i * n] = x[i]", True),
    "a row each": ("for j in range(n):\n    y[i * n + j] = x[j]", True),
    "a sum of its own": ("s = 0.0\nfor j in range(n):\n    s = s + x[j]\ny[i] = s", True),
    "a mark": ("seen = seen | (1 if x[i] > 0.0 else 0)\ny[i] = x[i]", True),
    "a sum of all": ("t = t + x[i]\ny[i] = t", False),
    "a name of an earlier iteration": ("if x[i] > 0.0:\n    s = x[i]\ny[i] = s", False),
    "a name that an inner loop may not assign": ("for j in range(n):\n    s = x[j]\ny[i] = s", False),
    "a name that is read behind the loop": ("last = x[i]\ny[i] = last", False),
    "one element for all": ("y[n] = x[i]", False),
    "an element that values say": ("k = place[i]\ny[k] = x[i]", False),
    "places that may meet": ("k = place[i]\ny[i * k] = x[i]", False),
    "twice": ("y[i + i * n] = x[i]", False),
    "a way out": ("if x[i] > 0.0:\n    return 1\ny[i] = x[i]", False),
    "memory": ("at = top\ny[i] = x[at]", False),
}


@pytest.mark.parametrize("name", LOOPS)
def test_what_the_text_must_prove(name: str) -> None:
    body, wanted = LOOPS[name]
    head = ["def f(x, y, n, place, t, mem):", "    seen = 0", "    top = 0", "    for i in range(n):"]
    lines = [*head, *(f"        {line}" for line in body.splitlines()), "    return last + seen + t"]
    found = share_loops(lines, {"i"}, "f")
    assert found.count == int(wanted)
    assert (found.kernel == lines) == (not wanted)
    assert share_loops(lines, set(), "f").count == 0
