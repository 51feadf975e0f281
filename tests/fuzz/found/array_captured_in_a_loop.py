# crash: the cotangent of an array that a closure captures in a loop is no array before the last iteration's adjoint
import numpy as np


def f(x, y):
    for k in range(3):
        grid = np.full((3, 3), y * (k + x))

        def corner(u):
            return grid[0, 0] * u
        grid[2, 1] = corner(x)
        if grid[0, 1] > 0.0:
            for column in zip(*grid):
                pass
    for k in range(2):
        plain = np.full(3, y * k)

        def first(u):
            return plain[0] * u
    return sum(column) + first(x) + np.sum(plain * x)


ARGS = (0.81, 0.37)
