# case: grad wrt=layers args=layers=[[f64[2,3],f64[3]],[f64[3,1],f64[1]]],x=f64[4,2]
import numpy as np


def predict(layers, x):
    *hidden, (last, offset) = layers
    for W, b in hidden:
        x = np.tanh(x @ W + b)
    return x @ last + offset


def loss(layers, x):
    return np.sum(predict(layers, x) ** 2)

# output
import numpy as np


def loss_vjp(layers, x):
    layers_0 = layers[0]
    W = layers_0[0]
    b = layers_0[1]
    layers_1 = layers[1]
    last = layers_1[0]
    offset = layers_1[1]
    x_1 = np.tanh(x @ W + b)
    out = x_1 @ last + offset
    out_1 = np.sum(out ** 2)

    # --- reverse ---
    # adjoint of: return np.sum(predict(layers, x) ** 2)
    out_bar = 2 * out
    # adjoint of: return x @ last + offset
    offset_bar = out_bar.sum(axis=0)
    x_bar = out_bar @ last.T
    last_bar = x_1.T @ out_bar
    # adjoint of: x = np.tanh(x @ W + b)
    x_bar *= 1 - x_1 ** 2
    b_bar = np.ones(x_bar.shape[0]) @ x_bar
    W_bar = x.T @ x_bar
    return out_1, (W_bar, b_bar, last_bar, offset_bar)
