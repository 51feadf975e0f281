"""numba's threads: who runs the loops that `threads.py` has taken out of a kernel.

    share(pool, threads, work, part, start, stop, values)     # part(begin, end, *values) over start <= ... < stop

`pool` is the address of numba's function that runs a task on its threads, which comes in with each call of a kernel
(`address`), as that of BLAS does: a kernel that was kept on disk needs nothing linked. Where it is 0, or where the loop
is short, one thread runs the whole of it. Run uncompiled, one thread does too.
"""
from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

LEAST = 1 << 15
"""Elements of a loop from which on it is worth waking threads."""


class _Share:
    """The call of a function for ranges of iterations, on several threads in machine code."""

    def __call__(self, pool: int, threads: int, work: int, part: Any, start: int, stop: int,
                 values: tuple[Any, ...]) -> None:
        part(start, stop, *values)


share = _Share()


@cache
def address() -> int:
    """Where numba's `parallel_for` is; its threads are started. 0 where numba has none."""
    try:
        from llvmlite.binding import address_of_symbol
        from numba.np.ufunc import parallel

        parallel._launch_threads()
        return address_of_symbol("numba_parallel_for") or 0
    except (ImportError, AttributeError, ValueError):
        return 0


def number() -> int:
    """How many threads numba uses: `numba.set_num_threads`, or the environment's NUMBA_NUM_THREADS."""
    if not address():
        return 1
    import numba

    return int(numba.get_num_threads())


_lock = threading.Lock()


def turn() -> AbstractContextManager[Any]:
    """Held while a kernel runs that uses numba's threads: its simplest kind of them ends the process where two callers
    meet."""
    if not address():
        return nullcontext()
    from numba.np.ufunc.parallel import threading_layer

    return _lock if threading_layer() == "workqueue" else nullcontext()


@cache
def tell_numba() -> None:
    """Tell numba what `share` means in machine code, once per process."""
    from numba.core import types
    from numba.extending import lower_builtin, type_callable

    @type_callable(share)
    def _type(context: Any) -> Any:
        def typer(pool: Any, threads: Any, work: Any, part: Any, start: Any, stop: Any, values: Any) -> Any:
            part.get_call_type(context, (types.int64, types.int64, *values.types), {})
            return types.void
        return typer

    def lowered(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        _, _, _, part, _, _, values = sig.args
        made = part.dispatcher.overloads[(types.int64, types.int64, *values.types)]
        context.active_code_library.add_linking_library(made.library)
        numbers = [context.cast(builder, args[k], sig.args[k], types.int64) for k in (0, 1, 2, 4, 5)]
        _call_threads(context, builder, made, values, args[6], *numbers)
        return context.get_dummy_value()

    lower_builtin(share, *(7 * [types.Any]))(lowered)


def _call_threads(context: Any, builder: Any, part: Any, kinds: Any, values: Any, pool: Any, threads: Any, work: Any,
                  start: Any, stop: Any) -> None:
    """LLVM's text of `share`: the values lie in a record, of which a function of numba's task form takes them."""
    from llvmlite import ir
    from numba.core import cgutils

    word, byte = ir.IntType(64), ir.IntType(8).as_pointer()
    record = cgutils.alloca_once(builder, ir.LiteralStructType([word] * 3 + [
        context.get_value_type(t) for t in kinds.types]))
    tasks, base, step = (cgutils.alloca_once(builder, kind) for kind in (word, byte, word))
    many = builder.and_(builder.icmp_unsigned("!=", pool, word(0)), builder.icmp_signed(">=", work, word(LEAST)))
    count = builder.select(many, threads, word(1))
    for place, value in enumerate([start, stop, count, *cgutils.unpack_tuple(builder, values, len(kinds.types))]):
        builder.store(value, cgutils.gep_inbounds(builder, record, 0, place))
    builder.store(count, tasks)
    builder.store(ir.Constant(byte, None), base)
    builder.store(word(1), step)
    task = _task(context, builder.module, part, kinds, record.type)
    data = builder.bitcast(record, byte)
    with builder.if_else(many) as (on_threads, on_this_one):
        with on_threads:
            number = ir.IntType(32)
            words = [base.type, tasks.type, step.type, byte]
            kind = ir.FunctionType(ir.VoidType(), [byte, *words, word, word, number])
            builder.call(builder.inttoptr(pool, kind.as_pointer()), [
                builder.bitcast(task, byte), base, tasks, step, data, word(0), word(1), builder.trunc(threads, number)])
        with on_this_one:
            builder.call(task, [base, tasks, step, data])


def _task(context: Any, module: Any, part: Any, kinds: Any, record: Any) -> Any:
    """The function `(first task, number of tasks, ..., record)` that runs its share of the iterations."""
    from llvmlite import ir
    from numba.core import cgutils, types

    word, byte = ir.IntType(64), ir.IntType(8).as_pointer()
    kind = ir.FunctionType(ir.VoidType(), [byte.as_pointer(), word.as_pointer(), word.as_pointer(), byte])
    task = ir.Function(module, kind, module.get_unique_name(f"task_{part.fndesc.mangled_name}"))
    task.linkage = "internal"
    builder = ir.IRBuilder(task.append_basic_block())
    place = builder.bitcast(task.args[3], record)
    start, stop, count, *values = (builder.load(cgutils.gep_inbounds(builder, place, 0, k))
                                   for k in range(3 + len(kinds.types)))
    first = builder.ptrtoint(builder.load(task.args[0]), word)
    behind = builder.add(first, builder.load(task.args[1]))
    length = builder.sub(stop, start)
    length = builder.select(builder.icmp_signed(">", length, word(0)), length, word(0))
    begin, end = (builder.add(start, builder.sdiv(builder.mul(length, k), count)) for k in (first, behind))
    context.call_internal_no_propagate(builder, part.fndesc, part.signature, [begin, end, *values])
    builder.ret_void()
    assert part.signature.return_type == types.none
    return task
