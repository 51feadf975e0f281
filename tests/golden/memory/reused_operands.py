# case: grad wrt=x,y args=x=f64[4],y=f64[4] + 1.0
import numpy as np


def kept(x, y):
    scaled = np.exp(x) * y
    centred = scaled - np.mean(scaled)
    ratio = centred / y
    return np.sum(ratio ** 3) + np.sum(np.sqrt(scaled))

# output
import numpy as np


def kept_vjp(x, y):
    t = np.exp(x)
    scaled = t * y
    centred = scaled - np.mean(scaled)
    ratio = centred / y
    t_1 = np.sum(ratio ** 3)
    t_2 = np.sqrt(scaled)
    out = t_1 + np.sum(t_2)
    del scaled, centred

    # --- reverse ---
    # adjoint of: return np.sum(ratio ** 3) + np.sum(np.sqrt(scaled))
    scaled_bar = 0.5 / t_2
    ratio_bar = 3 * ratio ** 2
    del t_2
    # adjoint of: ratio = centred / y
    y_bar = ratio_bar * (-ratio / y)
    ratio_bar /= y
    centred_bar = ratio_bar
    del ratio
    # adjoint of: centred = scaled - np.mean(scaled)
    scaled_bar += centred_bar
    scaled_bar -= centred_bar.sum() / t.size
    # adjoint of: scaled = np.exp(x) * y
    t_3 = scaled_bar * y
    y_bar += scaled_bar * t
    x_bar = t_3 * t
    return out, (x_bar, y_bar)
