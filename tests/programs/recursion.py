"""Functions that call themselves."""

import math

import numpy as np

from tests.programs.corpus import program


def integral(f, a, b, tolerance):
    middle = (a + b) / 2
    whole = (b - a) / 6 * (f(a) + 4 * f(middle) + f(b))
    left = (middle - a) / 6 * (f(a) + 4 * f((a + middle) / 2) + f(middle))
    right = (b - middle) / 6 * (f(middle) + 4 * f((middle + b) / 2) + f(b))
    if abs(left + right - whole) < 15 * tolerance:
        return left + right + (left + right - whole) / 15
    return integral(f, a, middle, tolerance / 2) + integral(f, middle, b, tolerance / 2)


def adaptive_quadrature(width, upper):
    return integral(lambda x: math.exp(-width * x * x) / (1 + x), 0.0, upper, 1e-3)


program(adaptive_quadrature, lambda r: (1.3, 2.0), argnums=(0, 1),
        tags="recursion lambda closure math early-return")


def fft(x):
    n = len(x)
    if n == 1:
        return x
    even, odd = fft(x[::2]), fft(x[1::2])
    twiddle = np.exp(-2j * np.pi * np.arange(n // 2) / n)
    return np.concatenate([even + twiddle * odd, even - twiddle * odd])


def spectral_energy(signal, weights):
    spectrum = fft(signal.astype(complex))
    return np.sum(weights * np.abs(spectrum) ** 2) / len(signal)


program(spectral_energy, lambda r: (r.normal(size=8), r.uniform(size=8)), argnums=(0, 1),
        tags="recursion complex strided-slice concatenate astype")


def pairwise_sum(values):
    if len(values) <= 2:
        return values.sum()
    half = len(values) // 2
    return pairwise_sum(values[:half]) + pairwise_sum(values[half:])


def divide_and_conquer(x):
    return pairwise_sum(np.sin(x) * x) * pairwise_sum(x ** 2)


program(divide_and_conquer, lambda r: (r.normal(size=9),), analytic=True, tags="recursion slices")


def power(base, n):
    if n == 0:
        return 1.0
    if n % 2:
        return base * power(base, n - 1)
    return power(base * base, n // 2)


def polynomial_of_powers(x):
    return sum(c * power(x, k) for k, c in enumerate([0.5, -1.0, 0.25, 2.0, -0.125]))


program(polynomial_of_powers, lambda r: (1.3,), analytic=True, tags="recursion generator enumerate scalar")


def evaluate(node, variables):
    """An expression tree of nested tuples."""
    if isinstance(node, str):
        return variables[node]
    if isinstance(node, (int, float)):
        return node
    operator, *operands = node
    values = [evaluate(operand, variables) for operand in operands]
    if operator == "+":
        return sum(values)
    if operator == "*":
        product = 1
        for value in values:
            product *= value
        return product
    if operator == "sin":
        return np.sin(values[0])
    raise ValueError(operator)


def expression_tree(variables):
    tree = ("+", ("*", "x", "x", ("sin", "y")), ("*", 3.0, ("sin", ("*", "x", "y"))), 1)
    return evaluate(tree, variables)


program(expression_tree, lambda r: ({"x": 0.7, "y": -1.2},), analytic=True,
        tags="recursion dict isinstance starred-unpacking nested-tuples raise")


def determinant(M):
    if len(M) == 1:
        return M[0][0]
    total = 0.0
    for j in range(len(M)):
        minor = [row[:j] + row[j + 1:] for row in M[1:]]
        total += (-1) ** j * M[0][j] * determinant(minor)
    return total


def determinant_by_expansion(A):
    return determinant(A.tolist())


program(determinant_by_expansion, lambda r: (r.normal(size=(3, 3)),), analytic=True,
        tags="recursion nested-lists tolist comprehension list-concatenation")


def hanoi_cost(n, a, b, c, weights):
    if n == 0:
        return 0.0
    return hanoi_cost(n - 1, a, c, b, weights) + weights[a] * weights[b] + hanoi_cost(n - 1, c, b, a, weights)


def weighted_hanoi(weights):
    return hanoi_cost(3, 0, 1, 2, weights) ** 2


program(weighted_hanoi, lambda r: (r.normal(size=3),), analytic=True, tags="recursion indexing")


def is_even_step(x, n):
    if n == 0:
        return x
    return is_odd_step(x * 1.1 + 0.1, n - 1)


def is_odd_step(x, n):
    if n == 0:
        return -x
    return is_even_step(x * x / 2, n - 1)


def mutual_recursion(x):
    return is_even_step(x, 4) + is_even_step(x, 3)


program(mutual_recursion, lambda r: (0.9,), analytic=True, tags="recursion mutual scalar")


def merge_sort(values):
    if len(values) < 2:
        return values
    half = len(values) // 2
    left, right = merge_sort(values[:half]), merge_sort(values[half:])
    merged = []
    i = j = 0
    while i < len(left) and j < len(right):
        if left[i] <= right[j]:
            merged.append(left[i])
            i += 1
        else:
            merged.append(right[j])
            j += 1
    return merged + left[i:] + right[j:]


def weighted_order_statistics(x):
    ordered = merge_sort(list(x))
    return sum(w * v * v for w, v in zip(range(1, 10), ordered))


program(weighted_order_statistics, lambda r: (r.normal(size=6),), analytic=True,
        tags="recursion while and list-append list-concatenation zip")


def fill_heap(heap, x, node):
    """Partial products down a binary heap, written into one array."""
    if node >= len(heap):
        return
    parent = heap[(node - 1) // 2] if node else 1.0
    heap[node] = parent * np.cos(x[node])
    fill_heap(heap, x, 2 * node + 1)
    fill_heap(heap, x, 2 * node + 2)


def heap_products(x):
    heap = np.zeros(len(x))
    fill_heap(heap, x, 0)
    return np.sum(heap)


program(heap_products, lambda r: (r.normal(size=7),), tags="recursion call-for-effect bare-return in-place")


def continued_fraction(coefficients, depth=0):
    if depth == len(coefficients) - 1:
        return coefficients[depth]
    return coefficients[depth] + 1.0 / continued_fraction(coefficients, depth + 1)


program(continued_fraction, lambda r: (r.uniform(1, 2, size=5),), analytic=True,
        tags="recursion default-argument entry-recursive")


def de_casteljau(points, t):
    if len(points) == 1:
        return points[0]
    return de_casteljau((1 - t) * points[:-1] + t * points[1:], t)


def bezier_length(points):
    length = 0.0
    last = points[0]
    for t in np.linspace(0.2, 1.0, 5):
        now = de_casteljau(points, t)
        length += np.sqrt(np.sum((now - last) ** 2))
        last = now
    return length


program(bezier_length, lambda r: (r.normal(size=(4, 2)),), analytic=True,
        tags="recursion slices array-iteration linspace")


def strassen(A, B):
    n = A.shape[0]
    if n <= 1:
        return A * B
    h = n // 2
    a, b, c, d = A[:h, :h], A[:h, h:], A[h:, :h], A[h:, h:]
    e, f, g, k = B[:h, :h], B[:h, h:], B[h:, :h], B[h:, h:]
    p1, p2, p3 = strassen(a, f - k), strassen(a + b, k), strassen(c + d, e)
    p4, p5 = strassen(d, g - e), strassen(a + d, e + k)
    p6, p7 = strassen(b - d, g + k), strassen(a - c, e + f)
    return np.block([[p5 + p4 - p2 + p6, p1 + p2], [p3 + p4, p1 + p5 - p3 - p7]])


def strassen_loss(A, B):
    return np.sum(strassen(A, B) ** 2)


program(strassen_loss, lambda r: (r.normal(size=(4, 4)), r.normal(size=(4, 4))), argnums=(0, 1),
        analytic=True,
        tags="recursion block slices tuple-assignment")
