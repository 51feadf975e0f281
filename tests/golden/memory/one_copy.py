# case: grad wrt=u,v args=u=f64[5, 5],v=f64[5, 5],feed=0.04,steps=2
import numpy as np


def react(u, v, feed, steps):
    """Two substances that react, in place: both products read `b` before it is written, and one copy serves them."""
    for _ in range(steps):
        spread = u[:-2, 1:-1] + u[2:, 1:-1] - 2.0 * u[1:-1, 1:-1]
        a, b = u[1:-1, 1:-1], v[1:-1, 1:-1]
        rate = a * b * b
        a += 0.16 * spread - rate + feed * (1.0 - a)
        b += rate - feed * b
    return np.sum(u * v)

# output
import numpy as np


def react_vjp(u, v, feed, steps):
    """Two substances that react, in place: both products read `b` before it is written, and one copy serves them."""
    v_saved_list = []
    saved = []
    u_saved_list = []
    for k in range(steps):
        spread = u[:-2, 1:-1] + u[2:, 1:-1] - 2.0 * u[1:-1, 1:-1]
        t = u[1:-1, 1:-1]
        t_1 = v[1:-1, 1:-1]
        u_saved = t.copy()
        u_saved_list.append(u_saved)
        t_2 = t * t_1
        saved.append(t_2)
        v_saved = t_1.copy()
        v_saved_list.append(v_saved)
        rate = t_2 * t_1
        t += 0.16 * spread - rate + feed * (1.0 - t)
        t_1 += rate - feed * t_1
    out = np.sum(u * v)

    # --- reverse ---
    u_bar = np.array(v)
    v_bar = np.array(u)
    for k in reversed(range(steps)):
        v_saved = v_saved_list[k]
        t_3 = saved[k]
        u_saved = u_saved_list[k]
        # adjoint of: b += rate - feed * b
        rate_bar = v_bar[1:-1, 1:-1].copy()
        # adjoint of: a += 0.16 * spread - rate + feed * (1.0 - a)
        t_4 = u_bar[1:-1, 1:-1]
        # adjoint of: b += rate - feed * b
        t_5 = rate_bar * feed
        # adjoint of: a += 0.16 * spread - rate + feed * (1.0 - a)
        t_6 = feed * t_4
        rate_bar -= t_4
        spread_bar = t_4 * 0.16
        # adjoint of: rate = a * b * b
        t_7 = rate_bar * t_3 - t_5
        rate_bar *= v_saved
        t_8 = rate_bar * v_saved - t_6
        v_bar[1:-1, 1:-1] += t_7 + rate_bar * u_saved
        # adjoint of: spread = u[:-2, 1:-1] + u[2:, 1:-1] - 2.0 * u[1:-1, 1:-1]
        u_bar[1:-1, 1:-1] += t_8 - 2.0 * spread_bar
        u_bar[:-2, 1:-1] += spread_bar
        u_bar[2:, 1:-1] += spread_bar
    return out, (u_bar, v_bar)
