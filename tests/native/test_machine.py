"""Kernels in machine code: arguments, the object cache between processes, and every fault of it."""
from __future__ import annotations

import gc
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from ad_compiler.backend import store
from ad_compiler.native import machine
from ad_compiler.native.machine import MachineCodeUnavailable, compile_kernel
from ad_compiler.native.machine_types import ArgumentType, parse, type_of_argument

AXPY = """
def axpy(x, y, a):
    if x.size != y.size:
        return 1
    for i in range(x.size):
        y[i] += a * x[i]
    return 0
"""


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder of this test's own, and a process that has compiled nothing yet."""
    monkeypatch.setenv("AD_COMPILER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(machine, "_kernels", {})
    return tmp_path / "cache"


def entries(cache: Path) -> list[Path]:
    return [path for path in cache.rglob("*") if path.is_file()]


@pytest.mark.parametrize("text", [
    "float64", "bool", "complex64", "float64[:]", "float64[::1]", "const float32[:, ::1]", "int64[::1, :]", "bool[()]",
])
def test_types_are_read_and_written(text: str) -> None:
    assert str(parse(text)) == text


@pytest.mark.parametrize("text", ["float", "float64[", "float64[::1, ::1, :]", "const float64", "float64[:, ::2]"])
def test_what_is_no_type_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no type"):
        parse(text)


def test_the_type_of_a_value() -> None:
    assert str(type_of_argument(np.zeros((3, 4), order="F"))) == "float64[::1, :]"
    assert str(type_of_argument(np.zeros((3, 4))[:, ::2])) == "float64[:, :]"
    assert str(type_of_argument(1j)) == "complex128"
    assert type_of_argument(np.float32(1.0)) == ArgumentType("float32")


SHOW = """
def show(x, out, flag, real, single, whole, small, wave):
    out[0] = x[-1, 0] if flag else x[0, -1]
    out[1] = x.shape[0] * 100 + x.shape[1] * 10 + x.ndim
    out[2] = real + single
    out[3] = whole - small
    out[4] = wave.real
    out[5] = wave.imag
    return x.size
"""


@pytest.mark.parametrize("kind", ["float64", "float32", "int64", "bool"])
@pytest.mark.parametrize("layout", ["[:, :]", "[:, ::1]", "[::1, :]"])
def test_every_argument_arrives(kind: str, layout: str) -> None:
    kernel = compile_kernel(
        SHOW, "show",
        (f"const {kind}{layout}", "float64[::1]", "bool", "float64", "float32", "int64", "int32", "complex128"))
    x = np.arange(12).reshape(3, 4).astype(kind)
    x = {"[:, :]": x[:, ::-2], "[:, ::1]": x, "[::1, :]": np.asfortranarray(x)}[layout]
    for flag in (True, False):
        out, expected = np.zeros(6), np.zeros(6)
        scalars = (1.25, np.float32(0.5), 7, np.int32(9), 2.0 - 3.0j)
        scope: dict = {}
        exec(SHOW, scope)
        scope["show"](x, expected, flag, *scalars)
        assert kernel(x, out, flag, *scalars) == x.size
        np.testing.assert_array_equal(out, expected)


def test_arrays_without_items_or_dimensions() -> None:
    text = "def put(x, y):\n    for i in range(x.shape[0]):\n        y[()] += x[i]\n    return x.size\n"
    kernel = compile_kernel(text, "put", ("float64[:]", "float64[()]"))
    y = np.zeros(())
    assert kernel(np.zeros(0), y) == 0
    assert kernel(np.ones(4), y) == 4
    assert y == 4.0


@pytest.mark.parametrize(("arguments", "message"), [
    ((np.ones(3), np.ones(3)), "takes 3 arguments, got 2"),
    ((np.ones(3), np.ones(3), "a"), "real number"),
    ((np.ones(3, np.float32), np.ones(3), 1.0), r"argument 0 .* must be const float64\[:\], got float32\[3\]"),
    ((np.ones((3, 1)), np.ones(3), 1.0), "argument 0"),
    (([1.0], np.ones(3), 1.0), "got list"),
    ((np.ones(3), np.ones(6)[::2], 1.0), r"argument 1 .* must be float64\[::1\]"),
    ((np.ones(3), np.broadcast_to(np.ones(1), 3), 1.0), "argument 1"),
    ((np.ones(3), np.ones(25, np.int8)[1:].view(float), 1.0), "argument 1"),
    ((np.ones(3, ">f8"), np.ones(3), 1.0), "argument 0"),
])
def test_arguments_of_other_types_are_refused(arguments: tuple, message: str) -> None:
    kernel = compile_kernel(AXPY, "axpy", ("const float64[:]", "float64[::1]", "float64"))
    with pytest.raises(TypeError, match=message):
        kernel(*arguments)


def test_what_is_an_array_all_the_same_is_taken() -> None:
    class Named(np.ndarray):
        pass

    kernel = compile_kernel(AXPY, "axpy", ("const float64[:]", "float64[::1]", "float64"))
    y = np.zeros(3).view(Named)
    frozen = np.arange(6.0)[::2]
    frozen.flags.writeable = False
    assert kernel(frozen.astype(np.dtype("f8", metadata={"unit": "m"})), y, np.float32(2.0)) == 0
    assert kernel(frozen, y, 1) == 0
    assert y.tolist() == [0.0, 6.0, 12.0]
    assert kernel(np.zeros(2), y, 1.0) == 1


def test_division_and_overflow_are_numpy_s() -> None:
    text = "def divide(x, a, b):\n    x[0] = a / b\n    return 0\n"
    x = np.zeros(1)
    assert compile_kernel(text, "divide", ("float64[:]", "float64", "float64"))(x, 1.0, 0.0) == 0
    assert x[0] == np.inf


def test_helpers_in_the_text_are_compiled() -> None:
    text = """
    import math

    def square(a):
        return a * a

    def bend(a):
        return math.sin(square(a))

    def run(x):
        for i in range(x.size):
            x[i] = bend(x[i])
        return 0
    """
    x = np.linspace(0.0, 2.0, 7)
    expected = np.sin(x * x)
    compile_kernel(textwrap.dedent(text), "run", ("float64[:]",))(x)
    np.testing.assert_allclose(x, expected, rtol=1e-15)


def test_a_helper_is_compiled_once_for_numbers_and_constants(cache: Path) -> None:
    from ad_compiler.native import machine_numba

    text = """
    def weighted(a, k):
        return k * a

    def run(x, k):
        x[0] = weighted(x[0], 2) + weighted(x[1], 3) + weighted(x[2], k)
        return 0
    """
    before = set(machine_numba._helpers)
    x = np.ones(3)
    compile_kernel(textwrap.dedent(text), "run", ("float64[::1]", "int64"))(x, 4)
    assert x[0] == 9.0
    (made,) = (h for key, h in machine_numba._helpers.items() if key not in before)
    assert len(made.signatures) == 1


def test_what_numba_refuses_is_said() -> None:
    with pytest.raises(MachineCodeUnavailable, match="does not compile the kernel odd"):
        compile_kernel("def odd(x):\n    return {}.foo(x)\n", "odd", ("float64",))
    assert gc.isenabled()
    with pytest.raises(MachineCodeUnavailable, match="run-time library"):
        compile_kernel("import numpy as np\n\ndef make(n):\n    return np.ones(n).sum() > 1\n", "make", ("int64",))


CHILD = """
import sys, time
import numpy as np
start = time.perf_counter()
from ad_compiler.native.machine import compile_kernel
kernel = compile_kernel({text!r}, "axpy", ("const float64[:]", "float64[::1]", "float64"))
y = np.ones(3)
status = kernel(np.ones(3), y, 2.0)
print(kernel.origin, status, y.tolist(), "numba" in sys.modules, time.perf_counter() - start)
"""


def child(**environment: str) -> list[str]:
    """A new process that compiles or loads `axpy` and runs it; what it says."""
    return start(**environment).communicate()[0].split()


def start(**environment: str) -> subprocess.Popen[str]:
    import os

    return subprocess.Popen(
        [sys.executable, "-c", CHILD.format(text=AXPY)], text=True, stdout=subprocess.PIPE,
        env={**os.environ, **environment})


RIGHT = ["0", "[3.0,", "3.0,", "3.0]"]


def test_a_second_process_loads_without_numba(cache: Path) -> None:
    assert child()[:6] == ["compiled", *RIGHT, "True"]
    assert child()[:6] == ["cache", *RIGHT, "False"]


def test_two_processes_compile_at_once(cache: Path) -> None:
    both = [start(), start()]
    assert [process.communicate()[0].split()[1:5] for process in both] == [RIGHT, RIGHT]
    assert child()[0] == "cache"
    assert len(entries(cache)) == 1


def compiled(cache: Path) -> Path:
    """The entry of `axpy`, just made by this process."""
    types = ("const float64[:]", "float64[::1]", "float64")
    assert compile_kernel(AXPY, "axpy", types).origin == "compiled"
    [entry] = entries(cache)
    return entry


def again() -> str:
    """Where the kernel comes from in a process that has nothing in memory."""
    machine._kernels.clear()
    kernel = compile_kernel(AXPY, "axpy", ("const float64[:]", "float64[::1]", "float64"))
    y = np.ones(3)
    assert kernel(np.ones(3), y, 2.0) == 0
    assert y.tolist() == [3.0, 3.0, 3.0]
    return kernel.origin


@pytest.mark.parametrize("damage", ["cut", "flip", "empty", "foreign", "renamed"])
def test_a_damaged_file_is_compiled_anew(cache: Path, damage: str) -> None:
    entry = compiled(cache)
    assert again() == "cache"
    data = entry.read_bytes()
    entry.write_bytes({
        "cut": data[:-100], "flip": data[:500] + bytes([data[500] ^ 1]) + data[501:], "empty": b"",
        "foreign": b"#!/bin/sh\n" * 50,
        "renamed": store.MAGIC + store.checksum("machine", "0" * 40, b"x\n1\nyz") + b"x\n1\nyz",
    }[damage])
    assert again() == "compiled"
    assert again() == "cache"


def test_an_entry_that_does_not_link_is_discarded(cache: Path) -> None:
    """Right by its checksum, but its code is for another world."""
    entry = compiled(cache)
    key = entry.parent.name + entry.name
    payload = store.load("machine", key)
    assert payload is not None
    store.save("machine", key, b"no_such_symbol\n" + payload.partition(b"\n")[2])
    assert again() == "compiled"
    store.save("machine", key, b"nonsense")
    assert again() == "compiled"


def test_another_processor_another_entry(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled(cache)
    monkeypatch.setattr(machine, "cpu", lambda: "abacus")
    assert again() == "compiled"
    assert len(entries(cache)) == 2


@pytest.mark.parametrize("change", ["numba", "ours", "options", "types"])
def test_what_the_code_depends_on_is_in_the_key(
    cache: Path, change: str, monkeypatch: pytest.MonkeyPatch,
) -> None:
    compiled(cache)
    machine._kernels.clear()
    types = ["const float64[:]", "float64[::1]", "float64"]
    if change in ("numba", "ours"):
        monkeypatch.setattr(machine, "versions", lambda: "another version")
    if change == "types":
        types[0] = "float64[:]"
    assert compile_kernel(AXPY, "axpy", tuple(types), noalias=change == "options").origin == "compiled"


def test_a_cache_that_cannot_be_written_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "a file"
    blocked.write_text("")
    monkeypatch.setenv("AD_COMPILER_CACHE", str(blocked / "below"))
    assert again() == "compiled"
    monkeypatch.setenv("AD_COMPILER_CACHE", "off")
    assert again() == "compiled"


def test_without_numba_what_is_cached_runs(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    compiled(cache)
    monkeypatch.setitem(sys.modules, "numba", None)
    assert again() == "cache"
    with pytest.raises(MachineCodeUnavailable, match="numba cannot be imported"):
        compile_kernel("def idle(n):\n    return n\n", "idle", ("int64",))


def test_the_text_runs_as_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NUMBA_DISABLE_JIT", "1")
    assert again() == "python"
    text = "def divide(x, a, b):\n    x[0] = a / b\n    return 0\n"
    x = np.zeros(1)
    assert compile_kernel(text, "divide", ("float64[:]", "float64", "float64"))(x, 1.0, 0.0) == 0
    assert x[0] == np.inf


def test_threads_share_a_kernel(cache: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(4) as pool:
        origins = set(pool.map(lambda _: again_in_thread(), range(16)))
    assert origins == {(0, 3.0)}
    assert len(entries(cache)) == 1


def again_in_thread() -> tuple[int, float]:
    kernel = compile_kernel(AXPY, "axpy", ("const float64[:]", "float64[::1]", "float64"))
    y = np.ones(100_000)  # large enough that other threads run meanwhile
    status = kernel(np.ones(100_000), y, 2.0)
    return status, float(y.min())
