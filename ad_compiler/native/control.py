"""Branches, loops, and values that leave a path."""
from __future__ import annotations

from dataclasses import replace
from typing import Any

from ..ir import nodes as ir
from ..ir import visit
from ..ir.types import Array, ListOf, Num, symbol
from . import arithmetic, heap
from .accumulate import sums_of
from .list_room import before_loop
from .lower import Lowering
from .values import Arr, Base, Items, Scalar, Value
from .writer import ONE, ZERO, CannotLower, Int, text


def assigned(block: ir.Block) -> set[ir.Var]:
    """The variables that a block, or a block inside it, assigns."""
    return {v for s in visit.walk(block) for v in visit.defines(s)}


def if_(lo: Lowering, s: ir.If) -> None:
    lo.close()
    cond = arithmetic.cast(lo.scalar(s.cond), arithmetic.B1)
    declare(lo, s)
    changed = assigned(s.then) | assigned(s.orelse)
    with lo.w.block(f"if {cond}:"):
        lo.block(s.then)
    lo.changed(changed)
    if len(s.orelse):
        with lo.w.block("else:"):
            lo.block(s.orelse)
    lo.changed(changed)


def declare(lo: Lowering, s: ir.Stmt) -> None:
    """Give the variables names into which the paths of a statement copy their values."""
    for block in visit.blocks(s):
        for inner in visit.walk(block):
            if isinstance(inner, ir.Copy):
                for v in inner.targets:
                    if v not in lo.env and isinstance(v.type, (Num, Array, ListOf)):
                        lo.env[v] = changing_value(lo, v)
                        start(lo, lo.env[v])


def start(lo: Lowering, value: Value) -> None:
    """Something harmless for a variable that not every path assigns."""
    if isinstance(value, Arr) and lo.has_home(value.owner):
        return
    if isinstance(value, Scalar):
        lo.line(f"{value.text} = {arithmetic.literal(0, value.dtype)}")
    elif isinstance(value, Arr):
        base = lo.pointer("mem", value.dtype)
        lo.line(f"{value.base.pointer} = {base.pointer}")
        lo.line(f"{value.base.tag} = {base.tag}")
        sizes = () if lo.steady_sizes(value.owner) is not None else value.sizes
        for number in (value.offset, *sizes, *value.strides):
            lo.line(f"{text(number)} = 0")
    elif isinstance(value, Items):
        lo.line(f"{value.header} = 0")


def changing_value(lo: Lowering, var: ir.Var) -> Value:
    """Names for a variable that is assigned more than once."""
    t = var.type
    if isinstance(t, Num):
        if t.dtype.name not in arithmetic.SUPPORTED:
            raise CannotLower(f"numbers of {t.dtype}")
        return Scalar(lo.fresh(var.hint), t.dtype, t.weak, changing=True)
    if isinstance(t, ListOf):
        return heap.at_header(lo, lo.fresh(f"{var.hint}_list"), t, var)
    if not isinstance(t, Array) or t.dtype.name not in arithmetic.SUPPORTED:
        raise CannotLower(f"a {t} that is assigned more than once")
    home = lo.steady_sizes(var) if lo.has_home(var) else None
    if home is not None:
        return lo.allocate(t.dtype, home, var)
    names = [lo.fresh(f"{var.hint}_{part}") for part in ("p", "b", "at")]
    sizes = lo.steady_sizes(var) or tuple(symbol(lo.fresh(f"{var.hint}_n{k}")) for k in range(t.ndim))
    strides = tuple(symbol(lo.fresh(f"{var.hint}_s{k}")) for k in range(t.ndim))
    return Arr(Base(names[0], names[1]), t.dtype, symbol(names[2]), sizes, strides, var, var in lo.loose)


def copy(lo: Lowering, s: ir.Copy) -> None:
    """`targets = sources`, all at once."""
    at_home = [k for k, t in enumerate(s.targets) if lo.has_home(t)]
    if at_home:
        for k in at_home:
            copy_elements(lo, s.targets[k], s.sources[k], s.origin)
        left_over = [k for k in range(len(s.targets)) if k not in at_home]
        s = ir.Copy(tuple(s.targets[k] for k in left_over), tuple(s.sources[k] for k in left_over), s.origin)
        if not left_over:
            return
    values = []
    for target, source in zip(s.targets, s.sources, strict=True):
        values.append(copied_value(lo, target, source))
    lo.close()
    left: list[str] = []
    right: list[str] = []
    for target, value in zip(s.targets, values, strict=True):
        if target not in lo.changing:
            lo.env[target] = only_value(lo, target, value)
            continue
        place = lo.env.get(target)
        if place is None:
            place = lo.env[target] = changing_value(lo, target)
        if value is None:
            start(lo, place)
        elif isinstance(place, Scalar):
            same_precision(lo, target, value, place.dtype)
            left.append(place.text)
            right.append(arithmetic.cast(value, place.dtype))
        elif isinstance(place, Arr) and isinstance(value, Arr) and place.dtype == value.dtype:
            for have, want in zip(value.sizes, place.sizes, strict=True):
                if lo.steady_sizes(target) is not None:
                    lo.require_equal(have, want)
            for a, b in zip(_fields(lo, place, target), _fields(lo, value, target), strict=True):
                left.append(a)
                right.append(b)
        elif isinstance(place, Items) and isinstance(target.type, ListOf):
            left.append(str(place.header))
            right.append(heap.header_of(lo, value, target.type))
        else:
            raise CannotLower(f"`{target.hint}` assigned on several paths")
    moved = [(a, b) for a, b in zip(left, right, strict=True) if a != b]
    if len(s.targets) == 1 or not {a for a, _ in moved} & {b for _, b in moved}:
        for a, b in moved:
            lo.line(f"{a} = {b}")
    else:
        lo.line(f"{', '.join(a for a, _ in moved)} = {', '.join(b for _, b in moved)}")
    lo.changed(s.targets)


def copy_elements(lo: Lowering, target: ir.Var, source: ir.Operand, origin: ir.Origin | None) -> None:
    """Put an array where another one was."""
    from .stores import store_array

    if source is target:
        return
    place = lo.env.get(target)
    if place is None:
        place = lo.env[target] = changing_value(lo, target)
    if not isinstance(place, Arr):
        raise CannotLower(f"`{target.hint}` assigned on several paths")
    store_array(lo, place, ir.Store(target, None, "", source, origin))


def copied_value(lo: Lowering, target: ir.Var, source: ir.Operand) -> Any:
    """What is copied to a variable, in the form that the variable has."""
    if isinstance(source, ir.Const) and source.value is None:  # not read: another variable says that it is None
        return None
    if isinstance(target.type, ListOf):
        return lo.read(source)
    if not isinstance(target.type, Array):
        return lo.scalar(source)
    found = lo.read(source, loose=target in lo.loose)
    if isinstance(found, Scalar) and target in lo.loose:
        if lo.singles:
            raise CannotLower(f"`{target.hint}`, a number on one path and an array on another")
        dtype = target.type.dtype
        plain = Scalar(arithmetic.cast(found, dtype), dtype, False)
        return lo.as_array(plain, ir.Var(target.hint, target.type), target.type.ndim)
    return lo.memory(source, loose=target in lo.loose)


def same_precision(lo: Lowering, target: ir.Var, value: Scalar, dtype: Any) -> None:
    """Refuse a number that is of single or of double precision, real or complex, as it happens: NumPy computes on in
    the one or the other."""
    if lo.singles and value.weak and not getattr(target.type, "weak", True):
        raise CannotLower(f"`{target.hint}`, which is a number of Python's on one path and of NumPy's on another")
    if value.const is None and value.kind in "fc" and (value.kind != dtype.kind or value.dtype != dtype):
        raise CannotLower(f"`{target.hint}`, which is {value.dtype} on one path and {dtype} on another")


def only_value(lo: Lowering, target: ir.Var, value: Any) -> Value:
    """The value of a variable that is assigned here only."""
    t = target.type
    if value is None:
        made = changing_value(lo, target)
        start(lo, made)
        return made
    if isinstance(value, Scalar) and isinstance(t, Num):
        if value.dtype == t.dtype and (not value.changing or value.form is not None):
            return replace(value, weak=t.weak)
        name = lo.fresh(target.hint)
        lo.line(f"{name} = {arithmetic.cast(value, t.dtype)}")
        return lo.number(name, t)
    if isinstance(value, Arr) and isinstance(t, Array) and value.dtype == t.dtype:
        return value
    if isinstance(value, Items) and value.header is not None:
        return value
    raise CannotLower(f"`{target.hint}` assigned from something else")


def _fields(lo: Lowering, array: Arr, target: ir.Var) -> list[str]:
    """What changes of an array when a variable becomes another one."""
    sizes = [] if lo.steady_sizes(target) is not None else [text(n) for n in array.sizes]
    strides = [] if target in lo.steady else [text(n) for n in array.strides]
    return [array.base.pointer, array.base.tag, text(array.offset), *sizes, *strides]


# --- loops --------------------------------------------------------------------------------------------------
def for_(lo: Lowering, s: ir.For) -> None:
    lo.close()
    start, stop, step = lo.integer(s.start), lo.integer(reachable(s.stop)), lo.integer(s.step)
    release = releases(lo, s.body)
    declare(lo, s)
    if s.trips is not None:
        lo.env[s.trips] = Scalar(lo.fresh(s.trips.hint), arithmetic.I8, True, changing=True)
        lo.changing.add(s.trips)
        lo.line(f"{lo.env[s.trips].text} = 0")
    mark = lo.fresh("mark")
    if release:
        lo.line(f"{mark} = top")
    lo.changed(assigned(s.body))
    if s.trips is None and (lo.groups or lo.records):
        passes = lo.w.at_least_zero(stop - start) if step == ONE else symbol(count_of(lo, start, stop, step))
        before_loop(lo, s, passes if s.limit is None else lo.integer(s.limit))
    header, first = header_of(lo, s, start, stop, step)
    lo.w.open(header)
    begin = len(lo.w.lines)
    if release:
        lo.line(f"top = {mark}")
    lo.sums.update(sums_of(s))
    again, lo.again = lo.again, lo.again and release
    for line in first:
        lo.line(line)
    if s.trips is not None:
        trips: Any = lo.env[s.trips]
        lo.line(f"{trips.text} += 1")
    lo.block(s.body)
    lo.again = again
    if release and not any("top +=" in line for line in lo.w.lines[begin:]):
        del lo.w.lines[begin]  # nothing is allocated here
    lo.w.close()
    lo.changed(assigned(s.body))
    if s.trips is not None:
        lo.changed((s.trips,))


def reachable(stop: ir.Operand) -> ir.Operand:
    """The end of a loop; one that no loop gets to (`itertools.count()`) as a number that sizes can be added to."""
    if isinstance(stop, ir.Const) and isinstance(stop.value, int) and abs(stop.value) > 1 << 61:
        return ir.Const(1 << 61 if stop.value > 0 else -(1 << 61))
    return stop


def header_of(lo: Lowering, s: ir.For, start: Int, stop: Int, step: Int) -> tuple[str, list[str]]:
    """The line that opens a loop, and lines that follow it; the bounds of the counter are noted."""
    w = lo.w
    if s.target in lo.changing:
        raise CannotLower("a loop whose counter is assigned elsewhere")
    counter = lo.fresh(s.target.hint)
    lo.env[s.target] = Scalar(counter, arithmetic.I8, True, symbol(counter))
    if step.known and step.const:
        low, high = (start, stop - 1) if step.const > 0 else (stop + 1, start)
        w.facts.low[counter], w.facts.high[counter] = low, high
    if step == ONE and not s.backward:
        return f"for {counter} in range({_range(start, stop, 1)}):", []
    if step == ONE and s.limit is None:
        return f"for {counter} in range({text(stop - 1)}, {text(start - 1)}, -1):", []
    if step.known and step.const and not s.backward:
        return f"for {counter} in range({_range(start, stop, step.const)}):", []
    passes = count_of(lo, start, stop, step)
    if s.limit is not None:
        passes = w.fresh("passes")
        lo.line(f"{passes} = {text(lo.integer(s.limit))}")
    number = w.fresh("pass_")
    order = f"{passes} - 1, -1, -1" if s.backward else passes
    plain = w.named(step, "step")
    return f"for {number} in range({order}):", [f"{counter} = {text(start)} + {number} * {plain}"]


def _range(start: Int, stop: Int, step: int) -> str:
    if step == 1:
        return text(stop) if start == ZERO else f"{text(start)}, {text(stop)}"
    return f"{text(start)}, {text(stop)}, {step}"


def count_of(lo: Lowering, start: Int, stop: Int, step: Int) -> str:
    """How many numbers a range has."""
    n = lo.fresh("passes")
    if step.known:
        if not step.const:
            raise CannotLower("range() with step 0")
        span, by = (stop - start, step.const) if step.const > 0 else (start - stop, -step.const)
        lo.line(f"{n} = max(0, ({text(span + (by - 1))}) // {by})")
        return n
    by = lo.w.named(step, "step")
    lo.fail_if(f"{by} == 0")
    lo.line(f"{n} = max(0, ({text(stop - start)} + {by} - (1 if {by} > 0 else -1)) // {by})")
    return n


def while_(lo: Lowering, s: ir.While) -> None:
    lo.close()
    release = releases(lo, s.header, s.body)
    declare(lo, s)
    if s.trips is not None:
        lo.env[s.trips] = Scalar(lo.fresh(s.trips.hint), arithmetic.I8, True, changing=True)
        lo.changing.add(s.trips)
        lo.line(f"{lo.env[s.trips].text} = 0")
    changed = assigned(s.header) | assigned(s.body)
    mark = lo.fresh("mark")
    if release:
        lo.line(f"{mark} = top")
    lo.changed(changed)
    again, lo.again = lo.again, lo.again and release
    with lo.w.block("while True:"):
        if release:
            lo.line(f"top = {mark}")
        lo.block(s.header)
        cond = arithmetic.cast(lo.scalar(s.cond), arithmetic.B1)
        lo.line(f"if not ({cond}):")
        lo.line("    break")
        if s.trips is not None:
            trips: Any = lo.env[s.trips]
            lo.line(f"{trips.text} += 1")
        lo.block(s.body)
    lo.again = again
    lo.changed(changed)
    if s.trips is not None:
        lo.changed((s.trips,))


def releases(lo: Lowering, *blocks: ir.Block) -> bool:
    """Whether the memory that one iteration allocates is free again at its end: no array outlives it."""
    if heap.keeps_arrays(lo, blocks):
        return False
    return not any(isinstance(s, ir.Copy) and any(
        isinstance(t.type, Array) and t in lo.env and not lo.has_home(t) for t in s.targets)
                   for block in blocks for s in visit.walk(block))


def break_(lo: Lowering, s: ir.Break) -> None:
    lo.close()
    lo.line("break")


def raise_(lo: Lowering, s: ir.Raise) -> None:
    """Python raises the error itself."""
    lo.close()
    if s.cond is None:
        lo.line("return 1")
    else:
        lo.fail_if(f"not ({arithmetic.cast(lo.scalar(s.cond), arithmetic.B1)})")


def comment(lo: Lowering, s: ir.Comment) -> None:
    lo.close()
    lo.line(f"# {s.text}")
