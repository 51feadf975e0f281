"""Lists, tuples, dicts, their methods, comprehensions and the iteration tools."""

import itertools
import math
from collections import defaultdict, deque, namedtuple

import numpy as np

from tests.programs.corpus import program


def matrix_product_of_lists(A, B):
    rows, inner, columns = len(A), len(B), len(B[0])
    C = [[0.0] * columns for _ in range(rows)]
    for i in range(rows):
        for j in range(columns):
            for k in range(inner):
                C[i][j] += A[i][k] * B[k][j]
    return sum(sum(c ** 2 for c in row) for row in C)


program(matrix_product_of_lists, lambda r: (r.normal(size=(2, 3)).tolist(), r.normal(size=(3, 2)).tolist()),
        argnums=(0, 1), analytic=True, tags="nested-lists list-store comprehension loops argument-list")


def matrix_product_by_zip(A, B):
    columns = list(zip(*B))
    return [[sum(a * b for a, b in zip(row, column)) for column in columns] for row in A]


def nested_comprehension(A):
    P = matrix_product_by_zip(A, matrix_product_by_zip(A, A))
    return math.fsum([1.0, 2.0]) * P[0][1] + sum(P[i][i] for i in range(len(P)))


program(nested_comprehension, lambda r: (r.normal(size=(3, 3)).tolist(),), analytic=True,
        tags="nested-lists zip-star comprehension generator argument-list")


def parameter_dict(params, x):
    """Weight decay over all values, a forward pass by name."""
    h = np.tanh(x @ params["w"] + params["b"])
    penalty = 0.0
    for name, value in params.items():
        if name.startswith("w"):
            penalty += np.sum(value ** 2)
    return np.mean(h) + 0.1 * penalty + sum(np.sum(v) for v in params.values()) / len(params)


program(parameter_dict, lambda r: ({"w": r.normal(size=(3, 2)), "b": r.normal(size=2),
                "w_unused": r.normal(size=2)},
                                   r.normal(size=(4, 3))), argnums=(0, 1), analytic=True,
        tags="dict items values strings argument-dict")


def dict_comprehension_update(params):
    grads = {k: 2 * v for k, v in params.items()}
    new = {k: params[k] - 0.1 * grads[k] for k in sorted(params)}
    new.update(extra=new["a"] * 2)
    new.setdefault("b", 0.0)
    return np.sum(new["a"] * new["extra"]) + new.get("b", 1.0) ** 2 + new.get("missing", 3.0)


program(dict_comprehension_update, lambda r: ({"b": 0.7, "a": r.normal(size=3)},), analytic=True,
        tags="dict-comprehension dict-methods sorted")


def growing_list(x):
    values = [x]
    while len(values) < 6:
        values.append(np.cos(values[-1]) * values[len(values) // 2])
    values.insert(0, x * x)
    values.extend([values[1], values[-1] * 2])
    last = values.pop()
    return last * sum(values) + values.index(values[2])


program(growing_list, lambda r: (0.8,), analytic=True,
        tags="list-append insert extend pop index while scalar")


def stack_machine(x, program_text):
    stack = []
    for token in program_text.split():
        if token == "x":
            stack.append(x)
        elif token == "+":
            b, a = stack.pop(), stack.pop()
            stack.append(a + b)
        elif token == "*":
            b, a = stack.pop(), stack.pop()
            stack.append(a * b)
        elif token == "sin":
            stack.append(np.sin(stack.pop()))
        else:
            stack.append(float(token))
    assert len(stack) == 1, "unbalanced"
    return stack[0]


program(stack_machine, lambda r: (0.6, "x sin x * 2.5 x x * + +  0.1 +"), analytic=True,
        tags="list-append pop strings branch assert elif")


def prefix_sums_with_accumulate(x):
    sums = list(itertools.accumulate(x))
    products = list(itertools.accumulate(x, lambda a, b: a * b))
    return sum(s * p for s, p in zip(sums, products))


program(prefix_sums_with_accumulate, lambda r: (r.normal(size=4),), analytic=True,
        tags="itertools accumulate lambda")


def pairwise_distances(points):
    total = 0.0
    for p, q in itertools.combinations(points, 2):
        total += np.sqrt(np.sum((p - q) ** 2))
    for i, j in itertools.product(range(2), repeat=2):
        total += points[i][j] * points[j][i]
    return total


program(pairwise_distances, lambda r: (list(r.normal(size=(4, 2))),), analytic=True,
        tags="itertools combinations product argument-list-of-arrays")


Measurement = namedtuple("Measurement", "time value sigma")


def chi_square(amplitude, rate, data):
    chi2 = 0.0
    for m in data:
        model = amplitude * math.exp(-rate * m.time)
        chi2 += ((m.value - model) / m.sigma) ** 2
    return chi2 / len(data)


program(chi_square, lambda r: (2.0, 0.4, [Measurement(t, v, 0.5) for t, v in zip(range(4), r.uniform(0, 2,
                size=4))]),
        argnums=(0, 1), tags="namedtuple list loops math")


def sorted_with_key(x):
    pairs = sorted(enumerate(x), key=lambda pair: abs(pair[1]), reverse=True)
    (first, a), (second, b), *others = pairs
    tail = sum(value * weight for weight, (_, value) in enumerate(others))
    return a ** 3 + 2 * b * a + tail + first * second


program(sorted_with_key, lambda r: (r.normal(size=5),), analytic=True,
        tags="sorted-key enumerate starred-unpacking nested-unpacking")


def min_max_any_all(x):
    values = list(x)
    best = max(values, key=lambda v: (v - 0.3) ** 2)
    lowest = min(values)
    if all(v > -5 for v in values) and any(v < 5 for v in values):
        return best * lowest + max(x[0], x[1], 0.1) ** 2
    return best


program(min_max_any_all, lambda r: (r.normal(size=4),), analytic=True, tags="min max any all generator")


def moving_window(x):
    window = deque(maxlen=3)
    result = 0.0
    for value in x:
        window.append(value)
        if len(window) == 3:
            result += window[0] * window[1] - window[2] ** 2
    return result


program(moving_window, lambda r: (r.normal(size=6),), analytic=True, tags="deque append indexing")


def grouped_sums(x, labels):
    groups = defaultdict(list)
    for value, label in zip(x, labels):
        groups[label].append(value)
    return sum(np.prod(members) for members in groups.values()) + len(groups) * groups["a"][0]


program(grouped_sums, lambda r: (r.normal(size=5), "abaca"), analytic=True,
        tags="defaultdict zip strings values")


def ragged_list_of_arrays(rows):
    longest = max(len(row) for row in rows)
    padded = np.zeros((len(rows), longest))
    for i, row in enumerate(rows):
        padded[i, :len(row)] = row
    return np.sum(np.cumsum(padded, axis=1) ** 2) + sum(row[-1] for row in rows)


program(ragged_list_of_arrays, lambda r: ([r.normal(size=n) for n in (2, 4, 1)],),
        tags="argument-list-of-arrays ragged enumerate cumsum")


def nested_structure(model):
    total = model["scale"]
    for layer in model["layers"]:
        (weight, bias), gain = layer["affine"], layer.get("gain", 1.0)
        total = gain * np.sum(weight) * total + bias
    *_, last = model["layers"]
    return total * last["affine"][0][0]


program(nested_structure, lambda r: ({"scale": 0.5, "layers": [{"affine": (r.normal(size=2), 0.3)},
                                                              {"affine": (r.normal(size=3), -0.2),
                "gain": 1.5}]},),
        analytic=True, tags="nested-dict nested-unpacking starred-unpacking argument-dict")


def adjacency_lists(weights):
    """Shortest path over a small directed graph kept in dictionaries of dictionaries."""
    graph = {"s": {"a": weights[0], "b": weights[1]}, "a": {"t": weights[2], "b": weights[3]},
             "b": {"t": weights[4]}, "t": {}}
    distance = {node: math.inf for node in graph}
    distance["s"] = 0.0
    for node in ("s", "a", "b"):
        for neighbour, weight in graph[node].items():
            candidate = distance[node] + weight
            if candidate < distance[neighbour]:
                distance[neighbour] = candidate
    return distance["t"] ** 2 + distance["b"]


program(adjacency_lists, lambda r: (r.uniform(0.5, 2, size=5),), analytic=True,
        tags="dict-of-dicts branch infinity")


def tuples_as_state(x):
    state = (x[0], (x[1], x[2]))
    for k in range(3):
        a, (b, c) = state
        state = (a + b * c, (c, a - 0.1 * k))
    return state[1][0] * state[0] + state[-1][-1]


program(tuples_as_state, lambda r: (r.normal(size=3),), analytic=True,
        tags="nested-tuples nested-unpacking loops")


def list_slices_and_repeats(x):
    values = list(x) + [x[0] * 2] * 2
    values[1:3] = [values[2] ** 2, values[1]]
    del values[0]
    reversed_copy = values[::-1]
    values.reverse()
    assert values == reversed_copy
    return sum(a * b for a, b in itertools.pairwise(values)) + sum(itertools.chain(values, [1.0], x))


program(list_slices_and_repeats, lambda r: (r.normal(size=4),), analytic=True,
        tags="list-slice-store del reverse pairwise chain assert")


def generator_function(x):
    def partial_products(values):
        product = 1.0
        for value in values:
            product *= value
            yield product

    def scaled(values, factor):
        yield from (factor * v for v in values)

    return sum(p for p in partial_products(scaled(x, 1.5)))


program(generator_function, lambda r: (r.normal(size=4),), analytic=True,
        tags="generator-function yield-from")


def array_from_comprehension(x):
    vandermonde = np.array([[v ** k for k in range(3)] for v in x])
    columns = np.column_stack([np.sin(x), x ** 2])
    stacked = np.vstack([vandermonde.T @ columns, columns[:2, :]])
    return np.sum(np.concatenate([row for row in stacked if row[0] < 100]) ** 2)


program(array_from_comprehension, lambda r: (r.normal(size=4),), analytic=True,
        tags="comprehension array-of-list column_stack vstack concatenate")


def lists_as_rows_of_an_array(x, n):
    xs, ys, table = [], [], []
    for i in range(n):
        xs.append(x[0] * i)
        ys.append(np.sin(x[1] * i))
        table.append([x[0] ** j for j in range(n)])
    both = np.array([xs, ys])
    return (np.sum(both[0] * both[1]) + np.sum(np.stack([ys, xs]) ** 2) + np.sum(np.vstack((xs, ys))[1])
            + np.sum(np.concatenate([xs, ys]) ** 3) + np.linalg.norm(table) + np.max([np.max(xs), x[1]]))


program(lists_as_rows_of_an_array, lambda r: (r.uniform(0.5, 1, size=2), 3), tags="list-append np.array np.stack")
