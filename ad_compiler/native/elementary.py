"""exp, log, tanh, expm1, log1p, sin, cos and pow in the language of kernels: inlined, branch-free, vectorised.

numba has no vector mathematics of its own: a call of `math.exp` in a loop is a call per element. These are short
polynomials of numbers only, so that LLVM turns a loop with them into vector instructions of any width. They
round to at most 2 units in the last place over the whole range, and infinities, NaN, signed zeros, subnormal
results and overflow are as in C. `tests/native/test_elementary.py` measures both.

They are plain Python functions of one float (`pow` of two) and give the same numbers uncompiled. All compute in
float64: a float32 argument is exact in it, and the result is rounded once when it is stored.

Where to use them, and where not:
*   In a loop that is vectorised they cost 1.1 to 2.4 ns an element, the C library's 4 to 10. In a loop whose
    iterations wait for each other (`y[i] = sin(y[i-1])`) they are half as fast as `math.sin`: use that there.
*   `near_sin` and `near_cos` hold for |x| <= FAR = 1e8. Beyond, the argument must be reduced by a table of
    digits, which no vector loop does cheaply: a kernel that uses them reports `abs(x) > FAR` in its status, and
    is run again with `math.sin`. Of one argument, both together cost what one does.

How they work: the argument is reduced to a small interval, a polynomial runs there (coefficients from
interpolation at Chebyshev points, with relative errors below 2**-56), and the power of two is put back through
the bits of the number. Adding `ROUND` rounds to an integer that can then be read from the low bits. The
constants of a reduction are split so that products with small integers are exact (Cody and Waite, Software Manual
for the Elementary Functions, 1980). log and log1p use `log(m) = f - (f**2 / 2 - s * (f**2 / 2 + R(s**2)))` with
`f = m - 1`, `s = f / (2 + f)` and sin, cos the tail of the reduced argument (Tang, ACM TOMS 16, 1990). `pow`
carries its logarithm as the sum of two floats (Dekker, Numerische Mathematik 18, 1971).
"""
from __future__ import annotations

import numpy as np

ROUND = 6755399441055744.0  # 1.5 * 2**52: adding it leaves an integer in the low bits
EXPONENT = 4503599627370496.0  # 2**52
EXPONENT_BITS = 0x4330000000000000
LOG2_E = 1.4426950408889634
LN2_HI, LN2_LO = 0.6931471803691238, 1.9082149292705877e-10
SQRT_HALF_BITS = 0x3FE6A09E667F3BCD
ONE_BITS = 0x3FF0000000000000
FRACTION = 0x000FFFFFFFFFFFFF
HIGH_HALF = -134217728  # all bits but the lowest 27: two such halves multiply exactly
POW_LARGE = 1.1805916207174113e21  # 2**70: every power of a number but 1 is 0 or infinite beyond
TINY = 2.2250738585072014e-308
TWO54 = 18014398509481984.0
INF = float("inf")
NAN = float("nan")


def bits(x: float) -> np.int64:
    """The bits of a float64 as an int64."""
    return np.float64(x).view(np.int64)


def from_bits(n: int) -> float:
    """The float64 with these bits."""
    return np.int64(n).view(np.float64)


def power_of_two(k: float) -> float:
    """2**k for an integral float -1022 <= k <= 1023."""
    return from_bits((bits(k + ROUND) + 1023) << 52)


def plus(total: float, x: float) -> float:
    """One more number in a sum whose order is free, as NumPy's is: in machine code several totals are kept at once."""
    return total + x


def exp_polynomial(r: float) -> float:
    """(exp(r) - 1 - r) / r**2 for |r| <= log(2) / 2."""
    z = r * r
    even = 0.5 + z * (0.04166666666666667 + z * (0.0013888888888883711 + z * (
        2.480158732567746e-05 + z * (2.755727347871858e-07 + z * 2.09147553258932e-09))))
    odd = 0.1666666666666667 + z * (0.008333333333326084 + z * (0.0001984126987500228 + z * (
        2.755725517000089e-06 + z * 2.5105312729622103e-08)))
    return even + r * odd


def exp_sum(x: float, x_lo: float) -> float:
    """exp(x + x_lo) for a small x_lo; x in any range."""
    x = 710.0 if x > 710.0 else x
    x = -746.0 if x < -746.0 else x
    k = (x * LOG2_E + ROUND) - ROUND
    hi = x - k * LN2_HI
    lo = x_lo - k * LN2_LO
    r = hi + lo
    y = 1.0 + (r + (((hi - r) + lo) + r * r * exp_polynomial(r)))
    half = (0.5 * k + ROUND) - ROUND  # two factors: one power of two alone does not reach the subnormals
    return y * power_of_two(half) * power_of_two(k - half)


def exp(x: float) -> float:
    """e**x."""
    x = np.float64(x)
    return exp_sum(x, 0.0)


def expm1(x: float) -> float:
    """e**x - 1, without cancellation."""
    x = np.float64(x)
    clamped = 710.0 if x > 710.0 else x
    clamped = -40.0 if clamped < -40.0 else clamped
    k = (clamped * LOG2_E + ROUND) - ROUND
    hi = clamped - k * LN2_HI
    lo = k * LN2_LO
    r = hi - lo
    small = r + (((hi - r) - lo) + r * r * exp_polynomial(r))
    half = power_of_two(k - 1.0)
    y = 2.0 * (half * small + (half - 0.5))
    return x if k == 0.0 and small == x else (small if k == 0.0 else y)


def log_polynomial(z: float) -> float:
    """(log((1 + s) / (1 - s)) - 2 s) / s**3 at z = s**2, |s| <= 0.1716."""
    w = z * z
    even = 0.666666666666667 + w * (0.28571428626533335 + w * (0.18182895746801428 + w * 0.1461916477718642))
    odd = 0.3999999999989827 + w * (0.22222211043822487 + w * 0.1533150172120742)
    return even + z * odd


def log(x: float) -> float:
    """The natural logarithm."""
    x = np.float64(x)
    scaled = x * TWO54 if x < TINY else x
    n = bits(scaled) + (ONE_BITS - SQRT_HALF_BITS)
    k = from_bits(((n >> 52) & 0x7FF) | EXPONENT_BITS) - EXPONENT
    k = k - (1077.0 if x < TINY else 1023.0)
    f = from_bits((n & FRACTION) + SQRT_HALF_BITS) - 1.0
    s = f / (2.0 + f)
    half = 0.5 * f * f
    y = k * LN2_HI - ((half - (s * (half + s * s * log_polynomial(s * s)) + k * LN2_LO)) - f)
    y = x if x == INF else y
    y = NAN if x < 0.0 else y
    y = -INF if x == 0.0 else y
    return y if x == x else x


def log1p(x: float) -> float:
    """log(1 + x), without cancellation."""
    x = np.float64(x)
    u = 1.0 + x
    n = bits(u) + (ONE_BITS - SQRT_HALF_BITS)
    k = (from_bits(((n >> 52) & 0x7FF) | EXPONENT_BITS) - EXPONENT) - 1023.0
    lost = (x - (u - 1.0) if u < 2.0 else 1.0 - (u - x)) / u
    f = from_bits((n & FRACTION) + SQRT_HALF_BITS) - 1.0
    f = x if k == 0.0 else f
    lost = 0.0 if k == 0.0 or k > 60.0 else lost
    s = f / (2.0 + f)
    half = 0.5 * f * f
    y = k * LN2_HI - ((half - (s * (half + s * s * log_polynomial(s * s)) + (k * LN2_LO + lost))) - f)
    y = x if x == INF else y
    y = NAN if x < -1.0 else y
    y = -INF if x == -1.0 else y
    y = x if x == 0.0 else y  # keeps the sign of a zero
    return y if x == x else x


def tanh(x: float) -> float:
    """The hyperbolic tangent: a polynomial near zero, 1 - 2 / (exp(2 |x|) + 1) elsewhere, one division for both."""
    x = np.float64(x)
    size = abs(x)
    z = size * size
    w = z * z
    even = -0.3333333333333333 + w * (-0.05396825396822037 + w * (-0.0088632354631468 + w * (
        -0.001455819097151351 + w * (-0.0002384727248015252 + w * -3.372080112046316e-05))))
    odd = 0.1333333333333331 + w * (0.021869488534073906 + w * (0.0035921267699626346 + w * (
        0.0005899052969492733 + w * (9.455133052924858e-05 + w * 7.874274345344419e-06))))
    near = x + x * (z * (even + z * odd))
    far = 1.0 - 2.0 / (exp_sum(2.0 * size, 0.0) + 1.0)
    far = -far if x < 0.0 else far
    y = near if size < 0.55 else far
    return x if x == 0.0 else y  # keeps the sign of a zero


TWO_OVER_PI = 0.6366197723675814
PI_HALF = (
    1.5707963109016418, 1.5893254712295857e-08, 6.123233932053594e-17, 6.368317055225283e-25, 1.082856673921914e-32,
)
FAR = 1.0e8
"""The size up to which `near_sin` and `near_cos` are accurate."""


def rest_of_turn(x: float, n: float) -> tuple[float, float]:
    """(r, tail): x = q * pi / 2 + r + tail for an integer q, |r| <= pi / 4; `n` is x * 2 / pi + ROUND."""
    k = n - ROUND
    a = x - k * PI_HALF[0]
    b, b_lo = difference(a, k * PI_HALF[1])
    c, c_lo = difference(b, k * PI_HALF[2])
    d, d_lo = difference(c, k * PI_HALF[3])
    lo = (b_lo + c_lo) + (d_lo - k * PI_HALF[4])
    r = d + lo
    return r, (d - r) + lo


def difference(a: float, b: float) -> tuple[float, float]:
    """a - b as a rounded number and what the rounding lost."""
    d = a - b
    back = d - a
    return d, (a - (d - back)) - (b + back)


def sine_of_rest(r: float, tail: float) -> float:
    """sin(r + tail) for |r| <= pi / 4."""
    z = r * r
    w = z * z
    s = (-0.16666666666666666 + w * (-0.00019841269836722437 + w * -2.505112794596564e-08)) + z * (
        0.008333333333330925 + w * (2.755731608382574e-06 + w * 1.591784866512194e-10))
    return r + (r * z * s + tail * (1.0 - 0.5 * z))


def cosine_of_rest(r: float, tail: float) -> float:
    """cos(r + tail) for |r| <= pi / 4."""
    z = r * r
    w = z * z
    c = (0.041666666666666664 + w * (2.480158729874308e-05 + w * 2.0876143829213935e-09)) + z * (
        -0.0013888888888887382 + w * (-2.755731726001471e-07 + w * -1.1382456865840483e-11))
    half = 0.5 * z
    u = 1.0 - half
    return u + (((1.0 - u) - half) + (w * c - r * tail))


def near_sin(x: float) -> float:
    """The sine for |x| <= FAR."""
    x = np.float64(x)
    n = x * TWO_OVER_PI + ROUND
    r, tail = rest_of_turn(x, n)
    quarter = bits(n)
    y = cosine_of_rest(r, tail) if quarter & 1 else sine_of_rest(r, tail)
    y = -y if quarter & 2 else y
    return x if x == 0.0 else y  # keeps the sign of a zero


def near_cos(x: float) -> float:
    """The cosine for |x| <= FAR."""
    x = np.float64(x)
    n = x * TWO_OVER_PI + ROUND
    r, tail = rest_of_turn(x, n)
    quarter = bits(n)
    y = sine_of_rest(r, tail) if quarter & 1 else cosine_of_rest(r, tail)
    return -y if (quarter + 1) & 2 else y


def two_product(a: float, b: float) -> tuple[float, float]:
    """a * b as a rounded number and what the rounding lost, if nothing overflows or is subnormal."""
    a_hi = from_bits(bits(a) & HIGH_HALF)
    b_hi = from_bits(bits(b) & HIGH_HALF)
    a_lo = a - a_hi
    b_lo = b - b_hi
    p = a * b
    return p, ((a_hi * b_hi - p) + (a_hi * b_lo + a_lo * b_hi)) + a_lo * b_lo


def log_twice(x: float) -> tuple[float, float]:
    """log(x) as the sum of two numbers, to about 2**-65 of its value; x is positive and finite."""
    scaled = x * TWO54 if x < TINY else x
    n = bits(scaled) + (ONE_BITS - SQRT_HALF_BITS)
    k = from_bits(((n >> 52) & 0x7FF) | EXPONENT_BITS) - EXPONENT
    k = k - (1077.0 if x < TINY else 1023.0)
    f = from_bits((n & FRACTION) + SQRT_HALF_BITS) - 1.0
    d = 2.0 + f
    d_lo = f - (d - 2.0)
    s = f / d
    p, p_lo = two_product(s, d)
    s_lo = (((f - p) - p_lo) - s * d_lo) / d
    z, z_lo = two_product(s, s)
    z_lo += 2.0 * s * s_lo
    t, t_lo = two_product(z, 0.6666666666666666)
    t_lo += z * 3.700743415417188e-17 + z_lo * 0.6666666666666666
    w = z * z
    even = 0.4000000000000003 + w * (0.22222222271577194 + w * (0.15385580432422732 + w * 0.12915928441837027))
    odd = 0.2857142857133746 + w * (0.18181808170109615 + w * 0.1328577029146943)
    rest = w * (even + z * odd)
    u = t + rest
    u_lo = ((t - u) + rest) + t_lo
    v, v_lo = two_product(s, u)
    v_lo += s * u_lo + s_lo * u
    m = 2.0 * s + v
    m_lo = ((2.0 * s - m) + v) + (v_lo + 2.0 * s_lo)
    whole = k * LN2_HI
    y = whole + m
    back = y - whole
    y_lo = ((whole - (y - back)) + (m - back)) + (m_lo + k * LN2_LO)
    hi = y + y_lo
    return hi, (y - hi) + y_lo


def pow(x: float, y: float) -> float:
    """x**y for real numbers, as C has it: NaN for a negative x unless y is an integer."""
    x = np.float64(x)
    y = np.float64(y)
    size = abs(y)
    large = size >= EXPONENT
    whole = size if large else (size + EXPONENT) - EXPONENT
    odd = whole == size and size < 2.0 * EXPONENT and (bits(size if large else size + EXPONENT) & 1) == 1
    base = abs(x)
    log_hi, log_lo = log_twice(base)
    small = POW_LARGE if y > POW_LARGE else y
    small = -POW_LARGE if small < -POW_LARGE else small
    e, e_lo = two_product(log_hi, small)
    e_lo += log_lo * small
    r = exp_sum(e, e_lo if abs(e) < 800.0 else 0.0)
    r = NAN if x < 0.0 and whole != size else r
    r = (0.0 if y < 0.0 else INF) if base == INF else r
    r = (INF if y < 0.0 else 0.0) if base == 0.0 else r
    r = -r if odd and bits(x) < 0 else r
    r = x + y if x != x or y != y else r
    return 1.0 if y == 0.0 or x == 1.0 else r
