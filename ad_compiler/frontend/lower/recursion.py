"""Functions that call themselves as far as values decide: read once, on parameters, and called by name.

    def bisect(lo, hi): ...              a call of `bisect` inside `bisect` is a call in the emitted text, too

What such a function returns is learned from the paths that do not call it again; then it is read again, with calls
that return that, until nothing changes.
"""
from __future__ import annotations

import ast
from collections import Counter
from contextlib import contextmanager
from typing import Any

from ...analysis.activity import active_variables
from ...analysis.alias import Aliases
from ...analysis.origins import Origins
from ...ir import nodes as ir
from ...ir import visit
from ...ir.types import Array, Num, can_carry, is_float_like
from ..callees import Callee
from ..frames import Frame, next_serial
from ..groups import taken_apart
from ..lowering import Lowering, NoResult, Unwound
from ..values import TupleV, Value
from .forms import Form, NeedRecursion, differences
from .recursive_calls import emit_call, separate
from .recursive_results import alike, joined, leaves, like

ROUNDS = 12
NESTED = 4  # so many forms of one function may be open in one another
MANY = 100  # calls of itself that are read in place: beyond them a call in the text is tried first


class Open:
    """A callee that is being read."""

    def __init__(self, callee: Callee, form: Form) -> None:
        self.callee, self.form = callee, form


def watch_recursion(lo: Lowering, identity: Any, frame: Frame) -> None:
    """Note with what a function is called. Raises NeedRecursion where it is, under a condition that the run decides,
    what the same function around it was called with: reading it in place would never end. Likewise where it has been
    read in place so often (two calls of itself with one number less each) that the text would be endless."""
    frame.identity = identity
    around = [f for f in lo.stack if f.identity is identity]
    if not around or lo.recursive is None or lo.prefer_unrolled:
        return
    lo.calls_of_itself[identity] += 1
    if lo.calls_of_itself[identity] > MANY:
        raise NeedRecursion(identity, {})
    frame.form = Form(lo, frame.env, {})
    frame.depth = lo.depth
    last = around[-1]
    if last.form is not None and last.depth < lo.depth and last.form.exactly(frame.form):
        raise NeedRecursion(identity, {})


def compile_instead(lo: Lowering) -> None:
    """Ask to read again with the function that calls itself most as one that is called."""
    if lo.recursive is not None:
        counts = Counter(f.identity for f in lo.stack if f.identity is not None)
        identity, many = counts.most_common(1)[0]
        if many > 1 and identity not in lo.recursive:
            raise NeedRecursion(identity, {})


def call_itself(lo: Lowering, identity: Any, tree: ast.FunctionDef | ast.Lambda, frame: Frame, node: ast.AST
                ) -> Value:
    """The value of a call of a function that calls itself as far as values decide. Its arguments are in `frame`."""
    form = Form(lo, frame.env, (lo.recursive or {})[identity])
    if form.news:
        raise NeedRecursion(identity, form.news)
    around = [o for o in lo.open_callees if o.callee.identity is identity]
    for o in reversed(around):
        if o.form.key == form.key:
            if o.callee.outs is None:
                raise NoResult
            return emit_call(lo, o.callee, form.operands, node)
    for o in reversed(around):
        widened = differences(o.form, form)
        if widened:
            raise NeedRecursion(identity, widened)
    if len(around) >= NESTED:
        lo.fail("AD140", node, f"`{frame.name}` calls itself with other functions or structures each time",
                "let it call itself with numbers and arrays of one kind")
    callee = lo.callees.get((identity, form.key))
    if callee is None:
        callee = _read(lo, identity, tree, frame, form, node)
        known = {v for v, _ in lo.hidden.values()}
        if all(v in known for v in callee.captured):
            lo.callees[identity, form.key] = callee
            lo.kept_forms.append(form)
    return emit_call(lo, callee, form.operands, node)


def _read(lo: Lowering, identity: Any, tree: ast.FunctionDef | ast.Lambda, frame: Frame, form: Form, node: ast.AST
          ) -> Callee:
    name = tree.name if isinstance(tree, ast.FunctionDef) else "recursion"
    if any(t.handlers for t in lo.tries):
        lo.fail("AD142", node, f"`{name}` calls itself as far as values decide, inside a `try` whose handlers are the "
                "program's", "call it outside the `try`")
    callee = Callee(name, identity, form.key, form.params)
    lo.open_callees.append(Open(callee, form))
    try:
        for _ in range(ROUNDS):
            before = callee.outs, tuple(callee.captured), tuple(callee.written), set(callee.smooth)
            _read_once(lo, callee, tree, frame, form, node)
            if before[0] is not None and alike(before[0], callee.outs) and before[1:] == (
                    tuple(callee.captured), tuple(callee.written), callee.smooth):
                return callee
        lo.fail("AD140", node, f"what `{name}` returns does not settle", "return numbers or arrays of one kind")
    finally:
        lo.open_callees.pop()


def _read_once(lo: Lowering, callee: Callee, tree: ast.FunctionDef | ast.Lambda, given: Frame, form: Form,
               node: ast.AST) -> None:
    """Read the body on the parameters, with calls of itself that return what is known so far."""
    first, block = next_serial(), ir.Block()
    frame = Frame(given.source, given.journal, given.globals, given.parent, given.function, dict(form.values),
                  name=given.name, file=given.file, tree=given.tree)
    region = lo.journal.open()
    try:
        with _alone(lo), lo.into(block), lo.inside(frame):
            out = _body(lo, callee, frame, tree, node)
            block_end = lo.block
        for written, name in region:
            if written.serial < first:
                lo.fail("AD142", node, f"`{frame.name}`, which calls itself as far as values decide, changes "
                        f"`{str(name).strip('<>')}`, which is not its own", "return the new value instead")
    finally:
        lo.journal.restore(region)
        lo.journal.close(region)
        lo.journal.forget(first)
    _finish(lo, callee, block, block_end, out, tree, node)


@contextmanager
def _alone(lo: Lowering):
    """Read as if nothing were around: errors leave, and paths meet, inside the function only."""
    kept = lo.tries, lo.meetings, lo.depth, lo.handling
    lo.tries, lo.meetings, lo.depth, lo.handling = [], [], 0, None
    try:
        yield
    finally:
        lo.tries, lo.meetings, lo.depth, lo.handling = kept


def _body(lo: Lowering, callee: Callee, frame: Frame, tree: ast.FunctionDef | ast.Lambda, node: ast.AST) -> Value:
    from .inlining import run_body

    nodes = tree.body if isinstance(tree, ast.FunctionDef) else [
        ast.copy_location(ast.Return(tree.body), tree.body)]
    try:
        out = run_body(lo, frame, nodes)
    except Unwound:
        frame.returns.clear()
        out = ir.Const(None)
    if not frame.returns:
        lo.fail("AD140", node, f"the recursion of `{callee.name}` does not end",
                "let one path return without calling it again")
    return out


# --- what it returns --------------------------------------------------------------------------------------------------
def _finish(lo: Lowering, callee: Callee, block: ir.Block, end: ir.Block, out: Value, tree: Any, node: ast.AST) -> None:
    body_params = tuple(dict.fromkeys((*callee.params, *_free(lo, callee, block, node))))
    origins = Origins(block)
    changed = origins.written()
    callee.captured = [v for v in body_params if v not in callee.params]
    callee.written = [v for v in body_params if isinstance(v.type, Array) and v in changed]
    outs = like(lo, out, node)
    callee.outs = outs if callee.outs is None else joined(lo, callee.outs, outs, callee, node)
    results: list[ir.Var] = []
    for value, var in zip(leaves(out), leaves(callee.outs), strict=True):
        if not isinstance(var, ir.Var):
            continue
        new = ir.Var("out" if not isinstance(value, ir.Var) else value.hint, var.type)
        if isinstance(value, ir.Var) and isinstance(value.type, Array):
            callee.shares = callee.shares or not origins.of(value).isdisjoint(body_params)
            end.stmts.append(ir.Assign(new, ir.Call(_copy(), (value,), (), "method", "copy"), lo.origin))
        elif isinstance(value, ir.Var) and value not in results and value not in body_params:
            new = value
        else:
            end.stmts.append(ir.Copy((new,), (value,), lo.origin))
        results.append(new)
    _as_function(lo, callee, block, end, results, tree)


def _copy() -> Any:
    import numpy as np

    return np.copy


def _as_function(lo: Lowering, callee: Callee, block: ir.Block, end: ir.Block, results: list[ir.Var], tree: Any
                 ) -> None:
    from ..entry import Lowered

    params: list[ir.Var] = []
    copies: list[ir.Stmt] = []
    for v in callee.inputs:
        if v in callee.written:
            params.append(ir.Var(v.hint, v.type))
            copies.append(ir.Assign(v, ir.Call(_copy(), (params[-1],), (), "method", "copy"), lo.origin))
        else:
            params.append(v)
    ends = list(results)
    for v in callee.written:  # (what the forward sweep keeps may be the array itself)
        ends.append(ir.Var(v.hint, v.type))
        end.stmts.append(ir.Assign(ends[-1], ir.Call(_copy(), (v,), (), "method", "copy"), lo.origin))
    operand: Any = ends[0] if len(ends) == 1 else ir.Pack("tuple", tuple(ends))
    value: Any = ends[0] if len(ends) == 1 else TupleV(list(ends))
    assert end is block, "a function ends where it begins"
    whole = ir.Block([*copies, *block.stmts, ir.Return(operand, None)])
    doc = ast.get_docstring(tree) if isinstance(tree, ast.FunctionDef) else None
    fn = ir.Function(callee.name, tuple(params), (), taken_apart(whole, params, ends), doc, lo.origin)
    separate(fn)
    floating = [v for v in ends if is_float_like(v.type)]
    active = active_variables(fn, [v for v in params if is_float_like(v.type)], floating, Aliases(fn))
    callee.smooth = {v for v, param in zip(callee.inputs, params, strict=True) if param in active}
    callee.lowered = Lowered(fn, tuple(params), {(i,): v for i, v in enumerate(params)}, value, operand, {}, {},
                             frozenset())


def _free(lo: Lowering, callee: Callee, block: ir.Block, node: ast.AST) -> list[ir.Var]:
    """What the body reads from around."""
    found = [v for v in visit.free_variables([block]) if v not in callee.params]
    for v in found:
        if not isinstance(v.type, (Num, Array)) and can_carry(v.type):
            lo.fail("AD142", node, f"`{callee.name}`, which calls itself as far as values decide, uses the list "
                    f"`{v.hint}` from around", "give it an array")
    return found


__all__ = ["Open", "call_itself", "compile_instead", "watch_recursion"]
