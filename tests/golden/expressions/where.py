# case: grad wrt=x,bound args=x=f64[6] - 0.7,bound=0.3
import numpy as np


def huber(x, bound):
    small = np.abs(x) <= bound
    return np.sum(np.where(small, 0.5 * x**2, bound * (np.abs(x) - 0.5 * bound)))

# output
import numpy as np


def huber_vjp(x, bound):
    small = np.abs(x) <= bound
    t = np.abs(x) - 0.5 * bound
    t_1 = np.where(small, 0.5 * x ** 2, bound * t)
    out = np.sum(t_1)

    # --- reverse ---
    # adjoint of: return np.sum(np.where(small, 0.5 * x**2, bound * (np.abs(x) - 0.5 * bound)))
    t_2 = np.where(small, np.broadcast_to(1.0, t_1.shape), 0)
    t_3 = np.where(small, 0, np.broadcast_to(1.0, t_1.shape))
    bound_bar = np.sum(t_3 * t)
    t_4 = t_3 * bound
    bound_bar += np.sum(-t_4) * 0.5
    x_bar = t_4 * np.sign(x)
    x_bar += t_2 * 0.5 * (2 * x)
    return out, (x_bar, bound_bar)
