# case: grad wrt=a,s args=a=f64[3, 4],s=0.6
import numpy as np


def loss(a, s):
    work = a * a
    column = work[:, 1]
    column *= s
    flat = work.reshape(-1)
    flat[::2] = 0.0
    return np.sum(work * column[:, None])

# output
import numpy as np


def loss_vjp(a, s):
    work = a * a
    column = work[:, 1]
    column_old = column.copy()
    column *= s
    flat = work.reshape(-1)
    flat[::2] = 0.0
    t = column[:, None]
    out = np.sum(work * t)

    # --- reverse ---
    # adjoint of: return np.sum(work * column[:, None])
    t_1 = work @ np.ones(work.shape[1])
    work_bar = np.full_like(a, t)
    work_bar[:, 1] += t_1
    del work, column, flat, t
    # adjoint of: flat[::2] = 0.0
    work_bar.reshape(-1)[::2] = 0.0
    # adjoint of: column *= s
    t_2 = work_bar[:, 1]
    t_3 = t_2 * column_old
    t_2 *= s
    s_bar = t_3.sum()
    del column_old
    # adjoint of: work = a * a
    a_bar = 2.0 * (work_bar * a)
    return out, (a_bar, s_bar)
