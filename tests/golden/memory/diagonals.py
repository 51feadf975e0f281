# case: grad wrt=a args=a=f64[3, 3]
import numpy as np


def traces(a):
    above = np.diag(a, 1)
    product = a @ a
    return np.sum(above * above) + np.trace(product) + np.prod(np.diagonal(a, offset=-1))

# output
import numpy as np
from ad_compiler.support import product_of_others


def traces_vjp(a):
    above = np.diag(a, 1)
    product = a @ a
    t = np.sum(above * above) + np.trace(product)
    t_1 = np.diagonal(a, offset=-1)
    out = t + np.prod(t_1)

    # --- reverse ---
    # adjoint of: return np.sum(above * above) + np.trace(product) + np.prod(np.diagonal(a, offset=-1))
    t_2 = product_of_others(t_1)
    t_3 = np.arange(a.shape[0] - 1)
    t_4 = t_3 + 1
    a_bar = np.zeros_like(a)
    a_bar[t_4, t_3] = t_2
    t_5 = np.arange(a.shape[0])
    product_bar = np.zeros_like(a)
    product_bar[t_5, t_5] = 1.0
    above_bar = 2.0 * above
    # adjoint of: product = a @ a
    t_6 = product_bar @ a.T
    t_7 = a.T @ product_bar
    a_bar += t_6
    a_bar += t_7
    # adjoint of: above = np.diag(a, 1)
    a_bar[t_3, t_4] += above_bar
    return out, (a_bar,)
