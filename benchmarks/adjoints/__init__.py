"""Hand-written NumPy adjoints, the yardstick of generated ones. Each is checked numerically in the tests."""
from benchmarks.adjoints import dynamics, linear_algebra, networks, rows_and_columns, sequences, statistics
from benchmarks.adjoints.program import Program

PROGRAMS: dict[str, Program] = {
    program.name: program
    for module in (networks, dynamics, linear_algebra, sequences, statistics, rows_and_columns)
    for program in module.PROGRAMS
}
