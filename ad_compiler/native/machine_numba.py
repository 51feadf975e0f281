"""numba's side of a kernel: from the text of Python functions to object code. The one importer of numba.

What the kernel calls is compiled too, and inlined: every plain Python function among the globals that it names
(`elementary.exp`, or a helper in its own text) becomes a numba function, once per process.
"""
from __future__ import annotations

import gc
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from . import blas, sharing
from .elementary import bits, from_bits, plus
from .flat import tell_numba
from .machine_types import ArgumentType, Options, numba_type
from .numba_passes import passes

_helpers: dict[tuple[Callable[..., Any], bool], Any] = {}


def object_code(
    function: types.FunctionType, arguments: tuple[ArgumentType, ...], options: Options,
) -> tuple[bytes, str]:
    """The object file of a kernel and the name of its function in it. numba's errors come as they are."""
    import numba
    from numba.core import types as numba_types
    from numba.core.compiler import Flags, compile_extra
    from numba.core.compiler_lock import global_compiler_lock
    from numba.core.registry import cpu_target

    flags = Flags()
    flags.error_model = "numpy"
    flags.nrt = True
    flags.noalias = options.noalias
    flags.no_cpython_wrapper = flags.no_cfunc_wrapper = flags.no_compile = True
    flags.enable_ssa = False  # LLVM does it; numba takes time for each variable in each statement
    if options.fastmath:
        from numba.core.cpu_options import FastMathOptions

        flags.fastmath = FastMathOptions(True)
    typing, target = cpu_target.typing_context, cpu_target.target_context
    with global_compiler_lock, garbage_later():
        tell_numba()
        blas.tell_numba()
        sharing.tell_numba()
        typing.refresh()
        target.refresh()
        with calls_remembered(), plain_addresses():
            compiled = compile_extra(
                typing, target, with_helpers(function, options.fastmath), tuple(map(numba_type, arguments)),
                numba_types.int64, flags, {}, pipeline_class=passes(),
            )
            library = compiled.library
            library.enable_object_caching()
            library.finalize()
        _, kind, (data, _) = library.serialize_using_object_code()
    if kind != "object":
        raise RuntimeError(f"numba {numba.__version__} gave {kind} instead of object code")
    return data, compiled.fndesc.llvm_func_name


@contextmanager
def garbage_later() -> Iterator[None]:
    """Without looking for garbage meanwhile: numba makes hundreds of thousands of objects that are in use until the
    end, and looking through them takes a fifth of its time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


LSR_KNOWN = range(20, 23)
"""The versions of LLVM that have the option below and take it more than once."""


@contextmanager
def plain_addresses() -> Iterator[None]:
    """Without LLVM's search for the cheapest way to step through memory (loop strength reduction). It takes a fifth of
    the time of a compilation, more where loops meet many neighbours, and what it finds is not faster on processors that
    add and scale within an address. The option is the process's, so it is set under numba's lock, and set back."""
    import llvmlite.binding as llvm

    if llvm.llvm_version_info[0] not in LSR_KNOWN:
        yield
        return
    llvm.set_option("ad_compiler", "-disable-lsr=true")
    try:
        yield
    finally:
        llvm.set_option("ad_compiler", "-disable-lsr=false")


_signatures: dict[Any, Any] = {}


@contextmanager
def calls_remembered() -> Iterator[None]:
    """While a kernel is compiled, numba looks for the types of one operation on the same types once. It tries every
    meaning that `+` has (of numbers, arrays, lists, texts, dates), each time anew, and again when it writes it down."""
    from numba.core.types.functions import BaseFunction

    plain = BaseFunction.get_call_type

    def remembered(self: Any, context: Any, args: Any, kws: Any) -> Any:
        if kws:
            return plain(self, context, args, kws)
        key = self, tuple(args)
        found = _signatures.get(key)
        if found is None:
            found = _signatures[key] = plain(self, context, args, kws)
        return found

    BaseFunction.get_call_type = remembered
    try:
        yield
    finally:
        BaseFunction.get_call_type = plain


def with_helpers(function: types.FunctionType, fastmath: bool) -> types.FunctionType:
    """The same function among globals in which the functions it calls are numba functions."""
    scope = function.__globals__
    changed = {
        name: helper(scope[name], fastmath) for name in names_in(function.__code__)
        if isinstance(scope.get(name), types.FunctionType) and scope[name] is not function
    }
    return types.FunctionType(function.__code__, {**scope, **changed}, function.__name__, function.__defaults__)


@cache
def reinterpreted(as_integer: bool) -> Any:
    """`bits` or `from_bits` as one instruction. numba's `view` is four functions to compile."""
    from numba.core import types as numba_types
    from numba.extending import intrinsic

    wide, out = numba_types.float64, numba_types.int64
    if not as_integer:
        wide, out = out, wide

    def typed(_typing: Any, x: Any) -> Any:
        def write(target: Any, builder: Any, _signature: Any, args: Any) -> Any:
            value = target.cast(builder, args[0], x, wide)
            return builder.bitcast(value, target.get_value_type(out))

        return out(x), write

    return intrinsic(typed)


def names_in(code: types.CodeType) -> set[str]:
    """The names that a function's code looks up, those inside it included."""
    inner = (const for const in code.co_consts if isinstance(const, types.CodeType))
    return set(code.co_names).union(*map(names_in, inner))


def helper(function: types.FunctionType, fastmath: bool) -> Any:
    """The numba function of a helper, inlined: a call in a loop would keep it from being vectorised. A product of
    matrices has loops of its own. It is compiled for the types of its arguments, not anew for each constant."""
    import numba
    from numba.core.types import unliteral

    key = (function, fastmath)
    if function in (bits, from_bits):
        return reinterpreted(function is bits)
    if key not in _helpers:
        made = _helpers[key] = numba.njit(
            error_model="numpy", forceinline=function is not blas.gemm, no_cpython_wrapper=True, no_cfunc_wrapper=True,
            fastmath={"reassoc"} if function is plus else fastmath, pipeline_class=passes(),
        )(with_helpers(function, fastmath))
        template = made.get_call_template
        made.get_call_template = lambda args, kws: template(tuple(map(unliteral, args)), kws)
    return _helpers[key]
