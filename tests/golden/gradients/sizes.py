# case: gradient wrt=w args=w=f64[3],x=f64[4, 3]
import numpy as np


def spread(w, x):
    scores = np.tanh(x @ w)
    level = np.sqrt(1.0 + scores)
    return np.mean((scores - 0.5) ** 2) - np.mean(level + scores)

# output
import numpy as np


def spread_grad(w, x):
    scores = np.tanh(x @ w)
    level = np.sqrt(1.0 + scores)
    t = scores - 0.5

    # --- reverse ---
    # adjoint of: return np.mean((scores - 0.5) ** 2) - np.mean(level + scores)
    level_bar = -1.0 / x.shape[0]
    scores_bar = level_bar + 2.0 / x.shape[0] * t
    # adjoint of: level = np.sqrt(1.0 + scores)
    scores_bar += level_bar * 0.5 / level
    del level
    # adjoint of: scores = np.tanh(x @ w)
    w_bar = x.T @ (scores_bar * (1 - scores ** 2))
    return w_bar
