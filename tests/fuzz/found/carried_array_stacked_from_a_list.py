# wrong gradient: zeros; the cotangent of an array that is carried beside it (it is in a list with memory that is
# written) was not handed on to the list that the array was stacked from
import numpy as np


def f(x):
    items = [2.0 * x]
    moved = x * 1.0
    if x[1, 2] > 1.0:
        items.append(moved)
    else:
        moved[2] = 1.0
        items.append(np.stack([*items[0]]))
    return np.sum(items[1] ** 2)


ARGS = (np.array([[-0.548, -0.618, 0.971], [-0.398, -0.836, -1.146], [0.74, 0.901, 0.601]]),)
