"""A fault of the compiler itself is reported as one, and the tape takes the function."""
import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler import pipeline
from ad_compiler.errors import InternalError


def energy(x):
    return np.sum(x ** 2)


@pytest.fixture
def broken(monkeypatch):
    def fail(*args, **kwargs):
        raise AssertionError("planted")

    monkeypatch.setattr(pipeline, "lower_function", fail)


def test_the_tape_takes_over(broken):
    with pytest.warns(RuntimeWarning, match=r"AD196.*planted"):
        np.testing.assert_allclose(ad.grad(energy)(np.arange(3.0)), [0.0, 2.0, 4.0])


def test_the_fault_is_named_where_no_tape_is_wanted(broken):
    with pytest.raises(InternalError, match=r"failed on `energy` .AssertionError: planted"):
        ad.grad(energy, on_unsupported="error")(np.arange(3.0))
    with pytest.raises(InternalError, match="failed on `energy`"):
        ad.jvp(energy, (np.arange(3.0),), (np.ones(3),), on_unsupported="error")
