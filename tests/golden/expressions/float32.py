# case: grad wrt=w args=w=f32[3],x=f32[5, 3]
import numpy as np


def loss(w, x):
    z = x @ w
    return np.mean(np.log1p(np.exp(-z))) + 0.1 * np.sum(w * w)

# output
import numpy as np


def loss_vjp(w, x):
    z = x @ w
    t = np.exp(-z)
    out = np.mean(np.log1p(t)) + 0.1 * np.sum(w * w)

    # --- reverse ---
    # adjoint of: return np.mean(np.log1p(np.exp(-z))) + 0.1 * np.sum(w * w)
    w_bar = 0.2 * w
    # adjoint of: z = x @ w
    w_bar -= x.T @ (1.0 / t.size / (1 + t) * t)
    return out, (w_bar,)
