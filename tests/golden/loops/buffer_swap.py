# case: grad wrt=u,c args=u=f64[8],c=0.3,steps=4
import numpy as np


def diffuse(u, c, steps):
    now, new = u.copy(), np.zeros_like(u)
    for step in range(steps):
        new[1:-1] = now[1:-1] + c * (now[2:] - 2.0 * now[1:-1] + now[:-2])
        now, new = new, now
    return np.sum(now**3)

# output
import numpy as np


def diffuse_vjp(u, c, steps):
    saved = []
    now = u.copy()
    new = np.zeros_like(u)
    for step in range(steps):
        t = now[2:] - 2.0 * now[1:-1] + now[:-2]
        saved.append(t)
        new[1:-1] = now[1:-1] + c * t
        now, new = new, now
    out = np.sum(now ** 3)

    # --- reverse ---
    # adjoint of: return np.sum(now**3)
    now_bar = 3 * now ** 2
    c_bar = 0.0
    new_bar = np.zeros_like(new)
    for step in reversed(range(steps)):
        t_1 = saved[step]
        # adjoint of: new[1:-1] = now[1:-1] + c * (now[2:] - 2.0 * now[1:-1] + now[:-2])
        t_2 = now_bar[1:-1].copy()
        now_bar[1:-1] = 0.0
        new_bar[1:-1] += t_2
        c_bar += np.dot(t_2, t_1)
        t_2 *= c
        new_bar[:-2] += t_2
        new_bar[2:] += t_2
        new_bar[1:-1] -= 2.0 * t_2
        now_bar, new_bar = new_bar, now_bar
    return out, (now_bar, c_bar)
