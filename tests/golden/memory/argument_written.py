# case: grad wrt=x args=x=f64[5]
import numpy as np


def relax(x):
    """Writes into its argument: the gradient is at the values on entry."""
    x[1:] -= 0.5 * x[:-1] ** 2
    x *= x
    return np.sum(x)

# output
import numpy as np


def relax_vjp(x):
    """Writes into its argument: the gradient is at the values on entry."""
    t = x[:-1]
    x_saved = t.copy()
    x[1:] -= 0.5 * t ** 2
    x_saved_1 = x.copy()
    x_old = x.copy()
    x *= x
    out = np.sum(x)

    # --- reverse ---
    # adjoint of: x *= x
    x_bar = np.ones_like(x)
    t_1 = x_bar * x_old
    x_bar *= x_saved_1
    x_bar += t_1
    # adjoint of: x[1:] -= 0.5 * x[:-1] ** 2
    x_bar[:-1] -= x_bar[1:] * x_saved
    return out, (x_bar,)
