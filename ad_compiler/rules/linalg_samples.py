"""Sample calls of the rows of linear algebra."""
from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ad_compiler.rules.samples import Draw, Samples, call, calls

Build = Callable[[Draw, int, bool], np.ndarray]


def square(draw: Draw, size: int = 3, complex_: bool = False) -> np.ndarray:
    """A well-conditioned matrix."""
    noise = draw.complex(size, size) if complex_ else draw.real(size, size)
    return noise + 3 * np.eye(size)


def definite(draw: Draw, size: int = 3, complex_: bool = False) -> np.ndarray:
    """A positive definite matrix with distinct eigenvalues."""
    noise = draw.complex(size, size) if complex_ else draw.real(size, size)
    return noise @ noise.conj().T + np.diag(np.arange(1.0, size + 1))


def hermitian(draw: Draw, size: int = 3, complex_: bool = False) -> np.ndarray:
    """A symmetric or Hermitian matrix with eigenvalues well apart."""
    noise = draw.complex(size, size) if complex_ else draw.real(size, size)
    return 0.5 * (noise + noise.conj().T) + np.diag(4.0 * np.arange(size))


def spread_out(draw: Draw, size: int = 3, complex_: bool = False) -> np.ndarray:
    """A matrix that is not symmetric, with real eigenvalues well apart unless it is complex."""
    noise = draw.complex(size, size) if complex_ else draw.real(size, size)
    return 0.3 * noise + np.diag(3.0 * np.arange(size))


def stacks(build: Build, complex_: bool = True, stacked: bool = True, **params: Any) -> Samples:
    """Single matrices and stacks, real and complex, unless `stacked` or `complex_` is false."""
    kinds = (False, True) if complex_ else (False,)

    def calls_of(draw: Draw) -> Any:
        for kind in kinds:
            yield call(build(draw, 3, kind), **params)
        yield call(build(draw, 1, False), **params)
        if not stacked:
            return
        for kind in kinds:
            yield call(np.stack([build(draw, 2, kind) for _ in range(2)]), **params)
        yield call(np.stack([[build(draw, 2, False)] * 2] * 2), **params)
    return Samples(calls_of)


def invertible(**params: Any) -> Samples:
    return stacks(square, **params)


def rectangular(stacked: bool = True, **params: Any) -> Samples:
    """Tall, wide and square matrices and (unless `stacked` is false) stacks, real and complex."""
    shapes = ((3, 3), (4, 2), (2, 4), *(((2, 3, 2), (2, 2, 3)) if stacked else ()))
    return Samples(lambda s: [call(make(*shape), **params) for shape in shapes for make in (s.real,
                                                                                            s.complex)])


def truncated(tolerance: str, stacked: bool = True) -> Samples:
    """Matrices with singular values near 5, 4 and 0.5, of which a tolerance of 0.3 (0.7 if absolute) drops the last."""
    def build(draw: Draw) -> Any:
        for rows, columns in ((3, 3), (5, 3), (3, 5)):
            for make in (draw.real, draw.complex):
                u, _, vh = np.linalg.svd(make(rows, columns), full_matrices=False)
                yield call((u * [5.0, 4.0, 0.5]) @ vh, **{tolerance: 0.7 if tolerance == "atol" else 0.3})
        if stacked:
            u, _, vh = np.linalg.svd(draw.real(2, 4, 3), full_matrices=False)
            yield call((u * [5.0, 4.0, 0.5]) @ vh, **{tolerance: np.array([0.3, 0.05])})
    return Samples(build)


def systems() -> Samples:
    """A matrix and a right-hand side: vectors, matrices, stacks that broadcast."""
    def stack(draw: Draw, *shape: int) -> np.ndarray:
        return draw.real(*shape, 3, 3) + 3 * np.eye(3)
    return calls(
        lambda s: call(square(s), s.real(3)), lambda s: call(square(s), s.real(3, 2)),
        lambda s: call(square(s, 3, True), s.complex(3, 2)), lambda s: call(square(s), s.complex(3)),
        lambda s: call(stack(s, 2), s.real(3)), lambda s: call(stack(s, 2), s.real(2, 3, 2)),
        lambda s: call(square(s), s.real(2, 3, 2)), lambda s: call(stack(s, 4, 1), s.real(2, 3, 1)),
        lambda s: call(stack(s, 2), s.real(3, 2)))


FACTORS = calls(
    lambda s: call([s.real(2, 3), s.real(3, 4), s.real(4, 2)]), lambda s: call([s.real(2, 3), s.real(3, 2)]),
    lambda s: call([s.real(3), s.real(3, 4), s.real(4, 2)]),
    lambda s: call([s.real(2, 3), s.real(3, 4), s.real(4)]),
    lambda s: call([s.real(3), s.real(3, 4), s.real(4)]), lambda s: call([s.real(3), s.real(3)]),
    lambda s: call([s.complex(2, 3), s.real(3, 4), s.real(4, 2), s.real(2, 3)]))
