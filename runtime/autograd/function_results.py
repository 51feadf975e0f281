"""What a custom function returned: each result gets its place in the graph, and what was saved is kept."""
from __future__ import annotations

from typing import Any

import numpy as np

from runtime.core import Output, Recorded, leaf, version, wrap
from runtime.grad_mode import LOCAL, MODE
from runtime.hooks import warn_user
from runtime.inplace import VIEW_OF_LEAF
from runtime.places import user_place
from runtime.rare_modes import watch_node
from runtime.saved import Packed, SavedOut, current, is_leaf
from runtime.tensor import Tensor
from runtime.views import make_view, rebase

NOT_INPUT = ("ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated "
             "should be passed to ctx.mark_dirty().")


DIRTY_VIEW = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more "
    "than one Tensor. This is not supported by the current autograd engine. You should either make sure the input is "
    "not a view (using .clone() for example) or make your Function only return one Tensor (potentially splitting it "
    "into two Functions: one doing the inplace that returns a single Tensor and a second one that does the other "
    "operations). You can ask on the forum https://discuss.pytorch.org/ if you need help to do this change.")


def wrap_results(ctx: Any, cls: Any, args: tuple[Any, ...], output: Any, records: bool) -> Any:
    results = list(output) if isinstance(output, tuple) else [output]
    ctx.outputs = len(results)
    ctx._results = [(t._data.shape, t._data.dtype) if isinstance(t, Tensor) else None for t in results]
    constants = {id(t) for t in ctx._constants}
    dirty = {id(t) for t in ctx._dirty}
    inputs = {id(a) for a in args}
    ctx._constant_places = {k for k, t in enumerate(results) if id(t) in constants}
    for t in ctx._dirty:
        if id(t) not in inputs:
            warn_user(NOT_INPUT)
        version(t).bump(user_place())
        if id(t) not in {id(r) for r in results}:
            raise RuntimeError("Some elements marked as dirty during the forward method were not returned as output. "
                               "The inputs "
                               "that are modified inplace must all be outputs of the Function.")
    for k, t in enumerate(results):
        if not isinstance(t, Tensor):
            continue
        differentiable = records and id(t) not in constants and t._data.dtype.kind in "fc"
        results[k] = _attach(ctx, t, k, differentiable, id(t) in dirty, id(t) in inputs)
    _keep_saved(ctx, output if isinstance(output, tuple) else (output,), results, records)
    if MODE.special and LOCAL.dual_level >= 0:
        from runtime.autograd.function_tangents import push_function
        push_function(ctx, cls, args, results, dirty)
    ctx._forward_saved = ()
    if records and MODE.special:
        made = next((t for t in results if isinstance(t, Tensor) and t._node is not None), None)
        watch_node(made if made is not None else wrap(Tensor, 0.0, ctx))
    return tuple(results) if isinstance(output, tuple) else results[0]


def _attach(ctx: Any, t: Any, index: int, differentiable: bool, dirty: bool, is_input: bool) -> Any:
    """One result with its place in the graph."""
    produced = Output(ctx, index) if ctx.outputs != 1 else ctx
    if dirty:
        if differentiable:
            if t._meta is not None and t._meta.base is not None and t._meta.base._req and is_leaf(t._meta.base):
                raise RuntimeError(VIEW_OF_LEAF)
            if t._req and is_leaf(t):
                raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
            if ctx.outputs != 1 and t._meta is not None and t._meta.base is not None:
                raise RuntimeError(DIRTY_VIEW)
            rebase(t, ctx)
            if ctx.outputs != 1 and t._node is ctx:
                t._node = produced
        return t
    if is_input or (t._meta is not None and t._meta.base is not None):
        shares = _input_or_view(t, produced, "multi" if ctx.outputs != 1 else "custom") if differentiable else None
        if shares is not None:
            return shares
        if not is_input:  # a view made in the forward stays what it is
            t._meta.creation = "multi" if ctx.outputs != 1 else "custom"
            return t
        shared = leaf(Tensor, t._data)
        shared._ver = version(t)
        t = shared
    if differentiable:
        t._node, t._req = produced, True
    elif not is_input:
        t._node, t._req = None, False
    return t


def _input_or_view(t: Any, produced: Any, creation: str) -> Any:
    """An input that the forward returned, or a view that it took of one: a view, which may not be written."""
    if t._meta is not None and t._meta.base is not None and t._data is not t._meta.base._data:
        view = make_view(Tensor, t._meta.base, t._data, produced, t._meta.link.of, (), creation)
    else:
        view = make_view(Tensor, t, t._data.view(), produced, np.ndarray.view, (), creation)
    view._req = True
    return view


def _keep_saved(ctx: Any, raw: tuple[Any, ...], results: list[Any], records: bool) -> None:
    """Turn what the forward asked to save into what the node keeps."""
    places = {id(t): k for k, t in enumerate(raw) if isinstance(t, Tensor)}
    if not records:
        return
    hooks = LOCAL.saved_hooks[-1] if MODE.special and LOCAL.saved_hooks else None
    for k, t in enumerate(ctx._wanted):
        if t is None:
            ctx._saved.append((None, 0))
            continue
        if not isinstance(t, Recorded):
            kind = type(t).__name__
            raise TypeError(f"save_for_backward can only save variables, but argument {k} is of type {kind}")
        if hooks is not None:
            at = places.get(id(t))
            t = t if at is None else wrap(Tensor, t._data, Output(ctx, at) if ctx.outputs != 1 else ctx)
            ctx._saved.append((Packed(t, hooks, at), 0))
        elif id(t) in places and id(t) not in {id(d) for d in ctx._dirty if d is None}:
            result = results[places[id(t)]]
            cell = version(result)
            ctx._saved.append((SavedOut(result._data, cell, places[id(t)]), cell.n))
        else:
            ctx._saved.append((t, current(t)))
    ctx._wanted = ()
