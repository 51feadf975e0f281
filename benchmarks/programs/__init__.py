"""All programs that gradients are measured on: those with an adjoint written by hand, and more of other kinds."""
from benchmarks.adjoints import PROGRAMS as BY_HAND
from benchmarks.adjoints.program import Program
from benchmarks.programs import kernels, layers, physics

PROGRAMS: dict[str, Program] = {
    **BY_HAND, **{program.name: program for module in (kernels, physics, layers) for program in module.PROGRAMS},
}
