"""Members of enumerations by their values, and what a program asks of `globals()`."""
from __future__ import annotations

import enum

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import TapeFallback
from tests.differences import central_differences

X = np.array([0.5, 1.2, 0.7])
SCALE = 3.0


class Shade(enum.Enum):
    RED = 1
    BLUE = 2
    AZURE = 2
    NONE = 0


class Axis(enum.IntEnum):
    FIRST = 0
    SECOND = 1


class Letter(enum.StrEnum):
    UPPER = "u"
    LOWER = "l"


class Early(enum.Enum):
    A = "a"
    B = "b"

    @classmethod
    def _missing_(cls, value):
        return cls.A


def by_value(x):
    return x[0] ** 2 if Shade(1) is Shade.RED and Shade(2).name == "BLUE" else x[1]


def falsy_value(x):
    return x[Axis(0)] ** 2 * (2.0 if Axis(0) else 3.0) + (x[1] if Shade(0) else x[2])


def in_a_loop(x):
    total = 0.0
    for i in (0, 1):
        axis = Axis(i)
        total += x[axis] ** 2 * (axis + 1)
    return total


def of_texts(x):
    return x[1] ** 2 * (3.0 if Letter("l") == Letter.LOWER else 4.0)


def of_a_member(x):
    return x[0] ** 2 if Shade(Shade.RED).value == 1 else x[1]


def by_name(x):
    return x[0] ** 2 * (2.0 if Shade["AZURE"] is Shade.BLUE else 3.0) + x[Axis["SECOND"]]


def _check(f, g):
    assert np.allclose(g(X), central_differences(f, X), rtol=1e-6)
    ones = np.ones_like(X)
    assert np.isclose(ad.jvp(f, (X,), (ones,))[1], central_differences(f, X).sum(), rtol=1e-6)


@pytest.mark.parametrize("f", [by_value, falsy_value, in_a_loop, of_texts, of_a_member, by_name])
def test_members_by_their_values(f):
    _check(f, ad.grad(f, on_unsupported="error"))


def missing(x):
    return x[0] ** 2 if Early("z") is Early.A else x[1]


def test_what_a_class_makes_of_other_values_is_its_own():
    with pytest.warns(TapeFallback):
        _check(missing, ad.grad(missing))


# --- globals() on the tape ------------------------------------------------------------------------------------------
def asked(x):
    return x[0] ** 2 if "np" in globals() and "absent" not in globals() else x[1]


def got(x):
    return x[0] ** 2 * globals()["SCALE"] if globals().get("SCALE", 1.0) > 2.0 else x[1]


def listed(x):
    return x[0] ** 2 * len([k for k in globals() if k == "SCALE"]) + x[1] * dict(globals())["SCALE"] ** 2


def set_where_absent(x):
    return x[0] * globals().setdefault("SCALE", 1.0) + x[2] * (len(globals()) > 5)


@pytest.mark.parametrize("f", [asked, got, listed, set_where_absent])
@pytest.mark.filterwarnings("ignore::ad_compiler.errors.TapeFallback")
def test_globals_on_the_tape_are_those_of_the_module(f):
    _check(f, ad.grad(f))
    assert SCALE == 3.0
