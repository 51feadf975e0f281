# case: grad wrt=x args=x=f64[4]
import numpy as np


WEIGHTS = np.array([0.5, 0.25, 2.0, 1.0])


def scaled_by(factor):
    return lambda v: np.exp(-factor * v)


def loss(x):
    decay = scaled_by(0.3)

    def term(v):
        return WEIGHTS * decay(v)

    return np.sum(term(x) * x)

# output
import numpy as np


def loss_vjp(x, *, WEIGHTS):
    t = np.exp(-0.3 * x)
    out = WEIGHTS * t
    out_1 = np.sum(out * x)

    # --- reverse ---
    # adjoint of: return WEIGHTS * decay(v)
    x_bar = out - x * WEIGHTS * t * 0.3
    return out_1, (x_bar,)
