# case: grad wrt=x args=x=f64[4, 3]
import numpy as np


def loss(x):
    y = np.sin(x)
    # a reshape of a transpose may or may not share its memory
    flat = y.T.reshape(-1)
    flat[0] = 0.0
    return np.sum(y) + np.sum(flat)

# output
import numpy as np
from ad_compiler.support import shadow_of


def loss_vjp(x):
    y = np.sin(x)
    y_bar = np.zeros_like(y)
    # a reshape of a transpose may or may not share its memory
    t = y.T
    t_bar = y_bar.T
    flat = t.reshape(-1)
    flat_bar = shadow_of(t_bar, t, flat)
    flat[0] = 0.0
    out = np.sum(y) + np.sum(flat)

    # --- reverse ---
    # adjoint of: return np.sum(y) + np.sum(flat)
    flat_bar += 1.0
    y_bar += 1.0
    # adjoint of: flat[0] = 0.0
    flat_bar[0] = 0.0
    if not np.may_share_memory(flat_bar, t_bar):
        # adjoint of: flat = y.T.reshape(-1)
        t_bar += np.reshape(flat_bar, t.shape)
    # adjoint of: y = np.sin(x)
    x_bar = y_bar * np.cos(x)
    return out, (x_bar,)
