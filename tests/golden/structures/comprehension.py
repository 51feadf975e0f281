# case: grad wrt=x args=x=f64[4]
import numpy as np


def loss(x):
    powers = [np.sum(x**k) for k in (2, 3, 4)]
    return sum(p * p for p in powers) + max(powers)

# output
import numpy as np


def loss_vjp(x):
    t = np.sum(x ** 2)
    t_1 = np.sum(x ** 3)
    t_2 = np.sum(x ** 4)
    total = 0 + t * t
    total = total + t_1 * t_1
    total = total + t_2 * t_2
    t_3 = t_1 > t
    best = t_1 if t_3 else t
    t_4 = t_2 > best
    if t_4:
        best = t_2
    out = total + best

    # --- reverse ---
    if t_4:
        t_bar = 1.0
        best_bar = 0.0
    else:
        t_bar = 0.0
        best_bar = 1.0
    if t_3:
        t_bar_1 = best_bar
        t_bar_2 = 0.0
    else:
        t_bar_1 = 0.0
        t_bar_2 = best_bar
    # adjoint of: (p * p for p in powers)
    t_bar += 2.0 * t_2
    t_bar_1 += 2.0 * t_1
    t_bar_2 += 2.0 * t
    # adjoint of: powers = [np.sum(x**k) for k in (2, 3, 4)]
    x_bar = t_bar * 4 * x ** 3
    x_bar += t_bar_1 * 3 * x ** 2
    x_bar += t_bar_2 * 2 * x
    return out, (x_bar,)
