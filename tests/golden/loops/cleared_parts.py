# case: grad wrt=a args=a=f64[4, 4] + 2.0
import numpy as np


def factors(a):
    b = a.copy()
    for i in range(1, b.shape[0]):
        b[i, i - 1] = b[i, i - 1] / b[i - 1, i - 1]
        b[i, i:] = b[i, i:] - b[i, i - 1] * b[i - 1, i:]
    return np.sum(b * b)

# output
import numpy as np


def factors_vjp(a):
    b = a.copy()
    t = b.shape[0]
    for i in range(1, t):
        b[i, i - 1] = b[i, i - 1] / b[i - 1, i - 1]
        b[i, i:] = b[i, i:] - b[i, i - 1] * b[i - 1, i:]
    out = np.sum(b * b)

    # --- reverse ---
    # adjoint of: return np.sum(b * b)
    b_bar = 2.0 * b
    for i in reversed(range(1, t)):
        t_1 = i - 1
        t_2 = b[t_1, i:]
        t_3 = b[i, t_1]
        t_4 = b[t_1, t_1]
        # adjoint of: b[i, i:] = b[i, i:] - b[i, i - 1] * b[i - 1, i:]
        t_5 = b_bar[i, i:]
        t_6 = np.dot(t_5, t_2)
        b_bar[t_1, i:] -= t_5 * t_3
        b_bar[i, t_1] -= t_6
        # adjoint of: b[i, i - 1] = b[i, i - 1] / b[i - 1, i - 1]
        t_7 = b_bar[i, t_1]
        t_8 = t_7 / t_4
        b_bar[t_1, t_1] -= t_7 * (t_3 / t_4)
        b_bar[i, t_1] = t_8
    return out, (b_bar,)
