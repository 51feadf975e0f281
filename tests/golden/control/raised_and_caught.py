# case: vjp wrt=x args=x=f64[3]
import numpy as np


def normalized(x):
    total = np.sum(x)
    if total < 0.0:
        raise ValueError("negative")
    return x / total


def loss(x):
    try:
        y = normalized(x)
    except ValueError:
        # keep what came in
        y = x * x
    return np.sum(y ** 3)

# output
import numpy as np


def loss_fwd(x):
    y = None
    thrown = None
    out = None
    total = np.sum(x)
    t = total < 0.0
    if t:
        out_1 = None
        thrown = True
    else:
        out = x / total
        out_1 = out
        thrown = False
    y = x * x if thrown else out_1
    out_1 = np.sum(y ** 3)
    return out_1, (y, thrown, x, t, out, total)


import numpy as np


def loss_rev(record, out_bar):
    y = record[0]
    thrown = record[1]
    x = record[2]
    t = record[3]
    out = record[4]
    total = record[5]
    # adjoint of: return np.sum(y ** 3)
    y_bar = out_bar * 3 * y ** 2
    if thrown:
        # adjoint of: y = x * x
        x_bar = 2.0 * (y_bar * x)
        out_bar_1 = np.full(x.shape, 0.0)
    else:
        x_bar = np.zeros_like(x)
        out_bar_1 = y_bar
    if t:
        total_bar = 0.0
    else:
        # adjoint of: return x / total
        out_bar_1 = np.broadcast_to(out_bar_1, out.shape)
        x_bar += out_bar_1 / total
        total_bar = -(np.dot(out_bar_1, out) / total)
    # adjoint of: total = np.sum(x)
    x_bar += total_bar
    return (x_bar,)
