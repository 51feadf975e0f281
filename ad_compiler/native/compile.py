"""The native backend's side of the pipeline: from a function in IR to a callable with kernels in it."""
from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

from ..ir import nodes as ir
from ..ir import visit
from ..transform.dead_code import eliminate_dead_code
from ..transform.simplify import simplify
from .accumulate import accumulate
from .boundary import hoist_reads
from .launch import Launcher, say
from .nearer import nearer
from .one_name import one_name
from .outline import outline
from .shifted import gather_shifted
from .sums_later import sums_later
from .versions import recompute

MISSING = "numba is not installed: `pip install ad-compiler[native]`"


@dataclass(eq=False)
class Native:
    """A function whose loops are kernels. `call` takes what the NumPy function takes, and is None where nothing can
    be lowered; `keywords` are the names of its keyword parameters in order. `whole`: no loop is left in Python.
    `loops`: there are some. `reasons` says of each statement that is left why, with its line; `imports`: the
    lines that the function around the kernels needs."""

    call: Callable[..., Any] | None
    keywords: tuple[str, ...]
    kernels: tuple[Launcher, ...]
    whole: bool
    loops: bool
    reasons: tuple[str, ...]
    imports: tuple[str, ...] = ()

    @property
    def missing(self) -> bool:
        """Whether there are no kernels because there is no numba."""
        return self.reasons == (MISSING,)

    @property
    def source(self) -> str:
        """The texts of all kernels."""
        return "\n\n".join(text.source for kernel in self.kernels for text in kernel.used_texts())


def with_kernels(compiled: Any, raw: ir.Function, paths: dict[ir.Var, str], backend: str,
                 record: frozenset[ir.Var] = frozenset(), load: Callable[[ir.Function], Any] | None = None,
                 fastmath: bool = False, parallel: bool = False) -> Any:
    """A `pipeline.Compiled` with its loops in machine code, as far as they can be lowered; for "auto" only if it has
    loops, and all of them can be. `raw`: its function before it was tidied; `paths`: where hidden inputs are read;
    `record`: what is returned for the reverse sweep only; `load` gives a function's text
    and a callable."""
    if backend == "native" and not _available():
        say(MISSING)
    native = compile_native(raw, compiled.lowered.contiguous, record, load, parallel)
    for kernel in native.kernels:
        kernel.fastmath = fastmath
    if native.call is None or (backend == "auto" and not (native.whole and native.loops)):
        return replace(compiled, fallbacks=native.reasons, native=native)
    hidden = {name: paths[v] for name, v in zip(native.keywords, raw.keywords, strict=True)}
    return replace(compiled, call=native.call, hidden=hidden, native=native, fallbacks=native.reasons,
                   backend="native" if native.whole else "numpy")


def compile_native(fn: ir.Function, contiguous: set[ir.Var] | frozenset[ir.Var],
                   record: frozenset[ir.Var] = frozenset(), load: Callable[[ir.Function], Any] | None = None,
                   parallel: bool = False) -> Native:
    """The function with its loops lowered. Kernels become machine code when they are called first."""
    if not _available():
        return Native(None, (), (), False, False, (MISSING,))
    fn = one_name(hoist_reads(eliminate_dead_code(simplify(fn))))
    fn = gather_shifted(eliminate_dead_code(recompute(fn, contiguous)), contiguous)
    fn = accumulate(sums_later(nearer(fn, contiguous)), contiguous)
    found = outline(fn, contiguous, record=record, parallel=parallel)
    reasons = tuple(dict.fromkeys(found.reasons))
    loops = any(isinstance(s, (ir.For, ir.While)) for s in visit.walk(fn.body))
    if not found.kernels:
        return Native(None, (), (), False, loops, reasons)
    printed, call = (load or _loaded)(found.function)
    code = call.__code__
    keywords = code.co_varnames[code.co_argcount: code.co_argcount + code.co_kwonlyargcount]
    return Native(call, keywords, tuple(found.kernels), found.whole, loops, reasons, printed.imports)


def _loaded(fn: ir.Function) -> tuple[Any, Any]:
    from ..backend.load import load
    from ..backend.python import print_function

    printed = print_function(fn)
    return printed, load(printed)


def _available() -> bool:
    """Whether kernels can run here: as machine code, or as Python where that is asked for."""
    return os.environ.get("NUMBA_DISABLE_JIT", "0") not in ("", "0") or find_spec("numba") is not None
