"""All problems of a function at once, and never one that is only the consequence of another."""
import ast
import linecache
import random
import sys
import types
import zlib

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError, TapeFallback
from tests.programs.corpus import Program, all_programs

BROKEN = "no_such_function"


def _places(fn, *args) -> list[tuple[str, str]]:
    """Code and message of what is wrong with a function, in the order in which it is said."""
    with pytest.raises(CompileError) as error:
        ad.grad(fn, on_unsupported="error")(*args)
    return [(d.code, d.message) for d in error.value.diagnostics]


class Gas:
    def __init__(self, pressure):
        self.pressure = pressure

    def heat(self):
        self.warmth = np.no_such_warmth(self.pressure)


def test_problems_of_different_statements_and_helpers():
    def warmed(gas):
        gas.heat()
        return gas

    def loss(x):
        gas = warmed(Gas(x))
        inner = [np.no_such_item(v) for v in x]
        if x[0] > 0:
            x = np.no_such_branch(x)
        else:
            x = np.no_such_other_branch(x)
        while np.no_such_condition(inner):
            pass
        return gas.warmth + sum(inner) + x.sum()

    found = [message for _, message in _places(loss, np.ones(3))]
    assert found == [f"`numpy` has no attribute `no_such_{name}`"
                     for name in ("warmth", "item", "branch", "other_branch")]


def test_a_helper_called_twice_has_its_problem_once():
    def helper(x):
        return np.no_such_helper(x)

    def loss(x):
        return helper(x) + helper(2.0 * x)

    assert len(_places(loss, 1.0)) == 1


def test_what_hangs_on_a_problem_is_no_problem():
    def loss(x):
        state = {"a": x}
        state["b"] = np.no_such_state(x)
        table = [x]
        table.append(np.no_such_entry(x))
        for row in table:
            row = row[0].no_such_row
        local = np.no_such_local(x)
        more = local.no_such_attribute
        return more["key"].no_such_part + state["b"].foo()

    assert len(_places(loss, np.ones(2))) == 3


def test_the_tape_takes_it_with_the_first_reason():
    def loss(x):
        a = eval("x * 2.0")
        return a + eval("x * 3.0")

    with pytest.warns(TapeFallback, match="AD108"):
        assert ad.grad(loss)(1.0) == 5.0


def _broken(program: Program, seed: int):
    """The program with one of its values given to a function that does not exist."""
    file = sys.modules[program.function.__module__].__file__
    assert file is not None
    tree = ast.parse("\n".join(linecache.getlines(file)).replace("\n\n", "\n"))
    function = next(n for n in tree.body if getattr(n, "name", "") == program.function.__name__)
    values = [n for n in ast.walk(function) if isinstance(n, (ast.Assign, ast.AugAssign, ast.Return))
              and not isinstance(n.value, (ast.Constant, type(None)))]
    chosen = random.Random(seed).choice(values)
    chosen.value = ast.Call(ast.Name(BROKEN, ast.Load()), [chosen.value], [])
    text = f"def {BROKEN}(value):\n    return value.{BROKEN}()\n\n" + ast.unparse(ast.fix_missing_locations(tree))
    name = program.name.replace(".", "_")  # programs of two families may be called alike
    module = types.ModuleType(f"tests.programs.broken_{name}_{seed}")
    module.__package__, module.__file__ = "tests.programs", f"<{module.__name__}>"
    linecache.cache[module.__file__] = (len(text), None, text.splitlines(True), module.__file__)
    sys.modules[module.__name__] = module
    exec(compile(text, module.__file__, "exec"), module.__dict__)
    return getattr(module, program.function.__name__)


PROGRAMS = [p for p in all_programs() if p.function.__name__ in vars(sys.modules[p.function.__module__])
            and p.function.__name__ != "<lambda>"]


SOME = sorted(PROGRAMS, key=lambda p: zlib.crc32(p.name.encode()))[:24]  # the same ones when there are more


@pytest.mark.parametrize("program", SOME, ids=lambda p: p.name)
def test_one_broken_statement_is_one_problem(program):
    try:
        broken = _broken(program, 3)
    except (StopIteration, IndexError):
        pytest.skip("no statement of its own to break")
    if _problems(program.function, program):
        pytest.skip("it is refused as it is")
    assert all(BROKEN in message for message in _problems(broken, program))


def _problems(function, program: Program) -> list[str]:
    try:
        ad.grad(function, argnums=program.argnums, on_unsupported="error")(*program.args())
    except CompileError as error:
        return [d.message for d in error.diagnostics]
    except Exception:  # what the broken program itself raises is no matter here
        pass
    return []
