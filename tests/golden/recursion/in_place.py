# case: grad wrt=x args=x=f64[3],floor=0.3
import numpy as np


def damp(y, floor):
    if np.sum(y * y) > floor:
        y *= 0.7
        damp(y, floor)


def loss(x, floor):
    y = np.sin(x)
    damp(y, floor)
    return np.sum(y**3)

# output
import numpy as np


def damp_fwd(y, floor):
    record = None
    y = y.copy()
    t = np.sum(y * y) > floor
    if t:
        y *= 0.7
        y_1, record = damp_fwd(y, floor)
        y[...] = y_1
    y = y.copy()
    return y, (t, record)


def damp_rev(record, y_bar):
    t = record[0]
    record = record[1]
    if t:
        # adjoint of: damp(y, floor)
        y_bar = np.array(y_bar)
        y_bar_1 = y_bar.copy()
        y_bar[...] = 0.0
        y_bar_1, = damp_rev(record, y_bar_1)
        # adjoint of: damp(y, floor)
        y_bar += y_bar_1
        # adjoint of: y *= 0.7
        y_bar *= 0.7
    y_bar = np.array(y_bar)
    return (y_bar,)


def loss_vjp(x, floor):
    y = np.sin(x)
    y_1, record = damp_fwd(y, floor)
    y[...] = y_1
    out = np.sum(y ** 3)

    # --- reverse ---
    # adjoint of: return np.sum(y**3)
    y_bar = 3 * y ** 2
    # adjoint of: damp(y, floor)
    y_bar_1 = y_bar.copy()
    y_bar[...] = 0.0
    y_bar_1, = damp_rev(record, y_bar_1)
    # adjoint of: damp(y, floor)
    y_bar += y_bar_1
    # adjoint of: y = np.sin(x)
    y_bar *= np.cos(x)
    x_bar = y_bar
    return out, (x_bar,)
