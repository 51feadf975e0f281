"""What published programs do and no other program here did: each is one such thing, in other words."""

import logging
import math
import warnings

import numpy as np

from tests.programs.corpus import program

log = logging.getLogger("published")
RULES = {2: (np.array([-0.57735, 0.57735]), np.ones(2)), 3: (np.array([-0.7746, 0.0, 0.7746]), np.array([5, 8, 5]) / 9)}


def turned(yaw, pitch, points):
    """Rotations as they are written in every textbook: rows of whole numbers among rows of cosines."""
    c, s = math.cos(yaw), math.sin(yaw)
    about_z = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    c, s = math.cos(pitch), math.sin(pitch)
    about_y = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    pose = np.asarray([(1, 0, 0), (0, 1, 0), (0, yaw, pitch)])
    return np.sum((about_z @ about_y @ points) ** 3) + np.linalg.det(pose @ about_y)


program(turned, lambda r: (0.4, -0.7, r.normal(size=(3, 4))), argnums=(0, 1, 2), analytic=False,
        tags="int-rows array-display")


def attitude_from_rotation(m):
    """Only the triangle that `eigh` reads is filled."""
    k = np.array([
        [m[0, 0] - m[1, 1] - m[2, 2], 0, 0, 0],
        [m[1, 0] + m[0, 1], m[1, 1] - m[0, 0] - m[2, 2], 0, 0],
        [m[2, 0] + m[0, 2], m[2, 1] + m[1, 2], m[2, 2] - m[0, 0] - m[1, 1], 0],
        [m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], m[0, 0] + m[1, 1] + m[2, 2]]]) / 3.0
    values, vectors = np.linalg.eigh(k)
    q = vectors[[3, 0, 1, 2], np.argmax(values)]
    if q[0] < 0:
        q = -q
    return q @ np.array([1.0, -2.0, 0.5, 3.0]) + values[0] * np.linalg.eigvalsh(k)[1]


program(attitude_from_rotation, lambda r: (r.normal(size=(3, 3)),), tags="eigh one-triangle")


def axis_of_map(a):
    """What is left of a column when its axes of length one are taken away depends on sizes of the call."""
    values, vectors = np.linalg.eigh(a @ a.T)
    axis = np.real(vectors[:, -1]).squeeze()
    u, s, vt = np.linalg.svd(a)
    return np.abs(axis[0]) * values[-1] + np.abs(vt[0].squeeze() @ axis) + s[0]


program(axis_of_map, lambda r: (r.normal(size=(3, 3)),), tags="squeeze eigh svd")


def gauss_by_count(y, order):
    """A table of rules by the number of nodes, and an order that is part of a name."""
    log.debug("%d nodes", len(y))
    name = f"gauss/{order}"
    if name.startswith("gauss/"):
        order = name[6:]
    if len(y) not in RULES:
        raise ValueError(order)
    nodes, weights = RULES[len(y)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        out = weights @ (y * np.exp(nodes * y))
    return out if order == "up" else -out


program(gauss_by_count, lambda r: (r.normal(size=3), "up"), analytic=True, tags="table-by-size logging text-slice")


def clipped_or_not(power, limit):
    """Written for arrays and numbers alike: what a number does not support is caught."""
    power = np.minimum(power, 4.0 * limit)
    below = power < limit
    try:
        power[below] = limit * limit
    except TypeError:
        power = limit * limit if below else power
    try:
        power.name = "power"
    except AttributeError:
        power = power * 2.0
    largest = np.max(np.abs(power), axis=-1)
    return np.sum(power) + largest


def both_clipped(p, power, limit):
    return clipped_or_not(p, limit) * clipped_or_not(power, limit)


program(both_clipped, lambda r: (0.7, np.array([0.2, 1.5, 9.0]), 0.9), argnums=(0, 1, 2), tags="caught-by-kind 0-d")


def where_defined(latitude, radius):
    """A single number indexed by a truth value, as an array would be by a mask."""
    iso = np.arctanh(np.sin(latitude)) - 0.1 * np.sin(latitude)
    inside = np.abs(latitude) < 1.5
    return np.sum(iso[inside]) * radius + np.sum(np.asarray(radius)[~inside])


program(where_defined, lambda r: (0.4, 1.7), argnums=(0, 1), tags="mask-of-a-number")


def bordered(x):
    """A row of as many zeros as there are columns, and a one."""
    n = x.shape[0]
    m = np.vstack((np.outer(x, np.ones(n + 1)), ((0.0,) * n) + (1.0,)))
    return np.sum(m @ m[:, :1] * m[-1] + m**2)


program(bordered, lambda r: (r.normal(size=3),), analytic=True, tags="tuple-repeated")


def window_indices(shape, size, step):
    """Rows and columns of the windows of an image, as networks from scratch number them."""
    channels, height, width = shape
    rows, columns = (height - size) // step + 1, (width - size) // step + 1
    i = np.tile(np.repeat(np.arange(size), size), channels).reshape(-1, 1) + step * np.repeat(
        np.arange(rows), columns).reshape(1, -1)
    j = np.tile(np.arange(size), size * channels).reshape(-1, 1) + step * np.tile(
        np.arange(columns), rows).reshape(1, -1)
    return np.repeat(np.arange(channels), size * size).reshape(-1, 1), i, j


def convolved_by_windows(image, filters):
    k, i, j = window_indices(image.shape, 2, 1)
    out = np.maximum(filters @ image[k, i, j], 0.0)
    return np.sum(out * np.tile(out[0], (out.shape[0], 1)))


program(convolved_by_windows, lambda r: (r.normal(size=(2, 4, 5)), r.normal(size=(3, 8))), argnums=(0, 1),
        tags="tile-by-sizes im2col")


class _Rate:
    """It is asked for its text, as by those who keep what a layer was made with."""

    def __init__(self, rate):
        self.rate = rate

    def __str__(self):
        return "Rate(rate={})".format(self.rate)

    def __repr__(self):
        return f"<{self}>"

    def __call__(self, step):
        return self.rate / (1.0 + step)


def described_steps(x, rate):
    schedule = _Rate(rate)
    kept = {"rate": str(schedule), "shown": f"{schedule!r}", "id": "descent"}
    for step in range(4):
        x = x - schedule(step) * np.sin(x) * len(kept)
    return np.sum(x * x)


program(described_steps, lambda r: (r.normal(size=3), 0.3), argnums=(0, 1), analytic=True, tags="__str__ __repr__")
