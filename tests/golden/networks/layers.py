# case: grad wrt=layers
# args=layers=[{'W': f64[2, 3] - 0.7, 'b': f64[3]}, {'W': f64[3, 1], 'b': f64[1]}],x=f64[4, 2]
import numpy as np


def relu(z):
    return np.maximum(z, 0.0)


def loss(layers, x):
    *hidden, last = layers
    for layer in hidden:
        x = relu(x @ layer["W"] + layer["b"])
    return np.sum((x @ last["W"] + last["b"]) ** 2)

# output
import numpy as np


def loss_vjp(layers, x):
    layers_0 = layers[0]
    layers_0_W = layers_0["W"]
    layers_0_b = layers_0["b"]
    layers_1 = layers[1]
    layers_1_W = layers_1["W"]
    layers_1_b = layers_1["b"]
    t = x @ layers_0_W + layers_0_b
    out = np.maximum(t, 0.0)
    t_1 = out @ layers_1_W + layers_1_b
    out_1 = np.sum(t_1 ** 2)

    # --- reverse ---
    # adjoint of: return np.sum((x @ last["W"] + last["b"]) ** 2)
    t_1 *= 2
    layers_1_b_bar = t_1.sum(axis=0)
    out_bar = t_1 @ layers_1_W.T
    layers_1_W_bar = out.T @ t_1
    del out, t_1
    # adjoint of: return np.maximum(z, 0.0)
    t_2 = np.where(t > 0.0, out_bar, 0)
    del t
    # adjoint of: x = relu(x @ layer["W"] + layer["b"])
    layers_0_b_bar = np.ones(t_2.shape[0]) @ t_2
    layers_0_W_bar = x.T @ t_2
    return out_1, (layers_0_W_bar, layers_0_b_bar, layers_1_W_bar, layers_1_b_bar)
