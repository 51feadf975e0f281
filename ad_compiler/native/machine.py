"""From the text of a kernel to machine code that is called like a Python function.

    kernel = compile_kernel(text, "scale", ("const float64[::1]", "float64[::1]", "float64"))
    status = kernel(x, y, 2.0)

A *kernel* is a Python function of loops over arrays and scalars that returns an integer, its status. Arguments
are typed by text (`machine_types`): arrays of any strides or contiguous, and numbers. numba compiles the text
(nopython, NumPy's error model: no Python exceptions for a division by zero; no fastmath unless asked). The
kernel must allocate nothing, raise nothing and keep its indices in range: nothing checks them. `noalias=True`
says that no array it writes shares memory with another argument.

The text is that of a module: imports, helper functions, and the kernel by its name. Python functions that the
kernel names, in its text or imported (`from ad_compiler.native.elementary import exp`), are compiled and
inlined.

The object code is kept in the disk cache (`backend.store`), so a later process loads it with llvmlite alone, in
a fraction of the time that numba takes to be imported. The key holds the text, the types, the options, the
processor with its features, the versions of Python, NumPy, numba and llvmlite, and this package's own text. An
entry that is damaged or does not link is discarded and compiled anew.

With `NUMBA_DISABLE_JIT=1` the text runs as Python, to be stepped through.
"""
from __future__ import annotations

import linecache
import os
import sys
import threading
import types
from collections.abc import Callable
from typing import Any

import numpy as np

from ad_compiler.backend import store

from .machine_code import LinkError, cpu, entry_object, link
from .machine_entry import MISMATCH, RAISED, bind, layout_holds, required_flags
from .machine_types import ArgumentType, Options, parse

KIND = "machine"


class MachineCodeUnavailable(Exception):
    """There is no machine code for this kernel here: numba is not installed, or does not take the text."""


class Kernel:
    """A compiled kernel. Calling it runs the machine code and returns the kernel's status.

    `arguments` are its types, `source` its text, `origin` is "compiled", "cache" or "python". Raises TypeError
    for arguments that are not of the declared types: the wrong number, dtype, rank or memory order, or an
    array that is not writeable.
    """

    __slots__ = ("arguments", "entry", "name", "origin", "source")

    def __init__(
        self, name: str, source: str, arguments: tuple[ArgumentType, ...], entry: Callable[..., int], origin: str,
    ) -> None:
        self.name, self.source, self.arguments = name, source, arguments
        self.entry, self.origin = entry, origin

    def __call__(self, *args: Any) -> int:
        status = self.entry(*args)
        if status == MISMATCH:
            status = self.entry(*self.adapted(args))
        if status == RAISED:
            raise RuntimeError(f"the kernel {self.name} raised instead of returning a status")
        return status

    def adapted(self, args: tuple[Any, ...]) -> list[Any]:
        """The arguments as the entry wants them; TypeError where they are not of the declared types."""
        if len(args) != len(self.arguments):
            raise TypeError(f"{self.name}() takes {len(self.arguments)} arguments, got {len(args)}")
        return [adapt(self.name, i, a, t) if t.is_array else a
                for i, (a, t) in enumerate(zip(args, self.arguments, strict=True))]

    def __repr__(self) -> str:
        return f"<kernel {self.name}({', '.join(map(str, self.arguments))}), {self.origin}>"


def adapt(name: str, index: int, value: Any, wanted: ArgumentType) -> np.ndarray:
    """An array as a plain ndarray with the dtype object that the entry compares with; no copy."""
    flags = required_flags(wanted)
    fits = isinstance(value, np.ndarray) and value.dtype == np.dtype(wanted.dtype) and value.ndim == wanted.rank \
        and value.flags.num & flags == flags
    if not fits:
        found = f"{value.dtype}{list(value.shape)}" if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(f"argument {index} of the kernel {name} must be {wanted}, got {found}")
    return value.view(np.dtype(wanted.dtype), np.ndarray)


_kernels: dict[str, Kernel] = {}
_lock = threading.RLock()


def compile_kernel(
    source: str, name: str, argument_types: tuple[str, ...], *, noalias: bool = False, fastmath: bool = False,
) -> Kernel:
    """The kernel `name` of a text, for arguments of the given types; from memory or disk if it was made before.

    Raises ValueError for a type that is none, MachineCodeUnavailable if numba is missing or refuses the text.

    >>> text = "def halve(x):\\n    for i in range(x.size):\\n        x[i] *= 0.5\\n    return 0\\n"
    >>> x = np.ones(3)
    >>> compile_kernel(text, "halve", ("float64[::1]",))(x)
    0
    >>> x
    array([0.5, 0.5, 0.5])
    """
    arguments = tuple(map(parse, argument_types))
    if os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0"):
        return Kernel(name, source, arguments, in_python(source, name, arguments), "python")
    options = Options(noalias, fastmath)
    key = store.digest(source, name, *map(str, arguments), repr(options), versions(), cpu())
    with _lock:
        if key not in _kernels:
            _kernels[key] = from_disk(key, source, name, arguments) or fresh(key, source, name, arguments, options)
        return _kernels[key]


def from_disk(key: str, source: str, name: str, arguments: tuple[ArgumentType, ...]) -> Kernel | None:
    """The kernel of an earlier process."""
    payload = store.load(KIND, key)
    if payload is None:
        return None
    symbol, _, rest = payload.partition(b"\n")
    size, _, objects = rest.partition(b"\n")
    try:
        code, entry = objects[:int(size)], objects[int(size):]
        return linked(source, name, arguments, (code, entry), symbol.decode(), "cache")
    except (LinkError, ValueError):
        store.discard(KIND, key)
        return None


def fresh(
    key: str, source: str, name: str, arguments: tuple[ArgumentType, ...], options: Options,
) -> Kernel:
    """Compile, keep the object code, link it."""
    from .machine_numba import object_code

    try:
        code, symbol = object_code(load_text(source, name), arguments, options)
    except ImportError as error:
        raise MachineCodeUnavailable(f"numba cannot be imported: {error}") from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "numba":
            raise
        raise MachineCodeUnavailable(f"numba does not compile the kernel {name}: {error}") from error
    entry = entry_object(arguments)
    try:
        kernel = linked(source, name, arguments, (code, entry), symbol, "compiled")
    except LinkError as error:
        raise MachineCodeUnavailable(
            f"the kernel {name} needs numba's run-time library (does it allocate, print or raise?): {error}") from None
    store.save(KIND, key, b"%b\n%d\n%b%b" % (symbol.encode(), len(code), code, entry))
    return kernel


def linked(
    source: str, name: str, arguments: tuple[ArgumentType, ...], objects: tuple[bytes, bytes], symbol: str, origin: str,
) -> Kernel:
    if not layout_holds():
        raise MachineCodeUnavailable("arrays of this Python or NumPy are not laid out as expected")
    kernel, entry = link(objects, (symbol, "entry"))
    return Kernel(name, source, arguments, bind(entry, kernel, name, arguments), origin)


def load_text(source: str, name: str) -> types.FunctionType:
    """Run the text of a module and take its function `name`; registered in `linecache` for tracebacks."""
    file = f"<kernel {name} {store.digest(source)[:12]}>"
    scope: dict[str, Any] = {"__name__": "ad_compiler.generated"}
    exec(compile(source, file, "exec", dont_inherit=True), scope)
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    return scope[name]


def in_python(source: str, name: str, arguments: tuple[ArgumentType, ...]) -> Callable[..., int]:
    """The text as a Python function, on scalars that divide and overflow as machine numbers do."""
    function = load_text(source, name)
    casts = [None if argument.is_array else np.dtype(argument.dtype).type for argument in arguments]

    def run(*args: Any) -> int:
        with np.errstate(all="ignore"):
            return int(function(*(a if c is None else c(a) for a, c in zip(args, casts, strict=True))))

    return run


_versions: dict[str, str] = {}


def versions() -> str:
    """What else the object code depends on; read without importing numba."""
    if not _versions:
        from importlib.util import find_spec

        texts = [sys.version, np.__version__, sys.platform]
        here = os.path.dirname(__file__)
        own = [os.path.join(here, file) for file in sorted(os.listdir(here))
               if file.startswith(("machine", "elementary", "linear", "ordering", "blas", "flat", "sharing",
                                "numba_passes"))
               and file.endswith(".py")]
        foreign = []
        for package in ("numba", "llvmlite"):
            spec = find_spec(package)
            foreign += [os.path.join(place, "_version.py") for place in (spec.submodule_search_locations or [])] \
                if spec else []
        for path in own:
            with open(path, encoding="utf-8") as file:
                texts.append(file.read())
        for path in foreign:
            try:
                with open(path, encoding="utf-8") as file:
                    texts.append(file.read())
            except OSError:  # an installation that is not whole: the import says what is the matter
                texts.append("none")
        _versions["all"] = store.digest(*texts)
    return _versions["all"]
