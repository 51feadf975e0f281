"""Every row of the table, by its samples: both modes, dtypes, layouts, memory."""
from __future__ import annotations

import importlib.util
import inspect
from importlib import import_module
from typing import Any

import numpy as np
import pytest

from ad_compiler import rules
from ad_compiler.rules import apply
from ad_compiler.rules.row import Row
from tests.rules import harness
from tests.rules_linalg.check import check_opaque


def rows() -> list[Row]:
    """Rows with derivatives of NumPy and Python; one without samples is an error of collection."""
    families = [*rules.FAMILIES, *(family for family in rules.ON_DEMAND if not family.startswith("scipy_"))]
    every = [row for family in families for row in import_module(f"ad_compiler.rules.{family}").RULES]
    found = [row for row in every if row.kind != "zero"]
    bare = [row.name for row in found if row.samples is None]
    if bare:
        raise pytest.UsageError(f"rows without samples: {bare}")
    return found


def rows_of_all_libraries() -> list[Row]:
    """The rows of NumPy, and of SciPy where it is installed."""
    if importlib.util.find_spec("scipy") is None:
        return rows()
    for module in set(rules.ON_DEMAND.values()):
        import_module(module)
    families = [family for family in rules.ON_DEMAND if family.startswith("scipy_")]
    return rows() + [row for family in families for row in import_module(f"ad_compiler.rules.{family}").RULES
                     if row.kind != "zero"]


def label(row: Row) -> str:
    owner = getattr(row.function, "__module__", None) or getattr(row.function, "__objclass__", None) or ""
    owner = getattr(row.function, "__self__", owner)
    if not isinstance(owner, str):  # a class, or a distribution of SciPy's
        owner = getattr(owner, "__name__", getattr(owner, "name", type(owner).__name__))
    return f"{owner}.{row.name}"


# A function of an array's memory: its strides count bytes, which another dtype or layout makes mean
# something else.
BY_MEMORY = (np.lib.stride_tricks.as_strided,)

every_row = pytest.mark.parametrize("row", rows(), ids=label)


@every_row
def test_both_modes_agree_with_differences(row: Row) -> None:
    checked = sum(harness.check_call(row, call) for call in row.samples.calls())
    assert checked > 0, f"{row.name}: no sample has an active operand"


@every_row
def test_every_operand_is_sampled(row: Row) -> None:
    seen: set[str] = set()
    for call in row.samples.calls():
        seen.update(harness.active_operands(row, row.bind(call.args, call.kwargs)))
    assert seen == set(row.operands)


@every_row
def test_a_wrong_formula_is_caught(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    for slot in apply.plan(row).slots.values():
        for mode in ("vjp", "jvp"):
            right = getattr(slot, mode)

            def wrong(*args: Any, right: Any = right) -> Any:
                return harness.tree(lambda part: 1.001 * np.asarray(part), right(*args))

            with monkeypatch.context() as patch:
                patch.setattr(slot, mode, wrong)
                with pytest.raises(AssertionError, match=r"differences give|<J'w, u>"):
                    for call in row.samples.calls():
                        harness.check_call(row, call)


@every_row
def test_single_precision_is_kept(row: Row) -> None:
    if row.function in BY_MEMORY:
        return
    for call in row.samples.calls():
        small = harness.recast(call, harness.single)
        bound = row.bind(small.args, small.kwargs)
        exact = row.bind(call.args, call.kwargs)
        out = harness.evaluate(row, bound)
        if any(np.asarray(part).dtype.char not in "fF" for part in harness.leaves(out)):
            continue
        w = harness.cotangent(out)
        for operand in harness.active_operands(row, bound):
            slot = apply.plan(row).slots[operand]
            saved = apply.residuals(row, bound, out, [operand])
            raw = slot.vjp(w, *(saved[name] for name in slot.vjp_reads))
            for part in harness.leaves(raw):
                assert np.asarray(part).dtype.char in "fF", f"vjp of {operand} computes in {part.dtype}"
            got = harness.pullback(row, bound, operand, w)
            want = harness.pullback(row, exact, operand, w)
            assert harness.close(got, want, 2e-3)


@every_row
def test_layout_in_memory_does_not_matter(row: Row) -> None:
    if row.function in BY_MEMORY:
        return
    for call in row.samples.calls():
        bound = row.bind(call.args, call.kwargs)
        out = harness.evaluate(row, bound)
        w = harness.cotangent(out)
        for change in (harness.strided, np.asfortranarray):
            other = harness.recast(call, change)
            odd = row.bind(other.args, other.kwargs)
            odd_w = harness.tree(lambda leaf, change=change: change(leaf) if leaf.ndim else leaf, w)
            for operand in harness.active_operands(row, bound):
                want = harness.pullback(row, bound, operand, w)
                got = harness.pullback(row, odd, operand, tuple(odd_w) if isinstance(w, tuple) else odd_w)
                assert harness.close(got, want, 1e-9)


@every_row
def test_formulas_look_at_neither_values_nor_sizes(row: Row) -> None:
    """On stand-ins for compiler handles the formula gives what it gives on arrays."""
    for call in row.samples.calls():
        bound = row.bind(call.args, call.kwargs)
        out = harness.evaluate(row, bound)
        w = harness.cotangent(out)
        for operand in harness.active_operands(row, bound):
            saved = apply.residuals(row, bound, out, [operand])
            check_opaque(row, operand, w, saved, apply.vjp(row, operand, w, saved))


@pytest.mark.parametrize("row", [row for row in rows() if row.results], ids=label)
def test_results_that_nothing_depends_on_count_as_zero(row: Row) -> None:
    for call in row.samples.calls():
        bound = row.bind(call.args, call.kwargs)
        out = harness.evaluate(row, bound)
        if not isinstance(out, tuple | list):
            continue
        w = harness.cotangent(out)
        for used in range(len(out)):
            sparse = tuple(part if k == used else None for k, part in enumerate(w))
            full = tuple(part if k == used else harness.tree(np.zeros_like, part) for k, part in enumerate(w))
            for operand in harness.active_operands(row, bound):
                got = harness.pullback(row, bound, operand, sparse)
                assert harness.close(got, harness.pullback(row, bound, operand, full), 1e-9)


@every_row
def test_view_is_stated_truthfully(row: Row) -> None:
    if row.writes:
        return
    for call in row.samples.calls():
        args, kwargs = row.arguments(row.bind(call.args, call.kwargs))
        if row.random:
            np.random.seed(7)
        out = row.function(*args, **kwargs)
        inputs = [leaf for leaf in harness.leaves([*args, *kwargs.values()])
                  if isinstance(leaf, np.ndarray) and leaf.size]
        results = [leaf for leaf in harness.leaves(out) if isinstance(leaf, np.ndarray) and leaf.size]
        shared = [any(np.shares_memory(a, b) for a in inputs) for b in results]
        if row.view == "never":
            assert not any(shared), "shares memory, but the row says it never does"
        elif row.view == "always" and inputs:
            assert all(shared), "does not share memory, but the row says it always does"


def test_scalars_are_operands_too() -> None:
    for row in rows():
        if row.kind != "elementwise" or row.random:
            continue
        for call in row.samples.calls():
            if all(isinstance(a, np.ndarray) and a.shape == () for a in call.args):
                harness.check_call(row, harness.recast(call, lambda value: value[()]))
                harness.check_call(row, harness.recast(call, lambda value: value.item()))


# np.einsum declares (*operands); what np.arange's first argument is depends on how many there are.
IRREGULAR = (np.einsum, np.arange)


def own_parameters(function: Any) -> list[inspect.Parameter] | None:
    try:
        return list(inspect.signature(function).parameters.values())
    except (ValueError, TypeError):
        return None


@every_row
def test_signature_is_the_functions_own(row: Row) -> None:
    """Positions and names agree with the function's signature, so that `bind` reads a call as NumPy does."""
    own = own_parameters(row.function)
    if own is None or isinstance(row.function, np.ufunc) or row.function in IRREGULAR:
        return
    by_position = [p for p in own if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    names = {p.name for p in own}
    takes_any = any(p.kind is p.VAR_KEYWORD for p in own)
    for place, parameter in enumerate(row.parameters):
        if parameter.kind == "positional":
            assert place < len(by_position), f"{parameter.name} is not positional"
            theirs = by_position[place]
            assert theirs.name == parameter.name or theirs.kind is theirs.POSITIONAL_ONLY, (
                f"position {place} is {theirs.name}, not {parameter.name}")
            assert parameter.required or theirs.default is not theirs.empty
        elif parameter.kind == "keyword":
            assert parameter.name in names or takes_any, f"{parameter.name} is not a parameter"
