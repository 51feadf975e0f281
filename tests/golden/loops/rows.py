# case: grad wrt=points args=points=f64[4, 3]
import numpy as np


def spread(points):
    centre = points.mean(axis=0)
    total = 0.0
    for p in points:
        d = p - centre
        total += np.sqrt(d @ d)
    return total

# output
import numpy as np


def spread_vjp(points):
    saved = []
    d_saved = []
    centre = points.mean(axis=0)
    t = len(points)
    total = 0.0
    for k in range(t):
        d = points[k] - centre
        d_saved.append(d)
        t_1 = np.sqrt(d @ d)
        saved.append(t_1)
        total += t_1

    # --- reverse ---
    points_bar = np.zeros_like(points)
    centre_bar = np.zeros_like(centre)
    for k in reversed(range(t)):
        t_2 = saved[k]
        d = d_saved[k]
        # adjoint of: total += np.sqrt(d @ d)
        d_bar = d / t_2
        # adjoint of: d = p - centre
        centre_bar -= d_bar
        points_bar[k] = d_bar
    # adjoint of: centre = points.mean(axis=0)
    points_bar += centre_bar[None, :] / points.shape[0]
    return total, (points_bar,)
