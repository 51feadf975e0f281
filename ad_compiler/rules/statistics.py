"""Covariance, interpolation of samples, histograms."""
from __future__ import annotations

from typing import Any

import numpy as np

from ad_compiler import support
from ad_compiler.rules.extrema import shares
from ad_compiler.rules.linalg_parts import adjoint, conj, is_complex
from ad_compiler.rules.row import Partial, Row, rule
from ad_compiler.rules.samples import Samples, calls
from ad_compiler.rules.samples import call as of

NODES = np.array([-1.5, -0.6, 0.1, 0.9, 1.7])
CELLS = np.array([0, 2, 1, 2, 0, 4])


def variables(m: Any, m_ndim: int, rowvar: bool) -> Any:
    """One row per variable, centred."""
    rows = np.reshape(m, (1, -1)) if m_ndim < 2 else m if rowvar else np.transpose(m)
    return rows - np.mean(rows, axis=1, keepdims=True)


def observations(m_shape: Any, m_ndim: int, rowvar: bool) -> Any:
    if m_ndim == 0:
        return 1
    return m_shape[-1] if m_ndim < 2 or rowvar else m_shape[0]


def divisor(ddof: Any, bias: bool) -> Any:
    """What `np.cov` takes from the number of observations."""
    return (0 if bias else 1) if ddof is None else ddof


def covariance_vjp(g: Any, m: Any, m_shape: Any, m_ndim: int, rowvar: bool, bias: bool, ddof: Any) -> Any:
    """C = X X^H / n with centred X; the mean's own part cancels."""
    rows = variables(m, m_ndim, rowvar)
    square = np.reshape(g, (rows.shape[0], rows.shape[0]))
    n = observations(m_shape, m_ndim, rowvar) - divisor(ddof, bias)
    bar = (square + adjoint(square)) @ rows / n
    return np.reshape(bar if rowvar or m_ndim < 2 else np.transpose(bar), m_shape)


def covariance_jvp(d: Any, m: Any, m_shape: Any, m_ndim: int, rowvar: bool, bias: bool, ddof: Any,
                   out_shape: Any) -> Any:
    n = observations(m_shape, m_ndim, rowvar) - divisor(ddof, bias)
    half = variables(d, m_ndim, rowvar) @ adjoint(variables(m, m_ndim, rowvar)) / n
    return np.reshape(half + adjoint(half), out_shape)


def along_rows(x: Any, y: Any) -> Any:
    """The real inner product of the rows of two matrices."""
    product = x * conj(y)
    return np.sum(np.real(product) if is_complex(product) else product, axis=1, keepdims=True)


def correlation_vjp(g: Any, m: Any, m_shape: Any, m_ndim: int, rowvar: bool) -> Any:
    """R = Y Y^H with rows Y = X / |X|: project the cotangent of Y across Y, over |X|."""
    rows = variables(m, m_ndim, rowvar)
    lengths = np.sqrt(along_rows(rows, rows))
    units = rows / lengths
    square = np.reshape(g, (rows.shape[0], rows.shape[0]))
    bar = (square + adjoint(square)) @ units
    bar = (bar - units * along_rows(bar, units)) / lengths
    return np.reshape(bar if rowvar or m_ndim < 2 else np.transpose(bar), m_shape)


def correlation_jvp(d: Any, m: Any, m_ndim: int, rowvar: bool, out_shape: Any) -> Any:
    rows, tangents = variables(m, m_ndim, rowvar), variables(d, m_ndim, rowvar)
    lengths = np.sqrt(along_rows(rows, rows))
    units = rows / lengths
    turned = (tangents - units * along_rows(tangents, units)) / lengths
    half = turned @ adjoint(units)
    return np.reshape(half + adjoint(half), out_shape)


def given(value: Any) -> bool:
    return value is not None


def from_edges(g: Any, a: Any, dtype: Any, out: Any) -> Any:
    """Cotangent of the data from that of the edges, which divide the span from minimum to maximum evenly.

    (The span of no data is constant; `initial=` is there for it.)
    """
    t = support.ramp(out[1].shape[0], True, dtype)
    return (np.sum(g * (1 - t)) * shares(a, np.min(a, initial=np.inf), dtype, None, False)
            + np.sum(g * t) * shares(a, np.max(a, initial=-np.inf), dtype, None, False))


def edges_along(d: Any, a: Any, dtype: Any, out: Any) -> Any:
    t = support.ramp(out[1].shape[0], True, dtype)
    low = np.sum(d * shares(a, np.min(a, initial=np.inf), dtype, None, False))
    high = np.sum(d * shares(a, np.max(a, initial=-np.inf), dtype, None, False))
    return low * (1 - t) + high * t


DATA: Samples = calls(lambda s: [of(s.real(3, 5), rowvar=rows) for rows in (True, False)])
COMPLEX: Samples = calls(lambda s: [of(s.complex(3, 5), rowvar=rows) for rows in (True, False)])
TABLE: Samples = calls(
    lambda s: of(np.array([-1.1, 0.3, 1.2]), NODES, s.real(5)),
    lambda s: of(np.array([[-2.2, 0.3], [1.2, 2.9]]), NODES, s.real(5)),
    lambda s: of(np.array([-2.2, 0.3, 2.9]), NODES, s.real(5), 0.5, -0.5),
    lambda s: of(0.4, NODES, s.complex(5)))

RULES: tuple[Row, ...] = (
    rule(np.cov, "m, *, rowvar=True, bias=False, ddof=None", holomorphic=False, samples=DATA + COMPLEX + calls(
             lambda s: of(s.real(4)), lambda s: of(s.real(3, 5), bias=True),
             lambda s: of(s.real(3, 5), ddof=0)),
         m=Partial(vjp=covariance_vjp, jvp=covariance_jvp)),
    rule(np.corrcoef, "x, *, rowvar=True", holomorphic=False, samples=DATA + COMPLEX,
         x=Partial(
             vjp=lambda g, x, x_shape, x_ndim, rowvar: correlation_vjp(g, x, x_shape, x_ndim, rowvar),
             jvp=lambda d, x, x_ndim, rowvar, out_shape: correlation_jvp(d, x, x_ndim, rowvar, out_shape))),
    rule(np.interp, "x, xp, fp, left=None, right=None", samples=TABLE,
         x=Partial(vjp=lambda g, x, xp, fp: g * support.interp_slope(x, xp, fp),
                   jvp=lambda d, x, xp, fp: d * support.interp_slope(x, xp, fp)),
         xp=Partial(vjp=lambda g, x, xp, fp: -support.interp_transposed(
                        g * support.interp_slope(x, xp, fp), x, xp, True, True),
                    jvp=lambda d, x, xp, fp: -support.interp_slope(x, xp, fp) * np.interp(x, xp, d)),
         fp=Partial(vjp=lambda g, x, xp, left, right: support.interp_transposed(
                        g, x, xp, given(left), given(right)),
                    jvp=lambda d, x, xp, left, right: np.interp(
                        x, xp, d, 0 if given(left) else None, 0 if given(right) else None)),
         left=Partial(vjp=lambda g, x, xp: np.where(x < xp[0], g, 0), jvp=lambda d, x,
                      xp: np.where(x < xp[0], d, 0)),
         right=Partial(vjp=lambda g, x, xp: np.where(x > xp[-1], g, 0),
                       jvp=lambda d, x, xp: np.where(x > xp[-1], d, 0))),
    rule(np.bincount, "x, weights=None, minlength=0",
         weights=Partial(vjp=lambda g, x: g[x],
                         jvp=lambda d, x, out_size: np.bincount(x, d, out_size)),
         samples=calls(lambda s: of(CELLS, s.real(6)), lambda s: of(CELLS, s.real(6), minlength=8))),
    rule(np.histogram, "a, bins=10, range=None, *, weights=None", results=2, view="maybe",
         note="the counts are constant in the data, whose range moves the edges",
         a=Partial(vjp=lambda g, a, a_dtype, bins_ndim, range, out: None if g[1] is None or bins_ndim or given(range)
                   else from_edges(g[1], a, a_dtype, out),
                   jvp=lambda d, a, a_dtype, bins_ndim, range, out: (
                       np.zeros_like(out[0]), np.zeros_like(out[1]) if bins_ndim or given(range)
                       else edges_along(d, a, a_dtype, out))),
         weights=Partial(
             vjp=lambda g, a, bins, range, weights_shape: None if g[0] is None else np.reshape(
                 support.gather(g[0], support.histogram_source(a, bins, range)), weights_shape),
             jvp=lambda d, a, bins, range, out: (np.histogram(a, bins, range, weights=d)[0],
                                                 np.zeros_like(out[1]))),
         samples=calls(lambda s: of(np.arange(6) % 4, 3, weights=s.real(6)),
                       lambda s: of(np.arange(6), np.array([0, 2, 3, 5]), weights=s.real(6)),
                       lambda s: of(np.arange(6).reshape(2, 3), 2, (1, 4), weights=s.real(2, 3)),
                       lambda s: of(s.distinct(2, 3), 3), lambda s: of(s.distinct(6), 3, (-1, 1)))),
)
