"""Lists of numbers that say which elements are meant, and are changed after they were used."""
import numpy as np

from .corpus import program


def front_that_grows(w, c):
    """The same list names more places each time."""
    front = [0, 1]
    total = 0.0
    for k in range(len(c)):
        before = w[front]
        front.append(k)
        after = w[front]
        total += np.sum(before) * np.sum(after) * c[k] + len(front) * np.sum(w[front] ** 2)
    return total


program(front_that_grows, lambda r: (r.normal(size=5), r.normal(size=3)), argnums=(0, 1), analytic=True,
        tags="list-index list-append")


def nearest_first(w, c):
    """A path through all points: those left are taken out of one list, and put into another."""
    left = list(range(len(w)))
    path = [left.pop(0)]
    length = 0.0
    while left:
        steps = (w[left] - w[path[-1]]) ** 2
        j = int(np.argmin(steps))
        length += steps[j] * c
        path.append(left.pop(j))
    return length + np.sum(w[path] * np.arange(len(w)))


program(nearest_first, lambda r: (r.normal(size=6), 1.3), argnums=(0, 1), tags="list-index list-pop while")


def flags_turned(w, c):
    """A list of truths as a mask, and as a condition."""
    on = [True, False, True, False, True]
    total = 0.0
    for k in range(len(c)):
        total += np.sum(np.where(on, w, w ** 2)) * c[k] + np.sum(w[on] ** 2) + np.sum(np.compress(on, w ** 3))
        on[k] = not on[k]
    return total


program(flags_turned, lambda r: (r.normal(size=5), r.normal(size=3)), argnums=(0, 1), analytic=True,
        tags="list-index mask where compress")


def moving_places(w, c):
    """Places that are written to, then moved."""
    places = [0, 2, 4]
    total = 0.0
    for k in range(2):
        y = np.zeros(5)
        y[places] = c * w[k]
        y[places] += w[places]
        np.add.at(y, places, w[k] * w[:3])
        places[k] = places[k] + 1
        total += np.sum(y ** 2 * w)
    return total


program(moving_places, lambda r: (r.normal(size=5), r.normal(size=3)), argnums=(0, 1),
        tags="list-index list-item-assignment add.at")


def counted_and_weighted(w, c):
    """Whole numbers in a list as bins, weights, repetitions and coefficients."""
    bins = [0, 1, 1, 0, 2]
    total = 0.0
    for k in range(len(c)):
        total += np.sum(np.bincount(bins, weights=w, minlength=6) ** 2) * c[k] + np.average(w, weights=bins) ** 2
        total += np.sum(np.repeat(w ** 2, bins)) + np.sum(np.convolve(bins, w) ** 2) + np.interp(0.5, bins[1:3], w[:2])
        bins[k] += k + 1
    return total


program(counted_and_weighted, lambda r: (r.normal(size=5), r.normal(size=3)), argnums=(0, 1),
        tags="bincount average repeat convolve list-item-assignment")


def neighbours_in_lists(w, c):
    """A list of lists of places; each may grow."""
    rows = [[0, 1], [2]]
    total = 0.0
    for k in range(len(c)):
        for row in rows:
            total += np.sum(w[row]) ** 2 * c[k]
        rows[k % 2].append(k)
    return total


program(neighbours_in_lists, lambda r: (r.normal(size=5), r.normal(size=3)), argnums=(0, 1), analytic=True,
        tags="list-index nested-list list-append")


def sorted_in_place(w, c):
    """An order that is sorted, turned round and handed to a function that adds to it."""
    order = [2, 0, 1]

    def longer(places, k):
        places.append(k)
        return np.sum(w[places] * np.arange(len(places)))

    total = 0.0
    for k in range(len(c)):
        total += longer(order, k) * c[k]
        order.sort(key=lambda i: -i)
        total += np.take(w, order)[0] * w[order][-1]
        order.reverse()
    return total


program(sorted_in_place, lambda r: (r.normal(size=5), r.normal(size=3)), argnums=(0, 1), analytic=True,
        tags="list-index sort reverse take")


def displays_in_arithmetic(t, w):
    """Displays of what is differentiated where arrays are meant."""
    e = np.array([1.0, 2.0]) - [t[0], t[0] * t[1]]
    f = np.mean(w * (t[1], t[0])) + np.sum(w[:1] * [t[0], t[1]] * w)
    return np.sum(e ** 2) + f + np.sum(np.power((t[0], t[1]), 2) * w) + np.sum(np.multiply([t[0]], 2) + w)


program(displays_in_arithmetic, lambda r: (r.normal(size=2), r.normal(size=2)), argnums=(0, 1), analytic=True,
        tags="list-display tuple-display broadcasting")
