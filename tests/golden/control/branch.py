# case: grad wrt=x,y args=x=f64[3],y=0.4
import numpy as np


def loss(x, y):
    if y > 0.0:
        z = x * y
        w = y * y
    else:
        z = np.sin(x)
        w = -y
    return np.sum(z * z) * w

# output
import numpy as np


def loss_vjp(x, y):
    t = y > 0.0
    if t:
        z = x * y
        w = y * y
    else:
        z = np.sin(x)
        w = -y
    t_1 = np.sum(z * z)
    out = t_1 * w

    # --- reverse ---
    # adjoint of: return np.sum(z * z) * w
    z *= 2.0 * w
    z_bar = z
    if t:
        # adjoint of: w = y * y
        y_bar = 2.0 * (t_1 * y)
        # adjoint of: z = x * y
        y_bar += np.dot(z_bar, x)
        z_bar *= y
        x_bar = z_bar
    else:
        # adjoint of: w = -y
        y_bar = -t_1
        # adjoint of: z = np.sin(x)
        z_bar *= np.cos(x)
        x_bar = z_bar
    return out, (x_bar, y_bar)
