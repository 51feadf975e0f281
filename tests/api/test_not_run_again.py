"""Loops and calls that cannot be run again are refused when compiling, with what to do."""
from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError

from .test_checkpointing import as_it_is, three

U = np.linspace(0.1, 1.0, 6) ** 2
E = {"on_unsupported": "error"}


class TestWhatCannotBeRunAgain:
    """Refused when compiling, with what to do."""

    def refused(self, f: Any, match: str) -> None:
        with pytest.raises(CompileError, match=match) as caught:
            ad.grad(f, **E)(U)
        assert "help:" in str(caught.value)

    def test_random_draws(self) -> None:
        rng = np.random.default_rng(0)

        def from_outside(u):
            for _ in ad.checkpointed(range(3), snapshots=2):
                u = u * rng.normal()
            return np.sum(u)

        def without_a_seed(u):
            for _ in ad.checkpointed(range(3), snapshots=2):
                u = u * np.random.rand()
            return np.sum(u)

        self.refused(from_outside, "draws random numbers")
        self.refused(without_a_seed, "draws random numbers")
        self.refused(lambda u: np.sum(ad.checkpoint(lambda v: v * rng.normal())(u)), "draws random numbers")

    def test_a_generator_with_a_key_can(self) -> None:
        def program(over, u, n):
            for t in over(range(n)):
                rng = np.random.default_rng(t)
                u = np.sin(u) * rng.normal()
            return np.sum(u)

        ours, theirs = (ad.grad(functools.partial(program, over), **E)(U, 7) for over in (three, as_it_is))
        np.testing.assert_allclose(ours, theirs, rtol=1e-13)

    def test_effects(self) -> None:
        def f(u):
            for t in ad.checkpointed(range(3), snapshots=2):
                print(t)
                u = np.sin(u)
            return np.sum(u)

        self.refused(f, "has an effect")

    def test_lists_from_outside(self) -> None:
        def f(u):
            history = []
            for t in ad.checkpointed(range(30), snapshots=2):
                u = np.sin(u)
                history.append(u)
            return np.sum(history[-1])

        self.refused(f, "list or object from outside")

    def test_arrays_that_change_names(self) -> None:
        def f(u):
            a, b = u.copy(), u * 2.0
            for t in ad.checkpointed(range(5), snapshots=2):
                a[1:] += b[:-1]
                if t % 2:
                    a = b
            return np.sum(a * b)

        self.refused(f, "AD178: `.*` may be another name of an array that this checkpointed loop writes")

        which = np.array([0, 1, 1, 0])

        def picked(u):
            buffers = [u * 1.0, u * 2.0]
            for k in ad.checkpointed(which, snapshots=2):
                chosen = buffers[k]
                chosen[1:] += 0.1 * chosen[:-1]
            return np.sum(buffers[0] * buffers[1])

        self.refused(picked, "AD178")

    def test_generators(self) -> None:
        def f(u):
            for t in ad.checkpointed((k for k in range(3)), snapshots=2):
                u = np.sin(u)
            return np.sum(u)

        self.refused(f, "can be read only once")
        with pytest.raises(TypeError, match="can be read only once"):
            ad.checkpointed(iter([1, 2]), snapshots=2)

    def test_limits(self) -> None:
        def f(u, **limits):
            for _ in ad.checkpointed(range(3), **limits):
                u = np.sin(u)
            return np.sum(u)

        self.refused(lambda u: f(u), "either snapshots=k or memory_limit=bytes")
        with pytest.raises(ValueError, match="memory_limit is 10 bytes, and one state of this loop takes 48"):
            ad.grad(lambda u: f(u, memory_limit=10), **E)(U)
        with pytest.raises(ValueError, match="snapshots must be 1 or more, not 0"):
            ad.grad(lambda u: f(u, snapshots=0), **E)(U)

    def test_a_call_that_writes_into_its_argument(self) -> None:
        def inner(v):
            v *= 2.0
            return np.sum(v * v)

        self.refused(lambda u: ad.checkpoint(inner)(u.copy()), "writes into")
