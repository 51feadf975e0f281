"""Habits of published numerical libraries: how they guard, convert, warn and hide their parts."""

import sys
import warnings

import numpy as np
import scipy.linalg

from tests.programs.corpus import program


def cylinder_to_cartesian(p):
    """One point or many: the ellipsis makes the columns views, also where nothing but a number is left of them."""
    p = np.asarray(p, dtype=float)
    q = np.empty_like(p)
    q[..., 0] = p[..., 0] * np.cos(p[..., 1])
    q[..., 1] = p[..., 0] * np.sin(p[..., 1])
    q[..., 2] = p[..., 2] ** 2
    return q @ np.array([1.0, -2.0, 0.5])


program(cylinder_to_cartesian, lambda r: (r.normal(size=3),), tags="ellipsis 0-d-view")


def entry_seen_through_ellipsis(x):
    y = x * 2.0
    first = y[..., 0]
    last = y[-1]
    y[0] = x[1] * x[2]
    y[-1] = x[0] ** 3
    return first * last + np.sum(y * y)


program(entry_seen_through_ellipsis, lambda r: (r.normal(size=4),), analytic=True, tags="ellipsis 0-d-view")


def halves_that_begin_alike(t, p):
    gain = -t
    loss = -t
    loss -= p
    gain -= t * p
    return np.sum(gain * gain * loss)


program(halves_that_begin_alike, lambda r: (r.normal(size=3), r.normal(size=3)), argnums=(0, 1), analytic=True,
        tags="in-place same-value")


def shared_negatives(u, v, t, p):
    uu = u * u
    vv = v * v
    return np.sum(-vv * t + p * -uu + (-uu - vv) * t)


program(shared_negatives, lambda r: tuple(r.normal(size=(4, 3))), argnums=(0, 1, 2, 3), analytic=True,
        tags="same-value")


def guarded_sinc(x):
    tiny = np.finfo(x.dtype).eps
    largest = np.iinfo(np.int16).max
    total = 0.0
    for value in x:
        angle = abs(value)
        if angle < 10 * np.finfo(float).eps or angle > largest:
            total += 1.0
        elif angle < sys.float_info.max:
            total += np.sin(angle) / (angle + tiny)
    return total + np.log(np.sum(x * x) + sys.float_info.min)


program(guarded_sinc, lambda r: (r.normal(size=4),), tags="finfo iinfo float_info")


def deprecated_norm(v):
    warnings.warn("use length() instead", DeprecationWarning, stacklevel=2)
    return np.sqrt(np.sum(v * v))


def normalised_by_old_name(v, w):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.dot(v, w) / deprecated_norm(v)


program(normalised_by_old_name, lambda r: (r.normal(size=3), r.normal(size=3)), argnums=(0, 1), tags="warnings")


def checked_parts(*parts):
    """Parts of several kinds, looked at one after the other."""
    for part in parts:
        if not isinstance(part, (list, np.ndarray, type(None))):
            raise TypeError(f"parts are lists or arrays, not {type(part)}")
        if isinstance(part, type(None)):
            continue
        if np.linalg.norm(part) == 0:
            raise ValueError("a part must not be zero")
    first, second, *_ = parts
    return np.zeros(3) if first is None or second is None else np.cross(first, second)


def checks_of_optional_parts(x, y):
    return np.sum(checked_parts(x, y, None) ** 2) + np.sum(checked_parts(y, None) * x) + checked_parts([1.0, 2.0, 0.0],
                                                                                                     x)[2]


program(checks_of_optional_parts, lambda r: (r.normal(size=3), r.normal(size=3)), argnums=(0, 1), analytic=True,
        tags="loop-over-kinds continue none")


def first_layers(layers, x):
    total = 0.0
    for depth, layer in enumerate(layers):
        if layer is None:
            continue
        if isinstance(layer, tuple):
            weight, bias = layer
            x = np.tanh(weight @ x + bias)
            if np.sum(x) > 1.5:
                total += 10.0 * x[0]
                break
            if x[0] < 0:
                continue
        else:
            for factor in (layer, None, [2.0, 0.5]):
                if factor is None:
                    continue
                if isinstance(factor, list) and x[1] > 0:
                    break
                x = x * np.sum(factor)
        total += (depth + 1) * np.sum(x ** 2)
    else:
        total += x[1]
    return total


program(first_layers, lambda r: ([(r.normal(size=(2, 2)), r.normal(size=2)), None, 0.7,
                                  (r.normal(size=(2, 2)), r.normal(size=2)), 1.3], r.normal(size=2)), argnums=(0, 1),
        tags="loop-over-kinds continue break for-else")


def rows_joined_from_lists(a, m):
    directions = np.r_[[a / np.sqrt(a @ a)], [m / np.sqrt(m @ m)]]
    columns = np.c_[[a[0], m[0]], [1.0, m[2]]]
    return np.sum(directions.T @ np.array([[0.2, -1.0, 0.4], [1.0, 0.3, 0.7]])) * np.sum(columns * columns)


program(rows_joined_from_lists, lambda r: (r.normal(size=3), r.normal(size=3)), argnums=(0, 1), analytic=True,
        tags="r_ c_ lists")


def quaternion_from_parts(S, z, gamma):
    chi = (gamma * np.identity(3) + S @ S) @ z
    q = [gamma, *chi]
    q /= np.linalg.norm(q)
    return q[0] + q[1] * q[2] - q[3]


program(quaternion_from_parts, lambda r: (r.normal(size=(3, 3)), r.normal(size=3), 0.8), argnums=(0, 1, 2),
        tags="starred list-of-unknown-length arithmetic")


def last_positive(x):
    """Nothing is there before the first one, and what is there later is from an earlier turn."""
    for value in x:
        if value > 0:
            found = value * value
    return found


program(last_positive, lambda r: (np.array([0.3, 1.2, -0.4, 0.9, -1.0]),), analytic=False, tags="held-name loops")


def held_between_turns(x):
    total = 0.0
    for k, value in enumerate(x):
        if value > 0 or k == 0:
            held, row = value * value, np.sin(x)
        try:
            if value < -0.5:
                raise ValueError("kept as it was")
            scale = 1.0 + value
        except ValueError:
            total += 0.25
        match k:
            case 0:
                level = value
            case 3:
                level = value * held
        total += held * scale + row[k] * level
    return total


program(held_between_turns, lambda r: (np.array([0.3, 1.2, -0.7, 0.9, -1.0, -0.2]),), tags="held-name loops try match")


def held_between_outer_turns(x):
    total = 0.0
    turn = 0
    while turn < 3:
        for value in x:
            if value > 0 and turn == 0:
                best = value * value
                weights = np.cos(x) * value
            total += best * (turn + 1) + weights[turn]
        turn += 1
    return total + best


program(held_between_outer_turns, lambda r: (np.array([0.3, 1.2, -0.7, 0.9]),), tags="held-name nested-loops")


def bracketed_root(a, low, high):
    """Illinois variant of the false position, with its memory of which end stayed."""
    f_low, f_high = low ** 3 - a, high ** 3 - a
    for step in range(60):
        if f_low * f_high > 0:
            raise ValueError("no change of sign")
        if step == 0:
            side = 0
            width = high - low
        middle = (f_high * low - f_low * high) / (f_high - f_low)
        f_middle = middle ** 3 - a
        if abs(f_middle) < 1e-13:
            root = middle
            break
        if f_middle * f_high > 0:
            high, f_high = middle, f_middle
            if side == -1:
                f_low = f_low / 2
            side = -1
        else:
            low, f_low = middle, f_middle
            if side == 1:
                f_high = f_high / 2
            side = 1
        root = middle
    return root * 2.0 + width


program(bracketed_root, lambda r: (5.0, 0.5, 4.0), argnums=(0, 1, 2), tags="held-name root-finding break")


def noise_of_blocks(dt, variance):
    block = [[0.25 * dt ** 4, 0.5 * dt ** 3], [0.5 * dt ** 3, dt ** 2]]
    return np.sum(scipy.linalg.block_diag(*[block] * 2) * variance * np.arange(16.0).reshape(4, 4))


program(noise_of_blocks, lambda r: (0.7, 1.3), argnums=(0, 1), analytic=True, tags="scipy block_diag lists")
