"""Lists whose arrays differ in size, from item to item and from one moment to the next; the sizes of lists."""
import numpy as np

from .corpus import program


def first_of_many_sizes(x, n):
    """The first item has one element, and is stretched by the others."""
    growing = [x[:1]]
    for _ in range(n):
        growing.append(np.concatenate([x, growing[-1]]))
    return np.sum(growing[0] * growing[1] * growing[1])


program(first_of_many_sizes, lambda r: (r.normal(size=5), 3), argnums=(0,), analytic=True,
        tags="list-append broadcasting concatenate")


def larger_in_their_place(x, n):
    """Items of one element are replaced by longer ones."""
    parts = []
    for i in range(n):
        parts.append(x[:1] * x[i])
    total = 0.0
    for i in range(n):
        part = parts[i]
        total += np.sum(part * part)
        parts[i] = x * 2.0 + part
    for part in parts:
        total += np.sum(part * part)
    return total


program(larger_in_their_place, lambda r: (r.normal(size=5), 3), argnums=(0,), analytic=True,
        tags="list-append list-item-assignment broadcasting slice")


def smaller_in_their_place(x, n):
    """Tails are replaced by their ends, and stretched by what stands beside them."""
    tails = []
    for i in range(n):
        tails.append(x[i:])
    for i in range(n):
        tail = tails[i]
        tails[i] = tail[:1] * tail[-1]
        tails[i - 1] = tails[i] * tails[i - 1]
    return sum(np.sum(tail) for tail in tails)


program(smaller_in_their_place, lambda r: (r.normal(size=5), 3), argnums=(0,), analytic=True,
        tags="list-append list-item-assignment broadcasting slice")


def queue_of_tails(x):
    """A queue of rows: a number, a place, and an array that is shorter in each row."""
    queue = []
    for i, v in enumerate(x):
        queue.append((v, i, x[i:]))
        if len(queue) > 3:
            w, j, tail = queue.pop(0)
            queue[-1] = (w * v, j, tail * w)
    total = 0.0
    for v, i, tail in queue:
        total += v * i + np.sum(tail)
    return total


program(queue_of_tails, lambda r: (r.normal(size=6),), analytic=True,
        tags="list-append list-pop list-item-assignment tuple slice")


def sorted_by_length(x, n):
    """Insertion sort of arrays by their lengths."""
    parts = [x[:n - i] * 2.0 for i in range(n)]
    for i in range(1, n):
        k = i
        while k > 0 and len(parts[k - 1]) > len(parts[k]):
            parts[k - 1], parts[k] = parts[k], parts[k - 1]
            k -= 1
    return sum(np.sum(part * part) * (i + 1) for i, part in enumerate(parts))


program(sorted_by_length, lambda r: (r.normal(size=6), 4), argnums=(0,), analytic=True,
        tags="list-comprehension list-item-assignment while short-circuit slice")


def measured_lists(x, n):
    """np.size, np.shape and np.ndim of lists that grow, of numbers, of arrays and of lists."""
    numbers, rows, nested = [], [], []
    total = 0.0
    for i in range(n):
        numbers.append(x[i])
        rows.append(x[:2] * i)
        nested.append([x[i], 1.0, 2.0])
        total += x[0] * np.size(numbers) + x[1] * np.size(rows) * np.ndim(numbers) + x[2] * np.size(nested)
        total += np.shape(rows)[1] * np.ndim(rows) * x[3] + np.size(numbers, 0) * x[4]
    return total * np.sum(np.ones(np.shape(nested)) * x[0])


program(measured_lists, lambda r: (r.normal(size=5), 4), argnums=(0,), analytic=True, tags="list-append shape")


def arrays_like_lists(x, n):
    """np.ones_like and its kin of lists."""
    numbers = []
    total = 0.0
    for i in range(n):
        numbers.append(x[i])
        total += np.sum(np.ones_like(numbers)) * x[i] + np.sum(np.full_like(numbers, 2.5) * numbers)
        z = np.zeros_like(numbers)
        z[0] = x[1]
        total += np.sum(z * numbers)
    return total + np.sum(np.ones_like((1.0, 2.0, 3.0)) * x[:3])


program(arrays_like_lists, lambda r: (r.normal(size=5), 4), argnums=(0,), analytic=True,
        tags="list-append item-assignment")


def filled_from_the_end(x, n):
    """A list of None that a recursion fills backwards, as Riccati equations are solved: not every item is read."""
    P = [None] * (n + 1)
    P[n] = 0.5 * x
    for i in range(n, 0, -1):
        P[i - 1] = x + 0.1 * P[i] * P[i]
    return sum(np.sum(P[i + 1] ** 2) for i in range(n))


program(filled_from_the_end, lambda r: (r.normal(size=4), 3), analytic=True, tags="none-list backwards")


def remembered_between_loops(x, y):
    """A table of None that one loop fills and another reads, in a program that keeps numbers of the run in a set."""
    seen = set()
    total = 0.0
    for v in x:
        if int(v > 0.1) not in seen:
            seen.add(int(v > 0.1))
            total += v * len(seen)
    memo = [None] * 4
    for k in range(0, 4, 2):
        memo[k] = x[k] * y + total
    for k in range(4):
        total += memo[k] ** 2 if memo[k] is not None else x[k] * y
    return total


program(remembered_between_loops, lambda r: (r.normal(size=4), 0.7), argnums=(0, 1), tags="none-list set")


def layers_side_by_side(x, s):
    """Matrices of several sizes beside the items of an array, left by `continue` and `break`."""
    weights = [x, x[:2], s * np.ones((2, 2)), None]
    total = 0.0
    for k, (w, v) in enumerate(zip(weights, x)):
        if w is None or v > 3.0:
            total *= s
            continue
        weights[2] = weights[2] * 2.0
        total += w.sum() * v
        if k == 3:
            break
    else:
        total = 7.0 * total
    return total


program(layers_side_by_side, lambda r: (r.uniform(0.5, 2.0, size=5), 0.8), argnums=(0, 1),
        tags="zip structures continue")
