# case: grad wrt=x args=x=f64[3],steps=4
import numpy as np


def loss(x, steps):
    """Comments stay where they stand."""
    y = x ** 2  # the square
    drift = y.copy()
    for _ in range(steps):
        y += drift * x  # first
        drift = drift * y
        # above
        y += 0.5 * drift  # and "#" behind
    return np.sum(y)  # total

# output
import numpy as np


def loss_vjp(x, steps):
    """Comments stay where they stand."""
    y_saved_list = []
    drift_saved = []
    y = x ** 2  # the square
    drift = y.copy()
    for k in range(steps):
        drift_saved.append(drift)
        y += drift * x  # first
        y_saved = y.copy()
        y_saved_list.append(y_saved)
        drift = drift * y
        # above
        y += 0.5 * drift  # and "#" behind
    out = np.sum(y)  # total

    # --- reverse ---
    drift_bar = np.zeros_like(drift)
    x_bar = np.zeros_like(x)
    y_bar = np.ones_like(y)
    for k in reversed(range(steps)):
        y_saved = y_saved_list[k]
        drift = drift_saved[k]
        # adjoint of: y += 0.5 * drift
        drift_bar += y_bar * 0.5
        # adjoint of: drift = drift * y
        y_bar += drift_bar * drift
        drift_bar *= y_saved
        # adjoint of: y += drift * x
        drift_bar += y_bar * x
        x_bar += y_bar * drift
    # adjoint of: drift = y.copy()
    y_bar += drift_bar
    # adjoint of: y = x ** 2
    x_bar += y_bar * (2 * x)
    return out, (x_bar,)
