# case: grad wrt=params
#     args=params={'W': f64[3, 4], 'b': f64[4], 'V': f64[4, 2]},x=f64[5, 3],y=f64[5, 2]
import numpy as np


def loss(params, x, y):
    # one hidden layer
    hidden = np.tanh(x @ params["W"] + params["b"])
    error = hidden @ params["V"] - y
    return np.mean(error**2)

# output
import numpy as np


def loss_vjp(params, x, y):
    params_W = params["W"]
    params_b = params["b"]
    params_V = params["V"]
    # one hidden layer
    hidden = np.tanh(x @ params_W + params_b)
    error = hidden @ params_V - y
    out = np.mean(error ** 2)

    # --- reverse ---
    # adjoint of: return np.mean(error**2)
    error *= 2.0 / error.size
    error_bar = error
    # adjoint of: error = hidden @ params["V"] - y
    hidden_bar = error_bar @ params_V.T
    params_V_bar = hidden.T @ error_bar
    # adjoint of: hidden = np.tanh(x @ params["W"] + params["b"])
    hidden_bar *= 1 - hidden ** 2
    params_b_bar = np.ones(hidden_bar.shape[0]) @ hidden_bar
    params_W_bar = x.T @ hidden_bar
    return out, (params_W_bar, params_b_bar, params_V_bar)
