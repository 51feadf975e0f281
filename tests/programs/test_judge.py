"""The judge, against stand-ins for the compiler that are right, wrong, refusing or failing."""

import ad_compiler
import numpy as np
import pytest
from ad_compiler.errors import CompileError

from tests.programs import corpus
from tests.programs.checks import same, self_check
from tests.programs.corpus import Program
from tests.programs.judge import judge


def overwriting(x, scale):
    x[0] = x[1] * scale
    return np.sum(x ** 2)


PROGRAM = Program("example.overwriting", overwriting, lambda r: (np.array([2.0, 3.0]), 1.5), argnums=0,
                  analytic=True, mutates=(0,))


def right(x, scale):
    gradient = np.array([0.0, 2 * x[1] * scale**2 + 2 * x[1]])
    x[0] = x[1] * scale
    return gradient


@pytest.fixture
def stand_in(monkeypatch):
    """Install a gradient function as the compiler's."""
    def install(gradient, value=overwriting):
        monkeypatch.setattr(ad_compiler, "grad", lambda f, argnums: gradient, raising=False)
        monkeypatch.setattr(ad_compiler, "value_and_grad", raising=False, value=lambda f, argnums: (
            lambda x, scale: (value(x.copy(), scale), gradient(x, scale))))
    return install


def test_the_right_gradient_is_ok(stand_in):
    stand_in(right)
    assert judge(PROGRAM).status == "ok"


def test_a_wrong_gradient_is_seen(stand_in):
    stand_in(lambda x, scale: right(x, scale) + np.array([1e-4, 0.0]))
    verdict = judge(PROGRAM)
    assert verdict.status == "wrong" and "off by 0.0001" in verdict.detail


def test_a_wrong_shape_is_seen(stand_in):
    stand_in(lambda x, scale: right(x, scale)[None])
    assert judge(PROGRAM).status == "wrong"


def test_a_wrong_value_is_seen(stand_in):
    stand_in(right, value=lambda x, scale: 0.0)
    assert "value 0.0" in judge(PROGRAM).detail


def test_other_data_left_in_the_arguments_is_seen(stand_in):
    stand_in(lambda x, scale: right(x.copy(), scale))
    assert "leaves other data" in judge(PROGRAM).detail


def test_a_second_call_must_agree(stand_in):
    calls = []

    def forgetful(x, scale):
        calls.append(x)
        return right(x, scale) + 1e-9 * len(calls)

    stand_in(forgetful)
    assert "second call" in judge(PROGRAM).detail


def test_a_gradient_that_is_right_at_one_point_only_is_seen(stand_in, monkeypatch):
    monkeypatch.setattr(corpus.Program, "args", lambda self, point=0: (np.array([2.0, 3.0 + point]), 1.5))
    stand_in(lambda x, scale: np.array([0.0, 2 * 3.0 * scale**2 + 2 * 3.0]) + right(x, scale) * 0)
    assert judge(PROGRAM).status == "ok"
    assert "at point 1" in judge(PROGRAM, "elsewhere").detail


def test_refusals_and_crashes_are_told_apart(stand_in):
    def failing(x, scale):
        raise ZeroDivisionError("oops")

    stand_in(failing)
    assert judge(PROGRAM).detail == "ZeroDivisionError: oops"
    refusal = CompileError.__new__(CompileError)

    def refusing(x, scale):
        raise refusal

    stand_in(refusing)
    assert judge(PROGRAM).status == "refused"


def test_an_endless_call_is_a_crash(stand_in):
    def endless(x, scale):
        while True:
            pass

    stand_in(endless)
    assert "still running" in judge(PROGRAM, seconds=1).detail


def test_what_is_said_of_a_program_is_checked():
    def about(**changes):
        facts = {"argnums": 0, "analytic": True, "mutates": (0,), **changes}
        return list(self_check(Program("example.x", make_args=lambda r: (np.array([2.0, 3.0]), 1.5),
                                       **{"function": overwriting, **facts})))

    assert about() == []
    assert "changes the arguments (0,)" in about(mutates=())[0]
    assert any("disagree" in text for text in about(function=lambda x, s: np.abs(x).sum() * s, mutates=()))
    flat = about(function=lambda x, s: 1.0 + 0 * x[0], mutates=())
    assert any("gradient of size 0" in text for text in flat)
    rng = np.random.default_rng(0)
    noisy = about(function=lambda x, s: x[0] ** 2 + rng.normal(), mutates=(), analytic=False)
    assert "not deterministic" in noisy


def test_same_looks_into_objects():
    class Box:
        def __init__(self, content):
            self.content = content

    assert same((Box([1.0]), "a"), (Box([1.0]), "a"))
    assert not same(Box([1.0]), Box([2.0]))
    assert not same([np.ones(2)], [np.ones((2, 1))])
