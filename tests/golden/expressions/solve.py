# case: grad wrt=a,b args=a=f64[3, 3] + 2.0 * np.eye(3),b=f64[3]
import numpy as np


def energy(a, b):
    x = np.linalg.solve(a, b)
    return 0.5 * b @ x + np.linalg.norm(x)

# output
import numpy as np


def energy_vjp(a, b):
    x = np.linalg.solve(a, b)
    t = 0.5 * b
    t_1 = t @ x
    t_2 = np.linalg.norm(x)
    out = t_1 + t_2

    # --- reverse ---
    # adjoint of: return 0.5 * b @ x + np.linalg.norm(x)
    x_bar = x / np.where(t_2 == 0, 1, t_2)
    x_bar += t
    b_bar = x * 0.5
    # adjoint of: x = np.linalg.solve(a, b)
    t_3 = np.linalg.solve(a.T, x_bar)
    a_bar = -(t_3[:, None] * x)
    b_bar += t_3
    return out, (a_bar, b_bar)
