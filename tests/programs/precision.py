"""Single precision, mixed types, 0-d arrays, scalars of every kind."""

import math

import numpy as np

from tests.programs.corpus import program

SINGLE = 2e-5


def single_precision_network(W, b, x):
    h = np.tanh(x @ W + b)
    return np.mean(h * h)


program(single_precision_network, lambda r: (r.normal(size=(3, 2)).astype(np.float32),
                                             r.normal(size=2).astype(np.float32),
                                             r.normal(size=(4, 3)).astype(np.float32)),
        argnums=(0, 1, 2), analytic=True, tags="float32 vector", tolerance=SINGLE)


def single_precision_loop(x):
    total = x.dtype.type(0)
    y = x.copy()
    for i in range(1, len(y)):
        y[i] = np.sin(y[i - 1]) + y[i]
        total += y[i] * y[i]
    return total


program(single_precision_loop, lambda r: (r.normal(size=6).astype(np.float32),),
        tags="float32 recurrence dtype",
        tolerance=SINGLE)


def mixed_precision(x, y):
    low = x.astype(np.float32)
    product = low * y.mean()
    wide = product.astype(float) + y[:3]
    return np.sum(wide ** 2) + float(low[0])


program(mixed_precision, lambda r: (r.normal(size=3), r.normal(size=5)), argnums=1,
        tags="float32 astype mixed")


def zero_dimensional(x):
    s = np.array(2.0)
    s[()] = x[0] * 3
    t = np.asarray(x[1]) * s
    t += x[2]
    u = np.zeros(())
    u += t * t
    return u


program(zero_dimensional, lambda r: (r.normal(size=3),), tags="0-d in-place")


def one_element_result(x):
    return np.sum(x ** 2, keepdims=True) * x[:1]


program(one_element_result, lambda r: (r.normal(size=3),), analytic=True, tags="one-element-result keepdims")


def scalars_of_every_kind(a, b):
    c = np.float64(a) * b + 1
    d = 2 ** b + b ** 2 - a ** b
    e = abs(-c) + (-d) + (+a) + 7 // 2 + 7 % 4
    f = max(a, b) * min(a, b, 100) + pow(a, 3) + round(2.5)
    return e * f + math.copysign(1.0, -a) * math.fabs(b)


program(scalars_of_every_kind, lambda r: (1.3, 0.7), argnums=(0, 1), tags="scalar math builtins")


def math_module(x):
    a = math.exp(x) + math.log(x + 2, 3) + math.log1p(x) + math.expm1(x) + math.pow(x + 1, 1.5)
    b = math.hypot(x, 2.0) + math.atan2(x, 0.5) + math.degrees(x) / 100 + math.erf(x) + math.lgamma(x + 1)
    c = math.tan(x) + math.asinh(x) + math.cosh(x) + math.sqrt(x)
    c += math.fsum([x, x * x]) + math.dist([x, 1], [0, x])
    return a * b + c * math.floor(3.2) + math.gamma(x + 2) + math.prod([x, 2.0, x]) + math.fmod(x, 0.3)


program(math_module, lambda r: (0.8,), tags="scalar math")


def integers_mixed_in(x, n, k):
    index = np.arange(n) * k % 3
    weights = np.array([1, 2, 3])
    total = 0
    for i, w in zip(index, weights[index]):
        total += w * x[i] / (i + 1)
    return total * n // 1 + total / k


program(integers_mixed_in, lambda r: (r.normal(size=3), 5, 2),
        tags="integer-array type-join floor-divide")


def integer_powers(x):
    n = -2
    values = x ** 3 + x ** 0.5 + x ** n + 2.0 ** x + x ** x
    return np.sum(values) + np.sum(np.float64(3) ** np.arange(3) * x[:3]) + x[0] ** 0


program(integer_powers, lambda r: (r.uniform(0.5, 2, size=4),), analytic=True, tags="powers vector")


def empty_arrays(x):
    nothing = x[5:]
    total = np.sum(nothing) + np.prod(nothing)
    joined = np.concatenate([nothing, x, x[:0]])
    for value in nothing:
        total += value
    return total * np.sum(joined ** 2)


program(empty_arrays, lambda r: (r.normal(size=3),), analytic=True, tags="empty-slice concatenate")


def fortran_order_and_strides(A):
    F = np.asfortranarray(A) * 2
    G = F[::-1, ::2]
    G[1] += A[0, :2]
    H = np.ascontiguousarray(F.T)
    H[0] *= 3
    return np.sum(F ** 2) + np.sum(H[1:] * A.T[1:])


program(fortran_order_and_strides, lambda r: (r.normal(size=(3, 4)),), analytic=True,
        tags="strided-slice view-write asfortranarray ascontiguousarray")


def non_contiguous_arguments(A, b):
    for i in range(A.shape[0]):
        b[i] = b[i] * A[i].sum()
        A[i, i] = b[i] ** 2
    return np.sum(A * A)


program(non_contiguous_arguments, lambda r: (r.normal(size=(6, 4))[::2, ::-1], r.normal(size=9)[::3]),
        argnums=(0, 1), analytic=True, mutates=(0, 1), tags="strided-argument in-place constant-store")


def boolean_arithmetic(x):
    mask = x > 0
    negative = np.sum((~mask).astype(float) * np.exp(x))
    return np.sum(mask * x ** 2) + mask.sum() * x[0] + negative + (x[1] > 5) * x[2]


program(boolean_arithmetic, lambda r: (r.normal(size=5),), analytic=True, tags="boolean-array mask astype")
