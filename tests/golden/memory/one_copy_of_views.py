# case: grad wrt=r args=r=f64[4]
import numpy as np


def reflected(r):
    y = np.zeros(len(r))
    y[0] = r[0]
    for k in range(1, len(r)):
        alpha = r[k] + r[:k] @ y[:k]
        y[:k] = y[:k] + alpha * y[:k][::-1]
        y[k] = alpha
    return y @ y

# output
import numpy as np


def reflected_vjp(r):
    y_saved_list = []
    alpha_saved = []
    y = np.zeros(len(r))
    y[0] = r[0]
    t = len(r)
    for k in range(1, t):
        alpha = r[k] + r[:k] @ y[:k]
        alpha_saved.append(alpha)
        t_1 = y[:k]
        y_saved = t_1.copy()
        y_saved_list.append(y_saved)
        y[:k] = y[:k] + alpha * t_1[::-1]
        y[k] = alpha
    out = y @ y

    # --- reverse ---
    # adjoint of: return y @ y
    y *= 2.0
    y_bar = y
    r_bar = np.zeros_like(r)
    for k in reversed(range(1, t)):
        t_2 = k - 1
        y_saved = y_saved_list[t_2]
        alpha = alpha_saved[t_2]
        # adjoint of: y[k] = alpha
        alpha_bar = y_bar[k]
        # adjoint of: y[:k] = y[:k] + alpha * y[:k][::-1]
        t_3 = y_bar[:k]
        alpha_bar += np.dot(t_3, y_saved[::-1])
        y_bar[:k][::-1] += t_3 * alpha
        # adjoint of: alpha = r[k] + r[:k] @ y[:k]
        t_4 = alpha_bar * y_saved
        y_bar[:k] += alpha_bar * r[:k]
        r_bar[:k] += t_4
        r_bar[k] += alpha_bar
    # adjoint of: y[0] = r[0]
    r_bar[0] += y_bar[0]
    return out, (r_bar,)
