"""A region of a program as the text of a kernel, with what its caller must know.

A kernel takes the region's inputs, then the memory it works in (`mem`), the memory for lists (`rec`), and two small
arrays into which it puts what the region computes: integers (`oi`) and floating numbers (`of`). It returns 0; or 1
where NumPy must run the region instead; or 2 or 3 where `mem` or `rec` is too small, and how much it needs in `oi[0]`.
"""
from __future__ import annotations

import re
from typing import Any

from ..analysis.alias import Aliases
from ..ir import nodes as ir
from ..ir.types import Array, ListOf, Num, size, symbol
from . import arithmetic, crossing
from .arithmetic import I8
from .control import changing_value
from .lower import Lowering
from .texts import Out, Text
from .threads import Shared, share_loops
from .values import Arr, Base, Inner, Scalar, contiguous
from .writer import ZERO, CannotLower, Int, text

PRODUCTS = ("gemm",)
LINEAR = ("eliminate", "triangular", "factorise")
ORDERING = ("order",)
ELEMENTARY = ("FAR", "exp", "log", "tanh", "expm1", "log1p", "near_sin", "near_cos", "pow", "bits", "from_bits", "plus")
LARGE = 1 << 31  # times a factor of 20 bits, and added to some others, it stays within 64 bits


def write_kernel(fn: ir.Function, outs: tuple[ir.Var, ...], aliases: Aliases, layouts: dict[ir.Var, str],
                 small: dict[str, int] | None = None, parallel: bool = False) -> Text:
    """The kernel of a region; `small` has the sizes that are known, by their names in types; `parallel`: threads share
    loops. Raises CannotLower."""
    lo = Lowering(fn, outs, aliases, layouts)
    lo.w.parallel = parallel
    names, types = [], []
    head: list[str] = []
    symbols: dict[Any, Int] = {symbol(name): size(n) for name, n in (small or {}).items()}
    for number, param in enumerate(fn.params):
        name = lo.fresh(param.hint)
        if crossing.may_cross(param.type):
            own, kinds = crossing.parameter(lo, param, name, number, head)
        else:
            own, kinds = [name], [_parameter(lo, param, name, number, head, symbols)]
        names += own
        types += kinds
    lo.sizes_of = {dim.terms[0][0]: form for dim, form in symbols.items()}
    lo.results = _made_by_caller(lo, outs)
    lo.given.update((p, a) for p in fn.params if isinstance(a := lo.env[p], Arr))
    for param in [p for p in fn.params if p in lo.changing]:
        _begin_changing(lo, param)
    lo.whole(fn.body)
    before = len(lo.w.lines)
    places, integers, floats = _results(lo, outs)
    always = _not_on_every_path(lo, outs, before)
    lo.line("return 0")
    for array, name in lo.made:
        names.append(name)
        head.append(f"    {array.base.pointer} = flat({name}{', np.uint8' if array.dtype.kind == 'b' else ''})")
        types.append(f"{array.dtype.name}[{', '.join([':'] * (len(array.sizes) - 1) + ['::1'])}]")
    start = [f"def {fn.name}({', '.join([*names, 'mem', 'rec', 'oi', 'of'])}):", *head,
             "    room = mem.shape[0] >> 3", "    rroom = rec.shape[0] >> 3", f"    top = {lo.fixed}", "    rtop = 0"]
    if "gemm" in lo.modules:
        start.append("    blas = oi[0]")
    if lo.fixed:
        start += ["    if top > room:", "        oi[0] = top", "        return 2"]
    for pointer, base in lo.bases.items():
        area, _, kind = pointer.partition("_")
        start.append(f"    {base.pointer} = flat({area}, np.{'uint8' if kind == 'bool' else kind})")
    modules = ["import math"] + (["import cmath"] if "cmath" in lo.modules else [])
    imports = [*modules, "", "import numpy as np", "", "from ad_compiler.native.flat import flat"]
    own_modules = ("blas", PRODUCTS), ("elementary", ELEMENTARY), ("linear", LINEAR), ("ordering", ORDERING)
    for module, names_of in own_modules:
        own = sorted(m for m in lo.modules if m in names_of)
        if own:
            imports.append(f"from ad_compiler.native.{module} import {', '.join(own)}")
    imports.sort(key=lambda line: (line.startswith("from"), line.startswith("import n"), line))
    shared = share_loops([*start, *always, *lo.w.lines], lo.w.independent if parallel else set(), fn.name)
    integers = max(integers, shared.marks, 3 * (shared.count > 0))
    body = _with_threads(shared, imports)
    lines = [*imports, "", "", *body]
    types += ["float64[::1]", "float64[::1]", "int64[::1]", "float64[::1]"]
    made = tuple((a.dtype.str, tuple(_counted(lo, n) for n in a.sizes)) for a, _ in lo.made)
    return Text("\n".join(lines) + "\n", fn.name, tuple(types), places, integers, floats, _separate(fn, aliases), made,
                "gemm" in lo.modules, shared.count)


def _with_threads(shared: Shared, imports: list[str]) -> list[str]:
    """The functions that threads run, and the kernel with what it is told of them."""
    if not shared.count:
        return shared.kernel
    imports.append("from ad_compiler.native.sharing import share")
    head = ["    pool = oi[1]", "    threads = oi[2]"] + ["    marked = flat(oi)"] * (shared.marks > 0)
    return [*shared.functions, shared.kernel[0], *head, *shared.kernel[1:]]


def _made_by_caller(lo: Lowering, outs: tuple[ir.Var, ...]) -> set[ir.Var]:
    """The results of known sizes that share memory with nothing else that is passed in or out. References to arrays in
    lists only tell the kernel's own memory from that of inputs, so there are none with those."""
    found: set[ir.Var] = set()
    if lo.references or lo.shared:
        return found
    for v in outs:
        if isinstance(v.type, Array) and v.type.ndim and v.type.dtype.name in arithmetic.SUPPORTED and (
                v not in lo.changing and lo.steady_sizes(v)):
            others = [*lo.fn.params, *(o for o in outs if o is not v)]
            if outs.count(v) == 1 and not any(lo.aliases.same_class(v, o) for o in others):
                found.add(v)
    return found


def _counted(lo: Lowering, n: Int) -> tuple[Any, ...]:
    """A size as the caller counts it."""
    return n.const, tuple((factor, *lo.axis_of[name]) for name, factor in n.terms)


def _parameter(lo: Lowering, param: ir.Var, name: str, number: int, head: list[str], symbols: dict[Any, Int]) -> str:
    """Lines that take a parameter apart, and its type."""
    t = param.type
    if isinstance(t, Num):
        if t.dtype.name not in arithmetic.SUPPORTED:
            raise CannotLower(f"numbers of {t.dtype}")
        lo.env[param] = lo.number(name, t)
        if t.dim is not None and len(t.dim.terms) == 1 and not t.dim.const and param not in lo.changing:
            lo.numbers_of[t.dim.terms[0][0]] = symbol(name)
        if t.weak and t.dtype == arithmetic.I8:  # sums of Python's integers are not checked: none may begin large
            head += [f"    if not {-LARGE} <= {name} <= {LARGE}:", "        return 1"]
        return t.dtype.name
    if not isinstance(t, Array) or t.dtype.name not in arithmetic.SUPPORTED:
        raise CannotLower(f"`{param.hint}`, a {t}")
    sizes: list[Int] = []
    checks: list[str] = []
    for k, dim in enumerate(t.dims):
        if dim.known:
            checks.append(f"{name}.shape[{k}] != {dim.const}")
            sizes.append(dim)
            continue
        whole = len(dim.terms) == 1 and dim.const == 0 and dim.terms[0][1] == 1
        if not (whole and dim in symbols):
            size_name = lo.fresh(f"{param.hint}_n{k}")
            head.append(f"    {size_name} = {name}.shape[{k}]")
            lo.axis_of[size_name] = number, k
            lo.w.facts.low[size_name] = ZERO
            if not whole:
                sizes.append(symbol(size_name))
                continue
            symbols[dim] = symbol(size_name)
        else:
            checks.append(f"{name}.shape[{k}] != {text(symbols[dim])}")
        sizes.append(symbols[dim])
    if checks:  # what the types say is taken for granted from here on, so it must be so
        head += [f"    if {' or '.join(checks)}:", "        return 1"]
    layout = lo.layouts[param]
    pointer = lo.fresh(f"{param.hint}_p")
    kind = ", np.uint8" if t.dtype.kind == "b" else ""
    head.append(f"    {pointer} = flat({name}{kind})")
    array = tuple(sizes)
    if layout == "C":
        strides = contiguous(lo.w, array)
    elif layout == "F":
        strides = contiguous(lo.w, array[::-1])[::-1]
    else:
        steps = [lo.fresh(f"{param.hint}_s{k}") for k in range(t.ndim)]
        head.extend(f"    {s} = {name}.strides[{k}] // {t.dtype.itemsize}" for k, s in enumerate(steps))
        strides = tuple(map(symbol, steps))
    lo.env[param] = Arr(Base(pointer, str(number)), t.dtype, ZERO, array, strides, param)
    const = "" if lo.aliases.written(param) else "const "
    dims = [":"] * t.ndim
    if dims and layout != "A":
        dims[-1 if layout == "C" else 0] = "::1"
    return f"{const}{t.dtype.name}[{', '.join(dims) or '()'}]"


def _not_on_every_path(lo: Lowering, outs: tuple[ir.Var, ...], end: int) -> list[str]:
    """Lines that give something harmless to names that results are made of and that not every path assigns; the
    results are read where the same path is taken again."""
    wanted = {name for line in lo.w.lines[end:] for name in re.findall(r"[A-Za-z_]\w*", line.partition(" = ")[2])}
    inside: set[str] = set()
    for line in lo.w.lines[:end]:
        name, assigns, _ = line.lstrip().partition(" = ")
        if assigns and name in wanted:
            (inside.add if line.startswith("     ") else wanted.discard)(name)
    kinds = {v.text: v.dtype for o in outs if isinstance(v := lo.env.get(o), Scalar)}
    pointers = [name for name in inside & wanted if name.endswith("_p")]
    if pointers:
        raise CannotLower("an array that not every path assigns")
    return [f"    {name} = {arithmetic.literal(0, kinds.get(name, I8))}" for name in sorted(inside & wanted)]


def _begin_changing(lo: Lowering, param: ir.Var) -> None:
    """A parameter that the region assigns anew gets names that may change."""
    from .control import _fields

    value, place = lo.env[param], changing_value(lo, param)
    if isinstance(value, Scalar) and isinstance(place, Scalar):
        lo.line(f"{place.text} = {value.text}")
    elif isinstance(value, Arr) and isinstance(place, Arr):
        for a, b in zip(_fields(lo, place, param), _fields(lo, value, param), strict=True):
            lo.line(f"{a} = {b}")
    lo.env[param] = place


def _separate(fn: ir.Function, aliases: Aliases) -> bool:
    """Whether no array that is written may share memory with another argument."""
    arrays = [p for p in fn.params if isinstance(p.type, Array)]
    return not any(aliases.same_class(a, b) and aliases.written(a)
                   for i, a in enumerate(arrays) for b in arrays[i + 1:])


def _results(lo: Lowering, outs: tuple[ir.Var, ...]) -> tuple[tuple[Out, ...], int, int]:
    """Lines that put the results where the caller looks for them."""
    places: list[Out] = []
    integers, floats = 1, 0
    arrays = [v for v in outs if isinstance(v.type, Array)]
    groups = {v: lo.aliases.find(v) for v in arrays if any(v is not b and lo.aliases.same_class(v, b) for b in arrays)}
    numbers = {root: k for k, root in enumerate(dict.fromkeys(groups.values()))}
    for var in outs:
        t = var.type
        value = lo.read(var, loose=True)
        if isinstance(value, Inner):
            value = lo.memory(var, loose=True)
        if isinstance(value, Arr) and value.loose:  # a number where NumPy has one
            lo.surely_array(value)
        if isinstance(value, Arr) and crossing.in_list(value.base.tag):
            raise CannotLower("an array out of a list of the caller's")
        if isinstance(value, Arr) and isinstance(t, Array):
            fields = [value.base.tag, text(value.offset), *(text(lo.w.at_least_zero(n)) for n in value.sizes),
                      *(text(n) for n in value.strides)]
            group = numbers[groups[var]] if var in groups else None
            whole = [k for k, (made, _) in enumerate(lo.made) if made.key == value.key and made.sizes == value.sizes]
            places.append(Out("array", integers, value.dtype, ndim=len(value.sizes), group=group,
                              whole=whole[0] if whole else None))
            for k, f in enumerate(fields):
                lo.line(f"oi[{integers + k}] = {f}")
            integers += len(fields)
        elif isinstance(value, Scalar) and isinstance(t, Num):
            plain = arithmetic.cast(value, t.dtype)
            if t.kind in "biu":
                places.append(Out(t.kind, integers, t.dtype, t.weak))
                lo.line(f"oi[{integers}] = {plain if t.dtype == I8 else f'int({plain})'}")
                integers += 1
            elif t.kind == "f":
                places.append(Out("f", floats, t.dtype, t.weak))
                lo.line(f"of[{floats}] = {plain}")
                floats += 1
            else:
                places.append(Out("c", floats, t.dtype, t.weak))
                name = lo.fresh("z")
                lo.line(f"{name} = {plain}")
                lo.line(f"of[{floats}] = {name}.real")
                lo.line(f"of[{floats + 1}] = {name}.imag")
                floats += 2
        elif isinstance(t, ListOf) and crossing.may_cross(t):
            fields = crossing.result(lo, var, value)
            assert isinstance(t.item, (Num, Array))
            places.append(Out("list", integers, t.item.dtype, ndim=len(fields), listed=t))
            for k, f in enumerate(fields):
                lo.line(f"oi[{integers + k}] = {f}")
            integers += len(fields)
        elif isinstance(value, tuple) and all(isinstance(v, Scalar) and v.dtype == I8 for v in value):
            places.append(Out("tuple", integers, I8, ndim=len(value)))
            for k, v in enumerate(value):
                lo.line(f"oi[{integers + k}] = {v.text}")
            integers += len(value)
        else:
            raise CannotLower(f"a result that is a {t}")
    return tuple(places), integers, floats
