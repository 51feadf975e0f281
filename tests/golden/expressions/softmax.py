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
    t = logits.max(axis=1, keepdims=True)
    shifted = logits - t
    t_1 = np.exp(shifted)
    t_2 = np.sum(t_1, axis=1)
    total = np.log(t_2)
    t_3 = np.arange(len(labels))
    chosen = shifted[t_3, labels]
    t_4 = total - chosen
    out = np.mean(t_4)

    # --- reverse ---
    # adjoint of: return np.mean(total - chosen)
    total_bar = 1.0 / t_4.size
    # adjoint of: chosen = shifted[np.arange(len(labels)), labels]
    shifted_bar = np.zeros_like(shifted)
    np.subtract.at(shifted_bar, (t_3, labels), total_bar)
    # adjoint of: total = np.log(np.sum(np.exp(shifted), axis=1))
    shifted_bar += (total_bar / t_2)[:, None] * t_1
    # adjoint of: shifted = logits - logits.max(axis=1, keepdims=True)
    t_5 = shifted_bar.sum(axis=1, keepdims=True)
    t_6 = logits == t
    shifted_bar -= t_5 * (t_6 / t_6.sum(axis=1, keepdims=True))
    return out, (shifted_bar,)
