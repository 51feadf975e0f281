# case: grad wrt=a,b args=a=f64[3, 3],b=f64[3, 2],x=f64[3],n=4
import numpy as np


def recurrent(a, b, x, n):
    h = x
    u = b[0]
    for _ in range(n):
        u = np.cos(b.T @ h) + u
        h = np.tanh(a @ h + b @ u)
    return np.sum(h * h)

# output
import numpy as np


def recurrent_vjp(a, b, x, n):
    h_saved = []
    u_saved = []
    h_saved_1 = []
    saved = []
    u = b[0]
    h = x
    for k in range(n):
        h_saved_1.append(h)
        t = b.T @ h
        saved.append(t)
        u = np.cos(t) + u
        u_saved.append(u)
        h = np.tanh(a @ h + b @ u)
        h_saved.append(h)
    out = np.sum(h * h)

    # --- reverse ---
    # adjoint of: return np.sum(h * h)
    h_bar = 2.0 * h
    b_bar = np.zeros_like(b)
    u_bar = np.zeros_like(u)
    a_bar = np.zeros_like(a)
    rows = []
    u_rows = []
    h_rows = []
    rows_1 = []
    for k in reversed(range(n)):
        h = h_saved[k]
        u = u_saved[k]
        h_1 = h_saved_1[k]
        t_1 = saved[k]
        # adjoint of: h = np.tanh(a @ h + b @ u)
        h_bar *= 1 - h ** 2
        rows.append(h_bar)
        u_rows.append(u)
        u_bar += b.T @ h_bar
        h_rows.append(h_1)
        h_bar = a.T @ h_bar
        # adjoint of: u = np.cos(b.T @ h) + u
        t_2 = u_bar * np.sin(t_1)
        h_bar -= b @ t_2
        rows_1.append(t_2)
    # adjoint of: h = np.tanh(a @ h + b @ u)
    t_3 = np.array(rows)
    b_bar += t_3.T @ np.array(u_rows)
    t_4 = np.array(h_rows)
    a_bar += t_3.T @ t_4
    # adjoint of: u = np.cos(b.T @ h) + u
    b_bar -= t_4.T @ np.array(rows_1)
    # adjoint of: u = b[0]
    b_bar[0] += u_bar
    return out, (a_bar, b_bar)
