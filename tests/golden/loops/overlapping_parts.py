# case: grad wrt=x args=x=f64[5]
import numpy as np


def mixed(x):
    y = x.copy()
    for i in range(1, 5):
        # what is cleared is read again, under another number, before it is added to
        y[i] = np.sin(y[4 - i]) + y[i] * y[i - 1]
    return np.sum(y)

# output
import numpy as np


def mixed_vjp(x):
    saved = []
    saved_1 = []
    y = x.copy()
    for i in range(1, 5):
        # what is cleared is read again, under another number, before it is added to
        t = y[4 - i]
        saved_1.append(t)
        t_1 = y[i]
        saved.append(t_1)
        y[i] = np.sin(t) + t_1 * y[i - 1]
    out = np.sum(y)

    # --- reverse ---
    y_bar = np.ones_like(y)
    for i in reversed(range(1, 5)):
        t_2 = i - 1
        t_3 = saved[t_2]
        t_4 = saved_1[t_2]
        t_5 = y[t_2]
        # adjoint of: y[i] = np.sin(y[4 - i]) + y[i] * y[i - 1]
        t_6 = y_bar[i]
        y_bar[t_2] += t_6 * t_3
        y_bar[i] = t_6 * t_5
        y_bar[4 - i] += t_6 * np.cos(t_4)
    return out, (y_bar,)
