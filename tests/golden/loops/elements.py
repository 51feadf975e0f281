# case: grad wrt=x args=x=f64[7]
def rosenbrock(x):
    total = 0.0
    for i in range(len(x) - 1):
        total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
    return total

# output
import numpy as np


def rosenbrock_vjp(x):
    saved = []
    t = len(x) - 1
    total = 0.0
    for i in range(t):
        t_1 = x[i + 1] - x[i] ** 2
        saved.append(t_1)
        total += 100.0 * t_1 ** 2 + (1.0 - x[i]) ** 2

    # --- reverse ---
    x_bar = np.zeros_like(x)
    for i in reversed(range(t)):
        t_2 = saved[i]
        t_3 = x[i]
        # adjoint of: total += 100.0 * (x[i + 1] - x[i] ** 2) ** 2 + (1.0 - x[i]) ** 2
        t_4 = 200.0 * t_2
        x_bar[i] -= 2 * (1.0 - t_3) + t_4 * (2 * t_3)
        x_bar[i + 1] += t_4
    return total, (x_bar,)
