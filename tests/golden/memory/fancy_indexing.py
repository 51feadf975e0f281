# case: grad wrt=x,w args=x=f64[5],w=f64[4],index=np.array([0, 3, 1, 3])
import numpy as np


def loss(x, w, index):
    bins = np.zeros(5)
    np.add.at(bins, index, w * x[index])
    bins[index] *= 2.0
    mask = x > 0.5
    bins[mask] = x[mask] ** 2
    return np.dot(bins, bins)

# output
import numpy as np
from ad_compiler.support import sum_to_shape
from ad_compiler.support import written_cotangent


def loss_vjp(x, w, index):
    bins = np.zeros(5)
    t = x[index]
    np.add.at(bins, index, w * t)
    bins[index] = bins[index] * 2.0
    mask = x > 0.5
    t_1 = x[mask]
    bins[mask] = t_1 ** 2
    out = np.dot(bins, bins)

    # --- reverse ---
    # adjoint of: return np.dot(bins, bins)
    bins_bar = 2.0 * bins
    # adjoint of: bins[mask] = x[mask] ** 2
    t_2 = bins_bar[mask]
    bins_bar[mask] = 0.0
    t_3 = sum_to_shape(t_2, t_1.shape) * (2 * t_1)
    x_bar = np.zeros_like(x)
    x_bar[mask] = t_3
    # adjoint of: bins[index] *= 2.0
    t_4 = written_cotangent(bins_bar, (index,))
    bins_bar[index] = 0.0
    np.add.at(bins_bar, index, t_4 * 2.0)
    # adjoint of: np.add.at(bins, index, w * x[index])
    t_5 = bins_bar[index]
    w_bar = t_5 * t
    np.add.at(x_bar, index, t_5 * w)
    return out, (x_bar, w_bar)
