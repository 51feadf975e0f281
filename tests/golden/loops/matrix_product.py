# case: grad wrt=a,b args=a=f64[3, 4],b=f64[4, 2]
import numpy as np


def total(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    for i in range(a.shape[0]):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    return np.sum(np.sin(c))

# output
import numpy as np


def total_vjp(a, b):
    c = np.zeros((a.shape[0], b.shape[1]))
    t = a.shape[0]
    for i in range(t):
        for j in range(b.shape[1]):
            for k in range(a.shape[1]):
                c[i, j] += a[i, k] * b[k, j]
    out = np.sum(np.sin(c))

    # --- reverse ---
    # adjoint of: return np.sum(np.sin(c))
    c_bar = np.cos(c)
    del c
    b_bar = np.zeros_like(b)
    a_bar = np.zeros_like(a)
    for i in reversed(range(t)):
        for j in reversed(range(b.shape[1])):
            for k in reversed(range(a.shape[1])):
                t_1 = b[k, j]
                t_2 = a[i, k]
                # adjoint of: c[i, j] += a[i, k] * b[k, j]
                t_3 = c_bar[i, j]
                b_bar[k, j] += t_3 * t_2
                a_bar[i, k] += t_3 * t_1
    return out, (a_bar, b_bar)
