# case: grad wrt=x,y args=x=f64[4],y=f64[4]
import numpy as np


def loss(x, y):
    ratio = np.exp(-x) / (1.0 + y**2)
    return np.sum(ratio * np.sin(x * y) + np.sqrt(x))

# output
import numpy as np


def loss_vjp(x, y):
    t = np.exp(-x)
    t_1 = 1.0 + y ** 2
    ratio = t / t_1
    t_2 = x * y
    t_3 = np.sin(t_2)
    t_4 = np.sqrt(x)
    out = np.sum(ratio * t_3 + t_4)

    # --- reverse ---
    # adjoint of: return np.sum(ratio * np.sin(x * y) + np.sqrt(x))
    x_bar = 0.5 / t_4
    y_bar = ratio * np.cos(t_2)
    x_bar += y_bar * y
    y_bar *= x
    # adjoint of: ratio = np.exp(-x) / (1.0 + y**2)
    t_5 = t_3 / t_1
    y_bar -= t_3 * (ratio / t_1) * (2 * y)
    x_bar -= t_5 * t
    return out, (x_bar, y_bar)
