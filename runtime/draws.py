"""Random draws, and the streams that they come from. They are NumPy's: a seed gives other numbers than torch's."""
from __future__ import annotations

import json
from typing import Any

import numpy as np

from runtime import dtypes, own_rows
from runtime.core import Recorded
from runtime.creation import as_shape, like, new_leaf
from runtime.dispatch import Op, record
from runtime.dtypes import as_numpy, get_default_dtype
from runtime.grad_mode import LOCAL
from runtime.tensor import Tensor

BERNOULLI = Op(own_rows.ZERO, "BernoulliBackward0")


VMAP_RANDOM = ("vmap: called random operation while in randomness error mode. Please either use the 'same' or "
               "'different' randomness flags on vmap or perform the randomness operation out of vmap")


def stream(given: Any = None) -> np.random.Generator:
    """The generator of NumPy that draws come from: the given one's, or this package's own."""
    if LOCAL.randomness == "error":
        raise RuntimeError(VMAP_RANDOM)
    return getattr(given, "numpy", given) if given is not None else Random.own.numpy


class Generator:
    """A stream of random draws of its own; pass it as `generator=`."""

    def __init__(self, device: Any = "cpu") -> None:
        self.numpy = np.random.default_rng()
        self._seed = 67280421310721  # what an unseeded stream of torch's says
        self.device = dtypes.device(device)

    def manual_seed(self, seed: int) -> Generator:
        """Seed the stream; returns it."""
        self.numpy = np.random.default_rng(seed % 2**64)
        self._seed = seed % 2**64
        return self

    def initial_seed(self) -> int:
        """What the stream was seeded with."""
        return self._seed

    def seed(self) -> int:
        """Seed the stream with something new; returns it."""
        return self.manual_seed(int(np.random.SeedSequence().generate_state(1)[0])).initial_seed()

    def get_state(self) -> Tensor:
        """Where the stream stands, as bytes."""
        text = json.dumps(self.numpy.bit_generator.state)
        return new_leaf(np.frombuffer(text.encode(), np.uint8).copy())

    def set_state(self, state: Tensor) -> None:
        """Go on from where `get_state` was called."""
        if not isinstance(state, Tensor):
            raise TypeError(f"expected a torch.ByteTensor, but got {type(state).__name__}")
        self.numpy.bit_generator.state = json.loads(bytes(state._data))


class Random:
    """Where draws come from that are not given a stream of their own."""

    own = Generator()


def current_stream() -> np.random.Generator:
    """The generator of all draws that are not given one of their own."""
    return Random.own.numpy


def set_stream(generator: np.random.Generator) -> None:
    """Draw from this generator from now on."""
    Random.own.numpy = generator


def get_rng_state() -> Tensor:
    """Where this package's stream of draws stands, as bytes."""
    return Random.own.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Go on from where `get_rng_state` was called."""
    Random.own.set_state(new_state)


def initial_seed() -> int:
    """What this package's stream was seeded with."""
    return Random.own.initial_seed()


def seed() -> int:
    """Seed the draws with something new; returns it."""
    return Random.own.seed()


def manual_seed(seed: int) -> Generator:
    """Seed the draws of this package; returns its generator."""
    return Random.own.manual_seed(int(seed))


def rand(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False,
         generator: Any = None) -> Tensor:
    """Uniform draws from [0, 1)."""
    d = get_default_dtype().np if dtype is None else as_numpy(dtype)
    return new_leaf(np.asarray(stream(generator).random(as_shape(size))).astype(d), requires_grad)


def randn(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False,
          generator: Any = None) -> Tensor:
    """Standard normal draws."""
    d = get_default_dtype().np if dtype is None else as_numpy(dtype)
    return new_leaf(np.asarray(stream(generator).standard_normal(as_shape(size))).astype(d), requires_grad)


def randint(low: int, high: Any = None, size: Any = None, *, dtype: Any = None, device: Any = None,
            requires_grad: bool = False, generator: Any = None) -> Tensor:
    """Uniform integers from [low, high)."""
    if size is None:
        low, high, size = 0, low, high
    d = dtypes.int64.np if dtype is None else as_numpy(dtype)
    return new_leaf(np.asarray(stream(generator).integers(low, high, as_shape((size,)))).astype(d), requires_grad)


def randperm(n: int, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
             generator: Any = None) -> Tensor:
    """A random order of 0 .. n-1."""
    d = dtypes.int64.np if dtype is None else as_numpy(dtype)
    return new_leaf(stream(generator).permutation(n).astype(d), requires_grad)


def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None) -> Tensor:
    """Normal draws."""
    m, s = (v._data if isinstance(v, Recorded) else v for v in (mean, std))
    shape = np.broadcast_shapes(np.shape(m), np.shape(s)) if size is None else as_shape((size,))
    return new_leaf(np.asarray(m + s * stream(generator).standard_normal(shape)).astype(get_default_dtype().np))


def bernoulli(input: Tensor, p: float | None = None, *, generator: Any = None) -> Tensor:
    """Draws of 0 or 1 with the given probabilities, or all with the probability `p`; the gradient is zero."""
    a = input._data
    odds = a if p is None else np.full(a.shape, p)
    if odds.size and not (odds.min() >= 0 and odds.max() <= 1):
        raise RuntimeError("Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be "
                           "improved?  If so, please report an enhancement request to PyTorch.)" if p is None else
                           f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return record(BERNOULLI, Tensor, (input,), (stream(generator).random(a.shape) < odds).astype(a.dtype))


def multinomial(p: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None) -> Tensor:
    """Indices drawn in proportion to the weights in the last dimension."""
    rows = np.atleast_2d(p._data).astype(np.float64)
    drawn = [stream(generator).choice(row.size, num_samples, replacement, row / row.sum()) for row in rows]
    table = np.asarray(drawn, np.int64).reshape(-1, num_samples)
    return new_leaf(table if p._data.ndim > 1 else table[0])


def _randint_shaped(size: Any, low: int, high: Any = None, **kwargs: Any) -> Tensor:
    return randint(*((0, low) if high is None else (low, high)), size, **kwargs)


rand_like, randn_like, randint_like = like(rand), like(randn), like(_randint_shaped)
FUNCTIONS: dict[str, Any] = {f.__name__: f for f in (
    manual_seed, get_rng_state, set_rng_state, initial_seed, seed, rand, randn, randint, randperm, normal, bernoulli,
    multinomial, rand_like, randn_like, Generator)} | {"randint_like": randint_like}
