"""Transforms of transforms, two and three deep: both modes of the whole against each other and against differences.

Every ordered pair and a sample of triples on one program in each run;
`python -m tests.api.test_any_order [seconds seed]` takes all pairs on four programs, and as many triples as there is
time for.
"""
from __future__ import annotations

import itertools
import random
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.errors import CompileError
from ad_compiler.interface.differences import slope_along

X = np.array([0.5, 1.0, -0.7])
V, W = np.array([0.3, -0.2, 0.9]), np.array([1.0, -2.0, 0.5])
Function = Callable[[Any], Any]


# --- programs, from three numbers to three ----------------------------------------------------------------------------
def straight(x):
    return np.sin(x) * x[0]


def recurrence(x):
    y = x.copy()
    for i in range(1, x.shape[0]):
        y[i] = y[i] * y[i - 1] + np.tanh(x[i])
    return y


def branches(x):
    y = x**2 if x[0] > 0.0 else -x
    return np.where(y > 0.3, y * x, np.cos(y))


def repeated(x):
    s, n = np.sum(x), 0
    while n < 3:
        s = s * 1.5 + x[0] ** 2
        n += 1
    return s * np.exp(0.1 * x)


PROGRAMS = (straight, recurrence, branches, repeated)


# --- transforms, each from such a function to such a function ---------------------------------------------------------
def total(f: Function) -> Function:
    return lambda x: np.sum(f(x) * np.array([1.0, 0.5, -2.0]))


def by_pullback(f: Function) -> Function:
    def pulled(x):
        _, pullback = ad.vjp(f, x)
        return pullback(np.cos(x))[0]

    return pulled


def by_vjp_rule(f: Function) -> Function:
    ruled = ad.custom_vjp(lambda x: f(x))
    ruled.defvjp(lambda x: (f(x), x), lambda x, g: (ad.vjp(f, x)[1](g)[0],))
    return ruled


def by_jvp_rule(f: Function) -> Function:
    ruled = ad.custom_jvp(lambda x: f(x))
    ruled.defjvp(lambda primals, tangents: ad.jvp(f, primals, tangents))
    return ruled


def by_value_and_grad(f: Function) -> Function:
    def scaled(x):
        value, gradient = ad.value_and_grad(total(f))(x)
        return value * gradient

    return scaled


TRANSFORMS: dict[str, Callable[[Function], Function]] = {
    "grad": lambda f: ad.grad(total(f)), "value_and_grad": by_value_and_grad, "vjp": by_pullback,
    "jvp": lambda f: lambda x: ad.jvp(f, (x,), (np.cos(x),))[1],
    "hvp": lambda f: lambda x: ad.hvp(total(f))(x, np.cos(x)),
    "jacfwd": lambda f: lambda x: ad.jacfwd(f)(x) @ np.cos(x),
    "jacrev": lambda f: lambda x: np.cos(x) @ ad.jacrev(f)(x),
    "hessian": lambda f: lambda x: ad.hessian(total(f))(x) @ np.cos(x),
    "vmap": lambda f: lambda x: ad.vmap(f)(np.stack([x, 0.5 * x]))[1],
    "linearize": lambda f: lambda x: ad.linearize(f, x)[1](np.cos(x)),
    "checkpoint": ad.checkpoint, "custom_vjp": by_vjp_rule, "custom_jvp": by_jvp_rule,
    "probe": lambda f: lambda x: ad.probe(f(x), lambda g: None),
    "stop_gradient": lambda f: lambda x: f(x) * ad.stop_gradient(np.cos(x)) + x,
}


def judged(names: tuple[str, ...], program: Function) -> str:
    """"ok", or the code of the diagnostic; raises AssertionError for a wrong number."""
    f = program
    for name in reversed(names):
        f = TRANSFORMS[name](f)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)
            value = f(X)
            out, dot = ad.jvp(f, (X,), (V,), on_unsupported="error")
            (bar,) = ad.vjp(f, X, on_unsupported="error")[1](W)
            expected, error = slope_along(f, (X,), (V,))
    except CompileError as refusal:
        return refusal.diagnostics[0].code
    np.testing.assert_allclose(out, value, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(W @ dot, bar @ V, rtol=1e-9, atol=1e-9)
    if "stop_gradient" not in names:
        np.testing.assert_allclose(dot, expected, rtol=1e-5, atol=1e-6 + 10.0 * error)
    return "ok"


PAIRS = list(itertools.product(TRANSFORMS, TRANSFORMS))
TRIPLES = random.Random(7).sample(list(itertools.product(TRANSFORMS, repeat=3)), 12)


@pytest.mark.parametrize("names", PAIRS, ids="-".join)
def test_pairs(names: tuple[str, str]) -> None:
    assert judged(names, straight) == "ok"


@pytest.mark.parametrize("names", TRIPLES, ids="-".join)
def test_triples(names: tuple[str, str, str]) -> None:
    assert judged(names, straight) == "ok"


# Rules and checkpointed calls whose derivative has loops over recorded lists, or branches that make zeros.
HARDER = [(recurrence, pair) for pair in (
    ("checkpoint", "grad"), ("checkpoint", "jacrev"), ("custom_jvp", "vjp"), ("jacrev", "jacrev"), ("vjp", "hessian"))]
HARDER += [(repeated, ("custom_vjp", "jacrev")), (repeated, ("custom_jvp", "hessian")),
           (branches, ("custom_vjp", "hvp")), (branches, ("custom_jvp", "jacfwd"))]


@pytest.mark.parametrize(("program", "names"), HARDER)
def test_pairs_on_loops_and_branches(program: Function, names: tuple[str, str]) -> None:
    assert judged(names, program) == "ok"


def main(seconds: float, seed: int) -> int:
    """All pairs on all programs, then triples; prints what is not ok."""
    rng = random.Random(seed)
    triples = list(itertools.product(TRANSFORMS, repeat=3))
    rng.shuffle(triples)
    cases = [(names, f) for names in PAIRS for f in PROGRAMS]
    rng.shuffle(cases)
    cases += [(names, rng.choice(PROGRAMS)) for names in triples]
    counts: dict[str, int] = {}
    end = time.monotonic() + seconds
    for names, f in cases:
        if time.monotonic() > end:
            break
        begun = time.monotonic()
        try:
            found = judged(names, f)
        except AssertionError as error:
            found = f"wrong: {' '.join(str(error).split())[:100]}"
        except Exception as error:
            found = f"crash: {type(error).__name__}: {error}"[:100]
        kind = found.partition(":")[0]
        counts[kind] = counts.get(kind, 0) + 1
        took = time.monotonic() - begun
        if found != "ok" or took > 10.0:
            print(f"{f.__name__}: {'('.join(names)}: {found} ({took:.1f} s)", flush=True)
    print(", ".join(f"{n} {kind}" for kind, n in counts.items()), f"of {len(cases)}")
    return int(any(kind in ("wrong", "crash") for kind in counts))


if __name__ == "__main__":
    raise SystemExit(main(*map(int, sys.argv[1:3])) if len(sys.argv) > 2 else main(600.0, 0))
