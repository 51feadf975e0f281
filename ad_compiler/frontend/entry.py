"""From a Python function and the types of its arguments to an IR function."""
from __future__ import annotations

import ast
import types
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from ..errors import CompileError, Diagnostic, SourceNotFound, UnsupportedError
from ..ir import nodes as ir
from ..ir import prims, visit
from ..ir.types import Seq
from .groups import taken_apart
from .lower.deciding import settle_kinds
from .lower.inlining import call_python
from .lower.interleaving import refuse_interleaved
from .lower.joining import new_heap_frame
from .lower.made_objects import result_operand, returned
from .lower.names import function_path
from .lower.on_tape import ATTEMPTS, TapeCalls
from .lower.optional import present
from .lower.pools import open_pools
from .lower.recursive_calls import separate
from .lower.runtime_lists import OUTSIDE, learn_from_copies, runtime_list
from .lowering import Lowering, NoResult
from .problems import MOST, Problems
from .settling import Forms, settled
from .signature import Leaf, Spec, Static, Tree
from .source import read_source
from .values import HeapV, TupleV, Value


@dataclass(frozen=True, slots=True)
class Lowered:
    """A function read on one signature. `leaves` are the differentiable inputs by argument path, `out` the result's
    structure over operands, `hidden` the inputs from outside and where each was found."""

    function: ir.Function
    params: tuple[ir.Var, ...]
    leaves: dict[tuple[Any, ...], ir.Var]
    out: Value
    out_operand: ir.Arg
    hidden: dict[str, tuple[ir.Var, Any]]
    guards: dict[str, Any]
    static_paths: frozenset[str]
    contiguous: frozenset[ir.Var] = frozenset()
    owner: str = ""  # the path of the function itself, with which those of its captured variables begin
    members: dict[tuple[Any, str], Any] = field(default_factory=dict)  # functions of modules and classes from outside

    def input(self, path: tuple[Any, ...]) -> ir.Var:
        """The variable of a number among the arguments, or of one from outside: `("<captured>", its path)`."""
        if path[0] != "<captured>":
            return self.leaves[path]
        return self.hidden[path[1] if path[1] in self.hidden else self.owner + path[1]][0]


def lower_function(function: types.FunctionType, args: dict[str, Spec], *, static_paths: frozenset[str] = frozenset(),
                   tape: TapeCalls | None = None, sweep: str = "any") -> Lowered:
    """Read `function` on arguments of the given types. Raises CompileError.

    With `tape`, calls that cannot be read run on the tape, where that can be done. `sweep` is what it is read for:
    "reverse", "forward", "none" or "any"; of a function with several derivative rules the one for it is read."""
    try:
        return _lowered(function, args, static_paths, tape, sweep)
    except UnsupportedError as error:
        error.also(_all_problems(function, args, static_paths))
        raise


def _lowered(function: types.FunctionType, args: dict[str, Spec], static_paths: frozenset[str], tape: TapeCalls | None,
             sweep: str) -> Lowered:
    try:
        return _settled(function, args, static_paths, sweep=sweep)
    except UnsupportedError as error:
        if error.wrong_use:
            raise
        # Where run-time lists do not serve, structures and unrolled loops may, or objects that are told by numbers.
        for other in ("unrolled", "structures", "pools"):
            with suppress(UnsupportedError):
                return _settled(function, args, static_paths, other, sweep=sweep)
        if tape is None:
            raise
        return _partly_on_tape(function, args, static_paths, tape, error, sweep)
    except SourceNotFound as error:
        if tape is None:
            raise
        return _partly_on_tape(function, args, static_paths, tape, error, sweep)


def _partly_on_tape(function: types.FunctionType, args: dict[str, Spec], static_paths: frozenset[str],
                    tape: TapeCalls, refusal: CompileError, sweep: str) -> Lowered:
    """Read again with calls on the tape, until that helps. Raises the first refusal where it does not."""
    for _ in range(ATTEMPTS):
        tape.used.clear()
        try:
            return _settled(function, args, static_paths, tape=tape, sweep=sweep)
        except (UnsupportedError, SourceNotFound) as error:
            if error.wrong_use or not tape.chosen(error):
                break
    raise refusal from None


def _all_problems(function: types.FunctionType, args: dict[str, Spec], static_paths: frozenset[str]
                  ) -> list[Diagnostic]:
    """What else cannot be compiled in a function that is refused. Whatever goes wrong in looking for it, the refusal
    stands."""
    problems = Problems()
    with suppress(Exception):
        _settled(function, args, static_paths, problems=problems)
    return problems.found[:MOST]


def _settled(function: types.FunctionType, args: dict[str, Spec], static_paths: frozenset[str],
             prefer: str = "", tape: TapeCalls | None = None, problems: Problems | None = None,
             sweep: str = "any") -> Lowered:
    """Read again until every list and loop has the form that the program needs. `prefer` "unrolled" to run-time lists,
    "structures" to one type for their items, or "pools" of objects to structures."""
    def reading() -> Lowering:
        lo = Lowering()
        lo.tape_calls, lo.problems, lo.sweep = tape, problems, sweep
        return lo

    forms = Forms(prefer == "unrolled", static_paths, prefer == "structures",
                  pools=frozenset() if prefer == "pools" else None)
    return settled(forms, reading, lambda lo: _read_whole(lo, function, args), function.__name__)


def _read_whole(lo: Lowering, function: types.FunctionType, args: dict[str, Spec]) -> Lowered:
    """Read the function. A path that had to be left unread is what is wrong with it, where nothing explained it."""
    try:
        lowered = _read(lo, function, args)
    except UnsupportedError as error:
        raise lo.postponed or error from None
    except NoResult:
        assert lo.postponed is not None, "a path is left for a reason"
        raise lo.postponed from None
    learn_from_copies(lo, lowered.function)
    if lo.postponed is not None:
        raise lo.postponed
    return lowered


def _taken_apart(lo: Lowering, out: Value) -> Value:
    """A result that is what a library function returned, as its items where their number is known."""
    if isinstance(out, ir.Var) and isinstance(out.type, Seq):
        return TupleV([lo.call(prims.item, (out, ir.Const(k)), style="index", type_=t)
                       for k, t in enumerate(out.type.items)], out.type.cls)
    if isinstance(out, TupleV) and any(isinstance(i, ir.Var) and isinstance(i.type, Seq) for i in out.items):
        return TupleV([_taken_apart(lo, i) for i in out.items], out.cls, out.whole)
    return out


def _read(lo: Lowering, function: types.FunctionType, args: dict[str, Spec]) -> Lowered:
    source = read_source(function)
    leaves: dict[tuple[Any, ...], ir.Var] = {}
    params: list[ir.Var] = []
    values: dict[str, Value] = {}
    frame = lo.new_frame(source, function.__globals__, function.__name__)
    lo.frame = frame
    for name, spec in args.items():
        values[name] = _parameter(lo, name, spec, params, leaves)
    lo.frame = frame
    open_pools(lo)
    positional = {p.arg for p in [*source.node.args.posonlyargs, *source.node.args.args]}
    out = _call(lo, function, values, positional, source)
    lo.frame = frame
    out = returned(lo, _taken_apart(lo, present(lo, out, None)))
    operand = result_operand(lo, out)
    lo.emit(ir.Return(operand, None))
    doc = ast.get_docstring(source.node) if isinstance(source.node, ast.FunctionDef) else None
    name = source.node.name if isinstance(source.node, ast.FunctionDef) else "anonymous"
    keywords = tuple(v for v, _ in lo.hidden.values())
    body = taken_apart(lo.block, (*params, *keywords), visit.variable_list(operand))
    fn = ir.Function(name, tuple(params), keywords, body, doc,
                     ir.Origin(source.file, source.first_line, "", name))
    refuse_interleaved(lo, fn)
    settle_kinds(lo, fn)
    separate(fn)
    return Lowered(fn, tuple(params), leaves, out, operand, lo.hidden, lo.guards, lo.static_paths,
                   frozenset(lo.contiguous), function_path(function), lo.members)


def _call(lo: Lowering, function: types.FunctionType, values: dict[str, Value], positional: set[str],
          source: Any) -> Value:
    spec = source.node.args
    args: list[Value] = []
    kwargs: dict[str, Value] = {}
    for name, value in values.items():
        if spec.vararg is not None and name == spec.vararg.arg and isinstance(value, TupleV):
            args += value.items
        elif spec.kwarg is not None and name == spec.kwarg.arg and isinstance(value, HeapV):
            kwargs.update(value.slots)
        elif name in positional:
            args.append(value)
        else:
            kwargs[name] = value
    return call_python(lo, function, args, kwargs, source.node, None)


def _parameter(lo: Lowering, name: str, spec: Spec, params: list[ir.Var], leaves: dict[tuple[Any, ...], ir.Var]
               ) -> Value:
    """The value of a parameter; structures are taken apart at entry."""
    if isinstance(spec, Static):
        return ir.Const(spec.value)
    if isinstance(spec, Leaf):
        var = ir.Var(name, spec.type)
        params.append(var)
        leaves[(name,)] = var
        if spec.contiguous:
            lo.contiguous.add(var)
        return var
    whole = ir.Var(name, spec.type)
    params.append(whole)
    return _take_apart(lo, whole, name, spec, (name,), leaves)


def _take_apart(lo: Lowering, whole: ir.Var, hint: str, spec: Tree, path: tuple[Any, ...],
                leaves: dict[tuple[Any, ...], ir.Var]) -> Value:

    children: dict[Any, Value] = {}
    for key, child in spec.children:
        inner_hint = f"{hint}_{key}" if str(key).isidentifier() or isinstance(key, int) else f"{hint}_item"
        if isinstance(child, Static):
            children[key] = ir.Const(child.value)
            continue
        style, function = ("attribute", prims.attribute) if spec.access == "attribute" else ("index", prims.item)
        var = lo.call(function, (whole, ir.Const(key)), style=style, type_=child.type, hint=inner_hint)
        if isinstance(child, Tree):
            children[key] = _take_apart(lo, var, inner_hint, child, (*path, key), leaves)
        else:
            leaves[*path, key] = var
            children[key] = var
            lo.unnamed.add(var)
            if child.contiguous:
                lo.contiguous.add(var)
    if spec.cls is tuple or issubclass(spec.cls, tuple):
        return TupleV(list(children.values()), spec.cls, whole)
    site = (OUTSIDE, *path)
    if spec.cls is list and site in lo.list_sites:
        found = runtime_list(lo, list(children.values()), site, hint)
        lo.mirrors[found] = whole
        return found
    heap = HeapV(spec.cls, new_heap_frame(lo, hint), whole, site=site if spec.cls is list else None)
    heap.slots.update(children)
    return heap
