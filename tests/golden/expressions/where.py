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
    out = np.sum(np.where(small, 0.5 * x ** 2, bound * t))

    # --- reverse ---
    # adjoint of: return np.sum(np.where(small, 0.5 * x**2, bound * (np.abs(x) - 0.5 * bound)))
    t_1 = np.where(small, 1.0, 0)
    bound_bar = np.where(small, 0, t).sum()
    bound_bar += np.where(small, 0, -bound).sum() * 0.5
    x_bar = np.where(small, 0, bound * np.sign(x))
    x_bar += t_1 * x
    return out, (x_bar, bound_bar)
