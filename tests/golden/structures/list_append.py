# case: grad wrt=x0,h args=x0=f64[2],h=0.1,steps=4
import numpy as np


def path_length(x0, h, steps):
    points = [x0]
    for step in range(steps):
        x = points[-1]
        points.append(x + h * np.array([x[1], -np.sin(x[0])]))
    return np.sum(np.stack(points) ** 2)

# output
import numpy as np


def path_length_vjp(x0, h, steps):
    saved = []
    saved_1 = []
    points = [x0]
    zeros = np.zeros_like(x0)
    points_bar = [zeros]
    for step in range(steps):
        x = points[-1]
        t = x[0]
        t_1 = x[1]
        saved_1.append(t)
        t_2 = np.array([t_1, -np.sin(t)])
        saved.append(t_2)
        t_3 = x + h * t_2
        points.append(t_3)
        zeros = np.zeros_like(t_3)
        points_bar.append(zeros)
    t_4 = np.stack(points)
    out = np.sum(t_4 ** 2)

    # --- reverse ---
    # adjoint of: return np.sum(np.stack(points) ** 2)
    t_5 = 2 * t_4
    for k in range(len(points_bar)):
        # adjoint of: return np.sum(np.stack(points) ** 2)
        points_bar[k] = points_bar[k] + t_5[k]
    h_bar = 0.0
    for step in reversed(range(steps)):
        t_6 = saved[step]
        t_7 = saved_1[step]
        # adjoint of: points.append(x + h * np.array([x[1], -np.sin(x[0])]))
        t_8 = points_bar.pop()
        h_bar += np.dot(t_8, t_6)
        t_9 = t_8 * h
        x_bar = np.array(t_8)
        t_10 = t_9[0]
        x_bar[0] -= t_9[1] * np.cos(t_7)
        x_bar[1] += t_10
        # adjoint of: x = points[-1]
        points_bar[-1] = points_bar[-1] + x_bar
    # adjoint of: points = [x0]
    x0_bar = points_bar[0]
    return out, (x0_bar, h_bar)
