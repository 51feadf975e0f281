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
    t_5 = np.expand_dims(t_4 / np.sum(t_4, axis=None, keepdims=True) * (2 * t_2), 1)
    centred_bar = t_5 / spread
    spread_bar = np.sum(t_5 * (-t_1 / spread), axis=0, keepdims=True)
    # adjoint of: spread = np.sqrt(np.mean(centred**2, axis=0, keepdims=True))
    centred_bar += spread_bar * (0.5 / spread) / t.shape[0] * (2 * centred)
    # adjoint of: centred = x - np.mean(x, axis=0)
    centred_bar += np.expand_dims(np.sum(-centred_bar, axis=0), 0) / x.shape[0]
    return out, (centred_bar,)
