"""Memory with several names at run time: which array a name stands for depends on the path taken."""

import numpy as np

from tests.programs.corpus import program


def swap_on_condition(a, b, n):
    a, b = a.copy(), b.copy()
    for k in range(n):
        b[1:-1] = np.sin(a[:-2]) + a[2:] * a[1:-1]
        if b[1] > 0.3:
            a, b = b, a
        else:
            a[2] = b[1] * b[2] + 0.1 * k
    return np.sum(a * a) + b[2] * b[3]


program(swap_on_condition, lambda r: (r.normal(size=6), r.normal(size=6), 5), argnums=(0, 1), tags="swap if")


def view_or_copy(x, scale):
    y = x.copy()
    z = y if scale > 1.0 else y * 2.0
    z[0] = x[1] * y[1] * scale
    halves = z.reshape(2, 2)
    halves[1] *= y[:2]
    return np.sum(y * z) + np.sum(halves ** 3)


program(view_or_copy, lambda r: (r.normal(size=4), 1.5), tags="alias conditional-expression reshape")
program(view_or_copy, lambda r: (r.normal(size=4), 0.5), name="view_or_copy_copied", tags="alias reshape")


def written_in_a_list(x):
    rows = []
    for i in range(4):
        row = x * (i + 1)
        rows.append(row)
        row[0] = row[1] * row[2]
    for row in rows:
        row *= np.cos(x)
    rows[1] = rows[0]
    rows[1][0] = 3.0 * x[1]
    last = rows.pop()
    last[1:] *= x[0]
    return np.sum(np.array(rows) ** 2) + last @ last


program(written_in_a_list, lambda r: (r.normal(size=5),), analytic=True, tags="list append pop item-store")


def picked_buffer(x, which):
    buffers = [np.zeros_like(x), np.ones_like(x), x.copy()]
    for k in which:
        chosen = buffers[k]
        chosen[1:] += x[k] * chosen[:-1]
    total = 0.0
    for k, buffer in enumerate(buffers):
        total = total + (k + 1) * np.sum(buffer ** 2)
    return total


program(picked_buffer, lambda r: (r.normal(size=4), np.array([1, 2, 0, 1])), analytic=True, tags="list-item update")


def larger_half(x):
    y = np.exp(x)
    left, right = y[:3], y[3:]
    big = left if left.sum() > right.sum() else right
    big[0] = big[1] * big[2]
    big -= left * 0.5
    return np.sum(y * y)


program(larger_half, lambda r: (r.normal(size=6),), tags="view conditional-expression overlap")


def rolling_windows(x, n):
    previous, current = np.zeros(5), x.copy()
    history = [previous]
    for k in range(n):
        following = previous
        following[1:] = current[:-1] * current[1:] + previous[:-1]
        if following[2] < 0.0:
            break
        history.append(following)
        previous, current = current, following
    return np.sum(current * current) + sum(np.sum(np.cos(h)) for h in history)


program(rolling_windows, lambda r: (np.abs(r.normal(size=5)) + 0.2, 4), tags="swap break list")


def in_grid_of_arrays(x):
    grid = [[x * (i + j + 1) for j in range(2)] for i in range(2)]
    grid[0][1][0] = x[1] * x[2]
    first = grid[0]
    grid[1] = first
    for row in grid:
        for cell in row:
            cell[1:] += cell[0] * x[0]
    return sum(np.sum(cell * cell) for row in grid for cell in row)


program(in_grid_of_arrays, lambda r: (r.normal(size=3),), analytic=True, tags="list-of-lists item-store alias")


def relax(A, steps):
    work = [A.copy(), np.zeros_like(A)]
    now = 0
    for _ in range(steps):
        old, new = work[now], work[1 - now]
        new[1:-1, 1:-1] = 0.25 * (old[:-2, 1:-1] + old[2:, 1:-1] + old[1:-1, :-2] + old[1:-1, 2:])
        new[0] = old[0] * old[1]
        now = 1 - now
    return np.sum(work[now] ** 3)


program(relax, lambda r: (r.normal(size=(4, 5)), 3), analytic=True, tags="buffers list-item")


def windows_of_changing_signal(x, n):
    a, b = x.copy(), x * 2.0
    windows = np.lib.stride_tricks.sliding_window_view(a, 3)
    total = 0.0
    for k in range(n):
        total = total + np.sum(windows ** 2) + windows[1, 2] * windows[k, 0]
        a[k] = b[k + 1] * a[k + 1]
        a, b = b, a
    return total + np.sum(a * b)


program(windows_of_changing_signal, lambda r: (r.normal(size=6), 3), analytic=True, tags="swap sliding-window")


def trace_of_updates(A, v):
    A = A * v
    d = np.diagonal(A)
    rows = np.broadcast_to(A[0], (2, 3))
    before = np.sum(d * d) + rows[1, 2] * d[1]
    A[1, 1] = before
    A[0] *= v
    return np.sum(d ** 3) + np.sum(rows * A[1:])


program(trace_of_updates, lambda r: (r.normal(size=(3, 3)), r.normal(size=3)), argnums=(0, 1), analytic=True,
        tags="diagonal broadcast-to item-store")


def halves_exchanged(x):
    y = x * x
    left, right = np.split(y, 2)
    left[0] = right[1] * x[0]
    right += left
    first, second = (left, right) if x[0] > 0.0 else (right, left)
    second *= first[1]
    return np.sum(y ** 2) + left @ right


program(halves_exchanged, lambda r: (r.normal(size=6),), tags="split view-write alias")


def total_of_windows(x, n):
    total = 0.0
    for i in range(n):
        for j in range(n):
            total = total + x[i:i + 2, j:j + 2] * x[j, i]
    row = 0
    for i in range(n):
        row = row + np.sin(x[i])
    return np.sum(total ** 2) + np.sum(row * row)


program(total_of_windows, lambda r: (r.normal(size=(4, 4)), 3), analytic=True, tags="number-then-array loops")
