# case: vjp wrt=x,a args=x=f64[4],a=f64[4, 4],n=3
import numpy as np


def iterate(x, a, n):
    for i in range(n):
        x = np.tanh(a @ x)
    return x

# output
import numpy as np


def iterate_fwd(x, a, n):
    x_saved = []
    x_saved_1 = []
    for i in range(n):
        x_saved_1.append(x)
        x = np.tanh(a @ x)
        x_saved.append(x)
    return x, (a, n, x_saved, x_saved_1)


import numpy as np


def iterate_rev(record, x_bar):
    a = record[0]
    n = record[1]
    x_saved = record[2]
    x_saved_1 = record[3]
    a_bar = np.zeros_like(a)
    x_bar = np.array(x_bar)
    rows = []
    x_rows = []
    for i in reversed(range(n)):
        x = x_saved[i]
        x_1 = x_saved_1[i]
        # adjoint of: x = np.tanh(a @ x)
        x_bar *= 1 - x ** 2
        rows.append(x_bar)
        x_rows.append(x_1)
        x_bar = a.T @ x_bar
    # adjoint of: x = np.tanh(a @ x)
    t = np.array(rows)
    a_bar += t.T @ np.array(x_rows)
    return x_bar, a_bar
