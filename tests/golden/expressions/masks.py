# case: grad wrt=x args=x=f64[6] - 0.5
import numpy as np


def branches(x):
    positive = x > 0.0
    # the logarithm is not defined where the branch is not taken
    with np.errstate(invalid="ignore"):
        y = np.where(positive, x * np.log(x), 2.0 * x - x * x)
    return np.sum(y * y)

# output
import numpy as np


def branches_vjp(x):
    positive = x > 0.0
    # the logarithm is not defined where the branch is not taken
    with np.errstate(invalid="ignore"):
        t = np.log(x)
        y = np.where(positive, x * t, 2.0 * x - x * x)
    out = np.sum(y * y)

    # --- reverse ---
    # adjoint of: return np.sum(y * y)
    y *= 2.0
    y_bar = y
    with np.errstate(invalid="ignore"):
        # adjoint of: y = np.where(positive, x * np.log(x), 2.0 * x - x * x)
        x_bar = np.where(positive, y_bar * t + y_bar * x / x, y_bar * 2.0 - y_bar * x * 2.0)
    return out, (x_bar,)
