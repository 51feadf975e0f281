# case: grad wrt=x args=x=f64[5, 3]
import numpy as np


def loss(x):
    centred = x - np.mean(x, axis=0)
    spread = np.sqrt(np.mean(centred**2, axis=0, keepdims=True))
    return np.max(np.sum(centred / spread, axis=1) ** 2)

# output
import numpy as np


def loss_vjp(x):
    centred = x - np.mean(x, axis=0)
    spread = np.sqrt(np.mean(centred ** 2, axis=0, keepdims=True))
    t = centred / spread
    t_1 = np.sum(t, axis=1)
    t_2 = t_1 ** 2
    out = np.max(t_2)

    # --- reverse ---
    # adjoint of: return np.max(np.sum(centred / spread, axis=1) ** 2)
    t_3 = t_2 == out
    t_4 = t_3 / t_3.sum(axis=0, keepdims=True) * (2 * t_1)
    centred_bar = t_4[:, None] / spread
    t_5 = (t_4 @ t)[None, :] / spread
    del t
    # adjoint of: spread = np.sqrt(np.mean(centred**2, axis=0, keepdims=True))
    t_6 = t_5 * (0.5 / spread)
    centred_bar -= 2 / centred.shape[0] * t_6 * centred
    # adjoint of: centred = x - np.mean(x, axis=0)
    centred_bar -= (np.ones(centred_bar.shape[0]) @ centred_bar)[None, :] / x.shape[0]
    return out, (centred_bar,)
