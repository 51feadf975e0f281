# case: grad wrt=b args=b=f64[4, 5],tolerance=0.05
import numpy as np


def settle(b, tolerance):
    """Relaxation until little changes: the shape of `x` is that of `b` in every turn, and is not recorded."""
    x = np.zeros_like(b)
    change = 1.0
    while change > tolerance:
        new = np.zeros_like(x)
        new[1:-1, 1:-1] = 0.25 * (x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:] + b[1:-1, 1:-1])
        change = np.sqrt(np.sum((new - x) ** 2))
        x = new
    return np.sum(x * x)

# output
import numpy as np


def settle_vjp(b, tolerance):
    """Relaxation until little changes: the shape of `x` is that of `b` in every turn, and is not recorded."""
    x = np.zeros_like(b)
    change = 1.0
    trips = 0
    while change > tolerance:
        trips += 1
        new = np.zeros_like(x)
        new[1:-1, 1:-1] = 0.25 * (x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:] + b[1:-1, 1:-1])
        change = np.sqrt(np.sum((new - x) ** 2))
        x = new
    out = np.sum(x * x)

    # --- reverse ---
    # adjoint of: return np.sum(x * x)
    x *= 2.0
    x_bar = x
    b_bar = np.zeros_like(b)
    for _ in range(trips):
        # adjoint of: new[1:-1, 1:-1] = 0.25 * (x[:-2, 1:-1] + x[2:, 1:-1] + x[1:-1, :-2] + x[1:-1, 2:] +  ...
        t = x_bar[1:-1, 1:-1] * 0.25
        x_bar[1:-1, 1:-1] = 0.0
        b_bar[1:-1, 1:-1] += t
        x_bar = np.zeros(b.shape)
        x_bar[1:-1, 2:] = t
        x_bar[1:-1, :-2] += t
        x_bar[:-2, 1:-1] += t
        x_bar[2:, 1:-1] += t
    return out, (b_bar,)
