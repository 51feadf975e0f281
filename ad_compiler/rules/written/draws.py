"""Random draws with a derivative: standard draws, shifted and scaled; places drawn, values taken from there.

`rng` is a generator or the module `np.random`. A definition makes the draws that the generator itself makes, in the
same order, so the same seed gives the same result.
"""
from __future__ import annotations

from typing import Any

import numpy as np


def permutation(rng: Any, x: Any, axis: int = 0) -> Any:
    """`rng.permutation(x)` of an array."""
    return np.take(x, rng.permutation(np.shape(x)[axis]), axis=axis)


def permuted(rng: Any, x: Any, *, axis: Any = None, out: Any = None) -> Any:
    """`rng.permuted(x)`: each line along the axis in an order of its own."""
    places = rng.permuted(np.reshape(np.arange(np.size(x)), np.shape(x)), axis=axis)
    return np.take(np.ravel(x), places)


def choice(rng: Any, a: Any, size: Any = None, replace: bool = True, p: Any = None, axis: int = 0,
           shuffle: bool = True) -> Any:
    """`rng.choice(a)` from the entries of an array."""
    if p is None:
        places = rng.choice(np.shape(a)[axis], size, replace)
    else:
        places = rng.choice(np.shape(a)[axis], size, replace, p)
    return np.take(a, places, axis=axis)


def shuffle(rng: Any, x: Any, axis: int = 0) -> None:
    """`rng.shuffle(x)` of an array or a list, in place."""
    if isinstance(x, list):
        before, places = list(x), rng.permutation(len(x))
        for k in range(len(x)):
            x[k] = before[places[k]]
    else:
        x[...] = np.take(x, rng.permutation(np.shape(x)[axis]), axis=axis)


def random_into(rng: Any, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
    """`rng.random(out=x)`"""
    out[...] = rng.random(np.shape(out), dtype)
    return out


def standard_normal_into(rng: Any, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
    """`rng.standard_normal(out=x)`"""
    out[...] = rng.standard_normal(np.shape(out), dtype)
    return out


def standard_exponential_into(rng: Any, size: Any = None, dtype: Any = np.float64, method: str = "zig",
                              out: Any = None) -> Any:
    """`rng.standard_exponential(out=x)`"""
    out[...] = rng.standard_exponential(np.shape(out), dtype, method)
    return out


def standard_gamma_into(rng: Any, shape: Any, size: Any = None, dtype: Any = np.float64, out: Any = None) -> Any:
    """`rng.standard_gamma(shape, out=x)`"""
    out[...] = rng.standard_gamma(shape, np.shape(out), dtype)
    return out


def permuted_into(rng: Any, x: Any, *, axis: Any = None, out: Any = None) -> Any:
    """`rng.permuted(x, out=y)`"""
    out[...] = rng.permuted(x, axis=axis)
    return out


def extent(size: Any, *parameters: Any) -> Any:
    """The shape of a draw: its size, or that of its parameters together."""
    if size is not None:
        return size
    return np.broadcast_shapes(*[np.shape(parameter) for parameter in parameters])


def normal(rng: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """`rng.normal`."""
    return loc + scale * rng.normal(0.0, 1.0, extent(size, loc, scale))


def laplace(rng: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """`rng.laplace`."""
    return loc + scale * rng.laplace(0.0, 1.0, extent(size, loc, scale))


def logistic(rng: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """`rng.logistic`."""
    return loc + scale * rng.logistic(0.0, 1.0, extent(size, loc, scale))


def gumbel(rng: Any, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:
    """`rng.gumbel`."""
    return loc + scale * rng.gumbel(0.0, 1.0, extent(size, loc, scale))


def uniform(rng: Any, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
    """`rng.uniform`."""
    return low + (high - low) * rng.uniform(0.0, 1.0, extent(size, low, high))


def exponential(rng: Any, scale: Any = 1.0, size: Any = None) -> Any:
    """`rng.exponential`."""
    return scale * rng.exponential(1.0, extent(size, scale))


def rayleigh(rng: Any, scale: Any = 1.0, size: Any = None) -> Any:
    """`rng.rayleigh`."""
    return scale * rng.rayleigh(1.0, extent(size, scale))


def lognormal(rng: Any, mean: Any = 0.0, sigma: Any = 1.0, size: Any = None) -> Any:
    """`rng.lognormal`."""
    return np.exp(normal(rng, mean, sigma, size))


def gamma(rng: Any, shape: Any, scale: Any = 1.0, size: Any = None) -> Any:
    """`rng.gamma` in its scale."""
    return scale * rng.standard_gamma(shape, extent(size, shape, scale))


def weibull(rng: Any, a: Any, size: Any = None) -> Any:
    """`rng.weibull`: a power of an exponential draw."""
    return rng.exponential(1.0, extent(size, a)) ** (1.0 / a)


def pareto(rng: Any, a: Any, size: Any = None) -> Any:
    """`rng.pareto`: the exponential of an exponential draw."""
    return np.expm1(rng.exponential(1.0, extent(size, a)) / a)


def power(rng: Any, a: Any, size: Any = None) -> Any:
    """`rng.power`: a power of a uniform draw."""
    return (-np.expm1(-rng.exponential(1.0, extent(size, a)))) ** (1.0 / a)


def triangular(rng: Any, left: Any, mode: Any, right: Any, size: Any = None) -> Any:
    """`rng.triangular`: the inverse of its distribution function at a uniform draw."""
    level = rng.uniform(0.0, 1.0, extent(size, left, mode, right))
    width = right - left
    rising = level * width <= mode - left
    below = np.sqrt(np.where(rising, level * (mode - left) * width, 1.0))
    above = np.sqrt(np.where(rising, 1.0, (1.0 - level) * (right - mode) * width))
    return np.where(rising, left + below, right - above)


def multivariate_normal(rng: Any, mean: Any, cov: Any, size: Any = None, check_valid: str = "warn", tol: float = 1e-8,
                        *, method: str = "svd") -> Any:
    """`rng.multivariate_normal`: standard draws times a factor of the covariance."""
    n = np.shape(mean)[0]
    if size is None:
        standard = rng.normal(0.0, 1.0, n)
    else:
        standard = rng.normal(0.0, 1.0, (*size, n) if isinstance(size, list | tuple) else (size, n))
    if method == "cholesky":
        return mean + standard @ np.linalg.cholesky(cov).T
    if method == "eigh":
        values, vectors = np.linalg.eigh(cov)
    else:
        vectors, values, _ = np.linalg.svd(cov)
    return mean + standard @ (vectors * np.sqrt(values)).T


def writing(name: str, kwargs: dict[str, Any]) -> Any:
    """The definition of a draw that writes into what it is given; None for any other."""
    if name == "shuffle":
        return shuffle
    return None if getattr(kwargs.get("out"), "value", kwargs.get("out")) is None else INTO.get(name)


# Draws that move values, used for arrays; draws with parameters that are differentiated.
MOVING = {"permutation": permutation, "permuted": permuted, "choice": choice}
SCALED = {"normal": normal, "laplace": laplace, "logistic": logistic, "gumbel": gumbel, "uniform": uniform,
          "exponential": exponential, "rayleigh": rayleigh, "lognormal": lognormal, "gamma": gamma,
          "weibull": weibull, "pareto": pareto, "power": power, "triangular": triangular,
          "multivariate_normal": multivariate_normal}
INTO = {"random": random_into, "standard_normal": standard_normal_into, "permuted": permuted_into,
        "standard_exponential": standard_exponential_into, "standard_gamma": standard_gamma_into}
