# case: grad wrt=x args=x=f64[4],n=2
import numpy as np


def loss(x, n):
    a = np.sin(x)
    b = np.zeros_like(a)
    for i in range(n):
        # from the second step on `b` is another name for `a`
        b[0] = 2.0 * a[1]
        b = a
    return np.sum(a * b)

# output
import numpy as np


def loss_vjp(x, n):
    b_bar_saved = []
    a = np.sin(x)
    a_bar = np.zeros_like(a)
    b = np.zeros_like(a)
    b_bar = np.zeros_like(b)
    for i in range(n):
        b_bar_saved.append(b_bar)
        # from the second step on `b` is another name for `a`
        b[0] = 2.0 * a[1]
        b = a
        b_bar = a_bar
    out = np.sum(a * b)

    # --- reverse ---
    # adjoint of: return np.sum(a * b)
    a_bar += b
    b_bar += a
    for i in reversed(range(n)):
        b_bar = b_bar_saved[i]
        # adjoint of: b[0] = 2.0 * a[1]
        t = b_bar[0]
        b_bar[0] = 0.0
        a_bar[1] += t * 2.0
    # adjoint of: a = np.sin(x)
    x_bar = a_bar * np.cos(x)
    return out, (x_bar,)
