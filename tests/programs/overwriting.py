"""Buffers reused, arguments overwritten, arrays shared through containers and calls."""

import numpy as np

from tests.programs.corpus import program


def buffer_reused_after_reading(x):
    buffer = np.empty(3)
    total = 0.0
    for k in range(3):
        buffer[:] = x * (k + 1)
        total += np.sum(np.sin(buffer))
        buffer *= buffer
        total += buffer[k] ** 2
    return total


program(buffer_reused_after_reading, lambda r: (r.normal(size=3),), tags="buffer-reuse empty in-place")


def argument_overwritten_after_use(x):
    y = x ** 2
    x[:] = np.cos(x)
    z = y * x
    x[0] = 7.0
    return np.sum(z) + x.prod()


program(argument_overwritten_after_use, lambda r: (r.normal(size=3),), analytic=True, mutates=(0,),
        tags="argument-overwritten constant-store")


def view_kept_across_iterations(x):
    y = np.array([1.0, 0.5, 0.25, 2.0])
    previous = y[:2]
    out = 0.0
    for k in range(3):
        y[k + 1] = y[k] * x[k]
        out += previous[1] * x[k]
        previous = y[k:k + 2]
        previous[0] += x[-1]
    return out + y.sum()


program(view_kept_across_iterations, lambda r: (r.normal(size=3),), tags="view-kept view-write loops")


def accumulate(target, source):
    target += source * 2


def same_array_twice(x):
    y = x * x
    accumulate(y, y)
    accumulate(y[1:], y[:-1])
    return np.sum(y * x)


program(same_array_twice, lambda r: (r.normal(size=4),), analytic=True,
        tags="same-argument-twice call-for-effect view-argument overlap")


def shifted_product(a, b, out):
    for i in range(len(a)):
        out[i] = a[i] * b[i]
    return out


def output_overlaps_inputs(x):
    z = np.cos(x)
    shifted_product(z[1:], z[:-1], z[1:])
    w = shifted_product(z, z, z)
    return np.sum(w * x)


program(output_overlaps_inputs, lambda r: (r.normal(size=4),), analytic=True,
        tags="same-argument-twice overlap view-argument recurrence")


def scaled(v, factor):
    """Gives its argument back untouched for factor 1, else something new."""
    if factor == 1:
        return v
    return v * factor


def result_aliases_argument(x):
    y = x + 1.0
    a = scaled(y, 1)
    b = scaled(y, 2)
    a[0] = x[1] ** 2
    b[1] = x[0]
    return np.dot(y, b)


program(result_aliases_argument, lambda r: (r.normal(size=3),), analytic=True,
        tags="result-aliases-argument early-return")


def buffers_swapped(u):
    A, B = u.copy(), np.zeros_like(u)
    for t in range(4):
        B[1:-1] = A[1:-1] + 0.1 * (A[2:] - 2 * A[1:-1] + A[:-2])
        B[0], B[-1] = A[-2], A[1]
        A, B = B, A
    return np.sum(A ** 2) + B[2]


program(buffers_swapped, lambda r: (r.normal(size=6),), analytic=True, tags="swap time-loop in-place")


def three_buffers_rotated_in_list(u):
    levels = [u.copy(), 1.5 * u, np.zeros_like(u)]
    for n in range(5):
        old, now, new = levels
        new[:] = 2 * now - old - 0.1 * now ** 2
        levels = [now, new, old]
    return levels[1] @ levels[0]


program(three_buffers_rotated_in_list, lambda r: (r.normal(size=3),), analytic=True,
        tags="swap list-unpacking arrays-in-list in-place")


def arrays_in_list_mutated(x):
    parts = [x[:2] * 1.0, x[2:] * 2.0]
    first = parts[0]
    parts.append(first)
    parts[2][0] *= x[3]
    for p in parts:
        p += 1.0
    return np.sum(parts[0] ** 2) + parts[1].sum() * first[1]


program(arrays_in_list_mutated, lambda r: (r.normal(size=4),), analytic=True,
        tags="arrays-in-list alias-write in-place list-append")


def dictionary_shares_arrays(x):
    state = {"position": x * 1.0, "velocity": x[::-1].copy()}
    backup = state["position"]
    state["velocity"] -= 0.5 * state["position"]
    state["position"] += state["velocity"]
    state["position"] = state["position"] * 2
    return np.sum(backup ** 2) + np.sum(state["position"] * x)


program(dictionary_shares_arrays, lambda r: (r.normal(size=3),), analytic=True,
        tags="dict-store alias-write in-place rebinding")


def augmented_rebinds_scalar_but_mutates_array(x):
    s = x[0]
    t = s
    s += x[1]
    v = x[1:] * 1
    w = v
    w += v
    w = w + 1
    return s * t + v @ w


program(augmented_rebinds_scalar_but_mutates_array, lambda r: (r.normal(size=3),), analytic=True,
        tags="alias-write in-place rebinding")


def self_multiplication(x):
    y = x.copy()
    y *= y
    y -= y[::-1]
    y += y * y
    return np.sum(y * x)


program(self_multiplication, lambda r: (r.normal(size=4),), analytic=True,
        tags="in-place overlap reversed-slice")


def conditional_alias(x):
    a = x * 2
    b = x * 3
    for k in range(4):
        target = a if k % 2 == 0 else b
        target[k % 3] = target[k % 3] ** 2 + a[0] * b[1]
    return a.sum() + np.sum(b * b)


program(conditional_alias, lambda r: (0.3 * r.normal(size=3),), analytic=True,
        tags="alias-write conditional-expression modulo")


def broadcast_row_into_matrix(x, A):
    M = A.copy()
    M[:] = x
    M[:, 0] = x[1]
    M[1] += A[0]
    return np.sum(M ** 2 * A)


program(broadcast_row_into_matrix, lambda r: (r.normal(size=3), r.normal(size=(3, 3))), argnums=(0, 1),
        analytic=True, tags="broadcast-store in-place")


def exchanged_elements(x):
    y = x ** 2
    y[0], y[2] = y[2], y[0]
    y[[1, 3]] = y[[3, 1]]
    return np.sum(y * np.array([1.0, 10.0, 100.0, 1000.0])) / 100


program(exchanged_elements, lambda r: (r.normal(size=4),), analytic=True, tags="swap-elements fancy-store")


def sorted_by_exchanges(x):
    """Bubble sort of the values, then a weighted sum of what comes out."""
    y = x.copy()
    n = len(y)
    for i in range(n):
        for j in range(n - 1 - i):
            if y[j] > y[j + 1]:
                y[j], y[j + 1] = y[j + 1], y[j]
    return sum((k + 1) * v ** 2 for k, v in enumerate(y))


program(sorted_by_exchanges, lambda r: (r.normal(size=5),), analytic=True,
        tags="swap-elements branch loops generator enumerate")


def out_argument_chain(x):
    buffer = np.empty_like(x)
    np.multiply(x, x, out=buffer)
    np.sin(buffer, out=buffer)
    np.add(buffer, x, buffer)
    np.subtract(buffer[1:], buffer[:-1], out=buffer[1:])
    return buffer @ x


program(out_argument_chain, lambda r: (r.normal(size=4),), analytic=True, tags="out-argument overlap")


def fill_and_copyto(x):
    y = np.empty((2, 3))
    y.fill(x[0])
    np.copyto(y[1], x * x)
    np.copyto(y, 2.0, where=np.array([False, True, False]))
    z = np.full(3, x[2])
    z[1] = y[1, 0]
    return np.sum(y ** 2) + np.prod(z)


program(fill_and_copyto, lambda r: (r.normal(size=3),), tags="fill copyto full constant-store")


def stack_of_saved_states(x):
    """A history of the state: copies where copied, the same array where not."""
    history, shared = [], []
    s = x.copy()
    for k in range(3):
        history.append(s.copy())
        shared.append(s)
        s *= 1.0 + 0.1 * k
        s[k % len(s)] -= x[0] ** 2
    return sum(np.sum(h ** 2) for h in history) + shared[0][0] * shared[1][1]


program(stack_of_saved_states, lambda r: (r.normal(size=3),), analytic=True,
        tags="list-append arrays-in-list copy in-place")


def nested_views(A):
    B = A * A
    block = B[1:, 1:]
    row = block[0]
    end = row[-1:]
    end[0] = block[1, 0] * row[0]
    row[:] *= 2
    block -= A[0, 0]
    return np.sum(B * A)


program(nested_views, lambda r: (r.normal(size=(3, 3)),), analytic=True,
        tags="view-write nested-views in-place")


def integer_buffer_cuts_derivative(x):
    counts = np.zeros(3, dtype=int)
    y = x * x
    counts[:] = y * 10
    counts[0] = 4
    return np.sum(y * counts) + y[1]


program(integer_buffer_cuts_derivative, lambda r: (r.uniform(1, 2, size=3),),
        tags="integer-array cast in-place")
