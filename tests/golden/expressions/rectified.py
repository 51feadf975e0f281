# case: grad wrt=x args=x=f64[6] - 0.5
import numpy as np


def energy(x):
    return np.mean(np.maximum(x, 0.0) ** 2) + np.sum(np.maximum(x, 0.0) * x)

# output
import numpy as np


def energy_vjp(x):
    t = np.maximum(x, 0.0)
    t_1 = np.mean(t ** 2)
    t_2 = np.maximum(x, 0.0)
    out = t_1 + np.sum(t_2 * x)

    # --- reverse ---
    # adjoint of: return np.mean(np.maximum(x, 0.0) ** 2) + np.sum(np.maximum(x, 0.0) * x)
    x_bar = t_2 + np.where(x > 0.0, x, 0)
    x_bar += 2.0 / t.size * t
    return out, (x_bar,)
