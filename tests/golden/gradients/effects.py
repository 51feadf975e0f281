# case: gradient wrt=x args=x=f64[4],seen=f64[4],limit=9.0
import numpy as np


def misfit(x, seen, limit):
    total = 0.0
    for i in range(len(x)):
        total += (x[i] - seen[i]) ** 2
        if total > limit:
            raise ValueError("too far away")
    # what the caller sees stays
    seen[:] = x
    return np.sqrt(1.0 + x[0] ** 2) + 3.0 * x[1]

# output
import numpy as np


def misfit_grad(x, seen, limit):
    total = 0.0
    for i in range(len(x)):
        total += (x[i] - seen[i]) ** 2
        if total > limit:
            raise ValueError("too far away")
    # what the caller sees stays
    seen[:] = x
    t = x[0]
    t_1 = np.sqrt(1.0 + t ** 2)

    # --- reverse ---
    # adjoint of: return np.sqrt(1.0 + x[0] ** 2) + 3.0 * x[1]
    x_bar = np.zeros_like(x)
    x_bar[1] = 3.0
    x_bar[0] = 0.5 / t_1 * (2 * t)
    return x_bar
