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
    shape_saved = []
    saved = []
    saved_1 = []
    points = [x0]
    zeros = np.zeros_like(x0)
    points_bar = [zeros]
    for step in range(steps):
        x = points[-1]
        t = x[1]
        t_1 = x[0]
        saved_1.append(t_1)
        t_2 = np.array([t, -np.sin(t_1)])
        saved.append(t_2)
        t_3 = h * t_2
        shape = t_3.shape
        shape_saved.append(shape)
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
        shape = shape_saved[step]
        t_7 = saved[step]
        t_8 = saved_1[step]
        # adjoint of: points.append(x + h * np.array([x[1], -np.sin(x[0])]))
        t_9 = points_bar.pop()
        t_10 = sum_to_shape(t_9, shape)
        h_bar += np.dot(t_10, t_7)
        t_11 = t_10 * h
        t_12 = t_11[0]
        t_13 = t_11[1]
        t_14 = np.cos(t_8)
        x_bar = np.array(t_9)
        x_bar[0] -= t_13 * t_14
        x_bar[1] += t_12
        # adjoint of: x = points[-1]
        points_bar[-1] = points_bar[-1] + x_bar
    # adjoint of: points = [x0]
    x0_bar = points_bar[0]
    return out, (x0_bar, h_bar)
