# case: grad wrt=x args=x=f64[5]
def loss(x):
    total = {}
    for i in range(len(x)):
        total[i % 2] = total.get(i % 2, 0.0) + x[i] ** 2
    return total[0] * total[1]

# output
import numpy as np


def loss_vjp(x):
    saved = []
    out_saved = []
    saved_1 = []
    out_saved_1 = []
    total_keys = []
    total_values = []
    total_values_bar = []
    t = len(x)
    for i in range(t):
        t_1 = i % 2
        if t_1 in total_keys:
            out = total_keys.index(t_1)
        else:
            out = -1
        out_saved_1.append(out)
        t_2 = out >= 0
        saved_1.append(t_2)
        out = total_values[out] if t_2 else 0.0
        t_3 = out + x[i] ** 2
        t_4 = i % 2
        if t_4 in total_keys:
            out = total_keys.index(t_4)
        else:
            out = -1
        out_saved.append(out)
        t_5 = out < 0
        saved.append(t_5)
        if t_5:
            total_keys.append(t_4)
            total_values.append(t_3)
            total_values_bar.append(0.0)
        else:
            total_values[out] = t_3
    if 0 in total_keys:
        out = total_keys.index(0)
    else:
        out = -1
    if out < 0:
        raise KeyError(0)
    out_1 = total_values[out]
    if 1 in total_keys:
        out_2 = total_keys.index(1)
    else:
        out_2 = -1
    if out_2 < 0:
        raise KeyError(1)
    out_3 = total_values[out_2]
    out_4 = out_1 * out_3

    # --- reverse ---
    # adjoint of: return self.held[k]
    total_values_bar[out_2] = total_values_bar[out_2] + out_1
    total_values_bar[out] = total_values_bar[out] + out_3
    x_bar = np.zeros_like(x)
    for i in reversed(range(t)):
        t_6 = saved[i]
        out = out_saved[i]
        t_7 = saved_1[i]
        out_1 = out_saved_1[i]
        t_8 = x[i]
        if t_6:
            # adjoint of: self.held.append(value)
            t_bar = total_values_bar.pop()
        else:
            # adjoint of: self.held[k] = value
            t_bar = total_values_bar[out]
            total_values_bar[out] = 0.0
        # adjoint of: total[i % 2] = total.get(i % 2, 0.0) + x[i] ** 2
        x_bar[i] = t_bar * (2 * t_8)
        if t_7:
            # adjoint of: return self.held[k] if k >= 0 else default
            total_values_bar[out_1] = total_values_bar[out_1] + t_bar
    return out_4, (x_bar,)
