# case: grad wrt=x args=x=f64[6]
import numpy as np


def smoothed(x):
    """Each element follows the one before, which was changed already."""
    y = x.copy()
    for i in range(1, y.size):
        y[i] = 0.5 * y[i] + np.sin(y[i - 1]) * y[i - 1]
    return y @ y

# output
import numpy as np


def smoothed_vjp(x):
    """Each element follows the one before, which was changed already."""
    saved = []
    y = x.copy()
    t = y.size
    for i in range(1, t):
        t_1 = np.sin(y[i - 1])
        t_2 = 0.5 * y[i]
        saved.append(t_1)
        y[i] = t_2 + t_1 * y[i - 1]
    out = y @ y

    # --- reverse ---
    # adjoint of: return y @ y
    y_bar = 2.0 * y
    for i in reversed(range(1, t)):
        t_3 = i - 1
        t_4 = saved[t_3]
        t_5 = y[t_3]
        # adjoint of: y[i] = 0.5 * y[i] + np.sin(y[i - 1]) * y[i - 1]
        t_6 = y_bar[i]
        y_bar[t_3] += t_6 * t_4 + t_6 * t_5 * np.cos(t_5)
        y_bar[i] = t_6 * 0.5
    return out, (y_bar,)
