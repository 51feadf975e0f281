# case: grad wrt=logits args=logits=f64[4, 3],labels=np.array([0, 2, 1, 2])
import numpy as np


def cross_entropy(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    total = np.log(np.sum(np.exp(shifted), axis=1))
    chosen = shifted[np.arange(len(labels)), labels]
    return np.mean(total - chosen)

# output
import numpy as np


def cross_entropy_vjp(logits, labels):
    shifted = logits - logits.max(axis=1, keepdims=True)
    t = np.exp(shifted)
    t_1 = np.sum(t, axis=1)
    total = np.log(t_1)
    t_2 = np.arange(len(labels))
    chosen = shifted[t_2, labels]
    out = np.mean(total - chosen)

    # --- reverse ---
    # adjoint of: return np.mean(total - chosen)
    total_bar = 1.0 / t_1.size
    # adjoint of: chosen = shifted[np.arange(len(labels)), labels]
    shifted_bar = np.zeros_like(shifted)
    shifted_bar[t_2, labels] -= total_bar
    # adjoint of: total = np.log(np.sum(np.exp(shifted), axis=1))
    shifted_bar += (total_bar / t_1)[:, None] * t
    return out, (shifted_bar,)
