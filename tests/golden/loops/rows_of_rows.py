# case: grad wrt=x args=x=f64[3, 4]
import numpy as np


def neighbours(x):
    total = 0.0
    for i in range(3):
        for j in range(1, 4):
            total += x[i][j] * x[i][j - 1]
    return total + np.sum(x[1:][0][::2] ** 2)

# output
import numpy as np


def neighbours_vjp(x):
    total = 0.0
    for i in range(3):
        for j in range(1, 4):
            total += x[i][j] * x[i][j - 1]
    t = x[1:][0][::2]
    out = total + np.sum(t ** 2)

    # --- reverse ---
    # adjoint of: return total + np.sum(x[1:][0][::2] ** 2)
    x_bar = np.zeros_like(x)
    x_bar[1:][0, ::2] += 2 * t
    for i in reversed(range(3)):
        for j in reversed(range(1, 4)):
            t_1 = j - 1
            t_2 = x[i]
            t_3 = t_2[j]
            t_4 = t_2[t_1]
            # adjoint of: total += x[i][j] * x[i][j - 1]
            x_bar[i, t_1] += t_3
            x_bar[i, j] += t_4
    return out, (x_bar,)
