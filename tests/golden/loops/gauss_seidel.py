# case: grad wrt=u,f args=u=f64[4, 4],f=f64[4, 4],sweeps=2
import numpy as np


def relaxed(u, f, sweeps):
    u = u.copy()
    for sweep in range(sweeps):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - f[i, j])
    return np.sum(u * u)

# output
import numpy as np


def relaxed_vjp(u, f, sweeps):
    u = u.copy()
    for sweep in range(sweeps):
        for i in range(1, u.shape[0] - 1):
            for j in range(1, u.shape[1] - 1):
                u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - f[i, j])
    out = np.sum(u * u)

    # --- reverse ---
    # adjoint of: return np.sum(u * u)
    u_bar = 2.0 * u
    f_bar = np.zeros_like(f)
    for sweep in reversed(range(sweeps)):
        for i in reversed(range(1, u.shape[0] - 1)):
            for j in reversed(range(1, u.shape[1] - 1)):
                # adjoint of: u[i, j] = 0.25 * (u[i - 1, j] + u[i + 1, j] + u[i, j - 1] + u[i, j + 1] - f[ ...
                t = u_bar[i, j]
                u_bar[i, j] = 0.0
                t_1 = t * 0.25
                f_bar[i, j] -= t_1
                u_bar[i, j + 1] += t_1
                u_bar[i, j - 1] += t_1
                u_bar[i + 1, j] += t_1
                u_bar[i - 1, j] += t_1
    return out, (u_bar, f_bar)
