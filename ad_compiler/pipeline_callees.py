"""The text of a function together with those that it calls by name: functions that call themselves.

    def simpson_fwd(a, b, eps): ...          calls simpson_fwd
    def simpson_rev(record, out_bar): ...    calls simpson_rev
    def area_vjp(b): ...                     calls both

Where such a text is differentiated again, a record is what the sweep was called with: the pullback is then a function
of the arguments and a cotangent that calls itself, and is compiled in the same way.
"""
from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .analysis.alias import is_random
from .backend.load import load
from .backend.namespace import Beside
from .backend.python import Printed, print_function
from .frontend.callees import Callee, Step, steps_of
from .frontend.lower.inlining import call_python
from .frontend.lower.sequences import items_of
from .frontend.lowering import Lowering
from .frontend.values import TupleV, Value
from .ir import nodes as ir
from .ir import visit
from .naming import Names, sanitise
from .transform.rules import choose_rules

if TYPE_CHECKING:
    from .pipeline import Options


def put_together(fn: ir.Function, options: Options) -> tuple[Printed, Callable[..., Any]]:
    """The text of a function below those that it calls by name, and the function that the text defines."""
    found = _needed(fn, options)
    if not found:
        printed = print_function(fn, nest=options.renest)
        return printed, load(printed, fn.name)
    names = Names(taken=(sanitise(fn.name),))
    titles = _titles(found, names)
    beside = Beside(titles)
    texts: list[Printed] = []
    for step, own in [*found.items(), (None, fn)]:
        title = fn.name if step is None else titles[step]
        texts.append(print_function(replace(own, name=title), nest=options.renest, beside=beside))
        beside.scope.update(texts[-1].namespace)
    printed = _as_one(texts)
    call = load(printed, fn.name)
    _readable_again(found, titles, call.__globals__)
    return printed, call


def _titles(found: dict[Step, ir.Function], names: Names) -> dict[Step, str]:
    """A name for every function, those of one callee alike."""
    kinds = ("value", "fwd", "rev", "jvp")
    titles: dict[Step, str] = {}
    for callee in dict.fromkeys(step.callee for step in found):
        base, n = sanitise(callee.name), 1
        while any(title in names for title in _called(base, kinds)):
            n += 1
            base = f"{sanitise(callee.name)}_{n}"
        for title in _called(base, kinds):
            names.fresh(title)
        for step in (callee.value, callee.fwd, callee.rev, callee.jvp):
            titles[step] = base if step.kind == "value" else f"{base}_{step.kind}"
    return titles


def _called(base: str, kinds: tuple[str, ...]) -> list[str]:
    return [base if kind == "value" else f"{base}_{kind}" for kind in kinds]


def _needed(fn: ir.Function, options: Options) -> dict[Step, ir.Function]:
    """What a function calls by name, what that calls, and so on."""
    found: dict[Step, ir.Function] = {}
    rest = list(steps_of(fn))
    while rest:
        step = rest.pop(0)
        if step not in found:
            found[step] = _function_of(step, options)
            rest += steps_of(found[step])
    return found


def _function_of(step: Step, options: Options) -> ir.Function:
    """A function that is called by name, compiled."""
    from .pipeline import clean
    from .pipeline_forward import tangents_of
    from .pipeline_pullback import sweeps_of

    callee, lowered = step.callee, step.callee.lowered
    assert lowered is not None, "it has been read"
    if (step.kind, options) not in callee.functions:
        wrt = tuple((i,) for i in callee.floating())
        if step.kind == "value":
            made = {"value": choose_rules(lowered.function)}
        elif step.kind == "jvp":
            made = {"jvp": tangents_of(lowered, wrt, options)[0]}
        else:
            pair = sweeps_of(lowered, wrt, options)
            made = {"fwd": pair.fwd, "rev": pair.rev}
        for kind, fn in made.items():
            callee.functions[kind, options] = clean(fn, options)
    return callee.functions[step.kind, options]


def _as_one(texts: list[Printed]) -> Printed:
    """Several functions as one module; the last is the one that is called."""
    imports = tuple(sorted({line for text in texts for line in text.imports},
                           key=lambda line: (line.startswith("from"), line)))
    head = "\n".join(imports) + "\n\n\n" if imports else ""
    body = "\n\n".join(text.body for text in texts)
    names = {name: value for text in texts for name, value in text.namespace.items()}
    injected = {name: value for text in texts for name, value in text.injected.items()}
    return Printed(texts[-1].name, head + body, imports, body, names, injected)


# --- read again -------------------------------------------------------------------------------------------------------
def _readable_again(found: dict[Step, ir.Function], titles: dict[Step, str], scope: dict[str, Any]) -> None:
    """Tell the front end how to read the two sweeps of a function that calls itself."""
    for callee in dict.fromkeys(step.callee for step in found if step.kind in ("fwd", "rev")):
        if callee.fwd not in found or callee.rev not in found:
            continue
        fwd, rev = scope[titles[callee.fwd]], scope[titles[callee.rev]]
        again = _Again(callee, fwd, rev, titles[callee.value])
        fwd.__ad_transform__, rev.__ad_transform__ = again.read_forward, again.read_reverse


class _Again:
    """The sweeps of a callee as functions of its arguments: its value, and its pullback at a cotangent."""

    def __init__(self, callee: Callee, fwd: Any, rev: Any, name: str) -> None:
        self.random = any(isinstance(s, ir.Assign) and isinstance(s.value, ir.Call) and is_random(s.value.function)
                          for s in visit.walk(callee.lowered.function.body)) if callee.lowered else False
        self.written = {i for i, v in enumerate(callee.inputs) if v in callee.written}  # the program writes them again
        inside = {"sweep_forward": _unread(fwd), "sweep_back": _unread(rev)}
        given = ", ".join(fwd.__code__.co_varnames[:fwd.__code__.co_argcount])
        bars = "".join(f", {v}" for v in rev.__code__.co_varnames[1:rev.__code__.co_argcount])
        self.count = fwd.__code__.co_argcount
        self.value = _defined(f"def {name}({given}):\n    return sweep_forward({given})[0]\n", name, inside)
        back = f"{name}_vjp"
        text = f"def {back}({given}{bars}):\n    return sweep_back(sweep_forward({given})[1]{bars})\n"
        self.pullback = _defined(text, back, inside)

    def read_forward(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                     hint: str | None) -> Value:
        """The value, and the arguments as the record."""
        if self.random:
            lo.fail("AD142", node, f"`{function.__name__}` draws random numbers and calls itself: it cannot be "
                    "computed again for a derivative of its derivative", "draw them before")
        kept = [_copied(lo, v) if i in self.written else v for i, v in enumerate(args)]
        return TupleV([call_python(lo, self.value, kept, {}, node, hint), TupleV(kept)])

    def read_reverse(self, lo: Lowering, function: Any, args: list[Value], kwargs: dict[str, Value], node: Any,
                     hint: str | None) -> Value:
        """The cotangents at the arguments that the record is."""
        record, *bars = args
        return call_python(lo, self.pullback, [*items_of(lo, record, node), *bars], {}, node, hint)


def _copied(lo: Lowering, value: Value) -> Value:
    return lo.call(np.copy, (lo.operand(value),), style="method", text="copy", hint=getattr(value, "hint", "t"))


def _unread(function: types.FunctionType) -> types.FunctionType:
    """The function itself, to be read in place."""
    return types.FunctionType(function.__code__, function.__globals__, function.__name__)


def _defined(text: str, name: str, namespace: dict[str, Any]) -> types.FunctionType:
    found: Any = load(Printed(name, text, (), text, namespace, {}))
    return found


__all__ = ["put_together"]
