"""A list argument that grows at the front."""
import numpy as np


def f(items, s):
    items.insert(0, 0)
    return s


ARGS = (
    [np.array([[-0.772, 1.122, 1.044], [-0.562, 0.998, 0.302], [0.712, -1.132, -0.696]]), np.array([[0.796, 0.754, 1.058], [0.797, 0.618, 0.595], [0.414, -0.932, 0.877]])],
    -0.747,
)
