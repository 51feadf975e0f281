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
from ad_compiler.support import sum_to_shape


def path_length_vjp(x0, h, steps):
    saved = []
    saved_1 = []
    saved_2 = []
    points = [x0]
    zeros = np.zeros_like(x0)
    points_bar = [zeros]
    for step in range(steps):
        x = points[-1]
        t = x[1]
        t_1 = x[0]
        saved_2.append(t_1)
        t_2 = np.array([t, -np.sin(t_1)])
        saved_1.append(t_2)
        t_3 = h * t_2
        saved.append(t_3)
        t_4 = x + t_3
        points.append(t_4)
        zeros = np.zeros_like(t_4)
        points_bar.append(zeros)
    t_5 = np.stack(points)
    out = np.sum(t_5 ** 2)

    # --- reverse ---
    # adjoint of: return np.sum(np.stack(points) ** 2)
    t_6 = 2 * t_5
    for k in range(len(points_bar)):
        # adjoint of: return np.sum(np.stack(points) ** 2)
        points_bar[k] = points_bar[k] + t_6[k]
    h_bar = 0.0
    for step in reversed(range(steps)):
        t_7 = saved[step]
        t_8 = saved_1[step]
        t_9 = saved_2[step]
        # adjoint of: points.append(x + h * np.array([x[1], -np.sin(x[0])]))
        t_10 = points_bar.pop()
        t_11 = sum_to_shape(t_10, t_7.shape)
        h_bar += np.dot(t_11, t_8)
        t_12 = t_11 * h
        t_13 = t_12[0]
        t_14 = t_12[1]
        t_15 = np.cos(t_9)
        x_bar = np.array(t_10)
        x_bar[0] -= t_14 * t_15
        x_bar[1] += t_13
        # adjoint of: x = points[-1]
        points_bar[-1] = points_bar[-1] + x_bar
    # adjoint of: points = [x0]
    x0_bar = points_bar[0]
    return out, (x0_bar, h_bar)
