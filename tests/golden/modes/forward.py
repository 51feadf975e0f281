# case: jvp wrt=u0,k args=u0=f64[9],k=0.2,steps=5
import numpy as np


def energy_after(u0, k, steps):
    """Energy left in a rod after some explicit heat steps."""
    u = u0.copy()
    for step in range(steps):
        # interior only: the two ends are held
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += k * lap
    return 0.5 * np.dot(u, u)

# output
import numpy as np


def energy_after_jvp(u0, k, steps, u0_dot, k_dot):
    """Energy left in a rod after some explicit heat steps."""
    u = u0.copy()
    u_dot = u0_dot.copy()
    for step in range(steps):
        # interior only: the two ends are held
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        lap_dot = u_dot[2:] - 2.0 * u_dot[1:-1] + u_dot[:-2]
        t = k * lap
        u_dot[1:-1] += k_dot * lap + lap_dot * k
        u[1:-1] += t
    t_1 = np.dot(u, u)
    out = 0.5 * t_1
    out_dot = (np.dot(u_dot, u) + np.dot(u, u_dot)) * 0.5
    return out, out_dot
