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
    t = centred ** 2
    spread = np.sqrt(np.mean(t, axis=0, keepdims=True))
    t_1 = centred / spread
    t_2 = np.sum(t_1, axis=1)
    t_3 = t_2 ** 2
    out = np.max(t_3)

    # --- reverse ---
    # adjoint of: return np.max(np.sum(centred / spread, axis=1) ** 2)
    t_4 = t_3 == out
    t_5 = t_4 / t_4.sum(axis=0, keepdims=True) * (2 * t_2)
    centred_bar = t_5[:, None] / spread
    # adjoint of: spread = np.sqrt(np.mean(centred**2, axis=0, keepdims=True))
    centred_bar -= (t_5 @ t_1)[None, :] / spread * (0.5 / spread) / t.shape[0] * (2 * centred)
    # adjoint of: centred = x - np.mean(x, axis=0)
    centred_bar -= (np.ones(centred_bar.shape[0]) @ centred_bar)[None, :] / x.shape[0]
    return out, (centred_bar,)
