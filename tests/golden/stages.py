"""The IR between two passes, for the cases of `ir/`."""
from __future__ import annotations

from pathlib import Path
from unittest import mock

from ad_compiler import pipeline
from ad_compiler.interface.structure import floating_leaves
from ad_compiler.ir import nodes as ir
from ad_compiler.ir.show import show
from ad_compiler.ir.verify import verify
from ad_compiler.transform.tidy import TIDY
from tests.golden.case import Case, commented
from tests.golden.emitted import compile_case

PASSES = {transform.__name__: transform for transform in TIDY}


def stages(case: Case, folder: Path) -> str:
    """`# before` and `# after` of the pass that the case names, as text; every stage is verified.

    The kind of a case is a pass of `tidy`, applied to what `of` (grad, jvp, vjp) makes of the program, after the
    passes that come before it; or `differentiate`: the lowered program, and `of` it.
    """
    lowered, raw = _raw(case, folder)
    if case.kind == "differentiate":
        return _both(lowered, raw)
    for name, transform in PASSES.items():
        after = transform(raw)
        if name == case.kind:
            return _both(raw, after)
        raw = after
    raise AssertionError(f"{case.path}: no pass is called {case.kind}")


def _both(before: ir.Function, after: ir.Function) -> str:
    for fn in (before, after):
        verify(fn)
    return f"# before\n{commented(show(before))}\n# after\n{commented(show(after))}"


def _raw(case: Case, folder: Path) -> tuple[ir.Function, ir.Function]:
    """The lowered program, and the last function that the transform hands to the passes that tidy up."""
    function, args = case.load(folder)
    paths = tuple(p for w in case.wrt for p, _ in floating_leaves(args[w], (w,)))
    with mock.patch.object(pipeline, "finish", wraps=pipeline.finish) as finish:
        part = compile_case(case.settings["of"], function, args, paths)[-1]
    return part.lowered.function, finish.call_args.args[0]
