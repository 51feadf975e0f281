"""The forward mode of `np.sort` along an axis."""
import numpy as np


def f(y):
    return np.mean(np.sort(y * np.ones((3, 3)), axis=0))


ARGS = (
    1.043,
)
