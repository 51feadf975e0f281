"""numba's passes for a kernel, without what no kernel has.

numba's own pipelines look for closures, `with` blocks, array expressions and generators, count references of every
variable in every statement, and compute after each pass in which statements each variable lives. Kernels are loops over
numbers and borrowed memory: they allocate nothing, so nothing is counted and nothing is deleted. What is left takes
half the time.
"""
from __future__ import annotations

from functools import cache
from typing import Any


@cache
def passes() -> Any:
    """The compiler class for kernels and their helpers, an argument of numba's `compile_extra` and `njit`."""
    from numba.core import typed_passes, untyped_passes
    from numba.core.compiler import CompilerBase

    manager, rewrites, lowering = _manager(), _rewrites(), _lowering()

    class Passes(CompilerBase):
        def define_pipelines(self) -> list[Any]:
            chosen = manager("kernel")
            for step in (untyped_passes.TranslateByteCode, untyped_passes.FixupArgs, rewrites,
                         typed_passes.NopythonTypeInference, lowering, typed_passes.NoPythonBackend):
                chosen.add_pass(step, step.__name__)
            chosen.finalize()
            return [chosen]

    return Passes


def _manager() -> Any:
    """A manager that runs the passes and nothing between them."""
    from numba.core.compiler_machinery import PassManager

    class Manager(PassManager):
        def _runPass(self, index: int, pss: Any, internal_state: Any) -> None:
            pss.analysis = self._analysis
            for step in (pss.run_initialization, pss.run_pass, pss.run_finalizer):
                step(internal_state)

    return Manager


def _rewrites() -> Any:
    """The pass that sees constants in indices and exponents, which numba follows by an account of where each variable
    lives."""
    from numba.core.compiler_machinery import register_pass
    from numba.core.rewrites.registry import rewrite_registry
    from numba.core.untyped_passes import GenericRewrites

    @register_pass(mutates_CFG=True, analysis_only=False)
    class RewritesOfKernel(GenericRewrites):
        _name = "rewrites_of_kernel"

        def run_pass(self, state: Any) -> bool:
            blocks = state.func_ir.blocks
            for made in rewrite_registry.rewrites["before-inference"]:
                rewrite = made(state)
                for key in blocks:
                    while rewrite.match(state.func_ir, blocks[key], state.typemap, state.calltypes):
                        blocks[key] = rewrite.apply()
            return True

    return RewritesOfKernel


def _wrap_around(instructions: list[Any]) -> None:
    """Integers wrap around, as NumPy's do. numba tells LLVM that they never do, and LLVM then takes `k + k < 0` to
    be `k < 0`."""
    for made in instructions:
        if made.opname in ("add", "sub", "mul"):
            made.flags = [flag for flag in made.flags if flag != "nsw"]


def _lowering() -> Any:
    """The pass from numba's statements to LLVM's, of which each is passed on at once: numba would write each down as
    text first, for a log that nobody keeps."""
    from numba.core import ir as statements
    from numba.core.compiler_machinery import register_pass
    from numba.core.lowering import Lower
    from numba.core.typed_passes import NativeLowering

    class LowerKernel(Lower):
        def lower_inst(self, inst: Any) -> Any:
            if type(inst) is not statements.Assign or isinstance(inst.value, statements.Arg):
                return super().lower_inst(inst)
            block: Any = self.builder.block
            done = len(block.instructions)
            self.storevar(self.lower_assign(self.typeof(inst.target.name), inst), inst.target.name)
            if isinstance(inst.value, statements.Expr) and inst.value.op in ("binop", "inplace_binop", "unary"):
                _wrap_around(block.instructions[done:])
            return None

        def incref(self, typ: Any, val: Any) -> None:
            """Nothing is allocated, so nothing is counted."""

        def decref(self, typ: Any, val: Any) -> None:
            """Nothing is allocated, so nothing is freed."""

    @register_pass(mutates_CFG=True, analysis_only=False)
    class LoweringOfKernel(NativeLowering):
        _name = "lowering_of_kernel"

        @property
        def lowering_class(self) -> Any:
            return LowerKernel

    return LoweringOfKernel
