# case: grad wrt=y,mass args=y=f64[2],mass=1.3,h=0.1,steps=3
import numpy as np


def step(f, y, h):
    k1 = f(y)
    k2 = f(y + 0.5 * h * k1)
    return y + h * k2


def swing(y, mass, h, steps):
    def rate(y):
        return np.array([y[1] / mass, -np.sin(y[0])])

    for i in range(steps):
        y = step(rate, y, h)
    return y[0] ** 2 + y[1]

# output
import numpy as np
from ad_compiler.support import sum_to_shape


def swing_vjp(y, mass, h, steps):
    shape_saved = []
    saved = []
    shape_saved_1 = []
    saved_1 = []
    shape_saved_2 = []
    saved_2 = []
    saved_3 = []
    for i in range(steps):
        t = y[1] / mass
        saved_3.append(t)
        t_1 = y[0]
        saved_2.append(t_1)
        out = np.array([t, -np.sin(t_1)])
        t_2 = 0.5 * h * out
        shape = t_2.shape
        shape_saved_2.append(shape)
        t_3 = y + t_2
        shape = t_3.shape
        shape_saved_1.append(shape)
        t_4 = t_3[1] / mass
        saved_1.append(t_4)
        t_5 = t_3[0]
        saved.append(t_5)
        out = np.array([t_4, -np.sin(t_5)])
        t_6 = h * out
        shape = t_6.shape
        shape_saved.append(shape)
        out = y + t_6
        y = out
    t_7 = y[0]
    out = t_7 ** 2 + y[1]

    # --- reverse ---
    t_8 = 0.5 * h
    # adjoint of: return y[0] ** 2 + y[1]
    y_bar = np.zeros_like(y)
    y_bar[1] = 1.0
    y_bar[0] = 2 * t_7
    mass_bar = 0.0
    for i in reversed(range(steps)):
        shape = shape_saved[i]
        t_9 = saved[i]
        shape_1 = shape_saved_1[i]
        t_10 = saved_1[i]
        shape_2 = shape_saved_2[i]
        # adjoint of: return y + h * k2
        out_bar = sum_to_shape(y_bar, shape) * h
        t_11 = saved_2[i]
        t_12 = saved_3[i]
        # adjoint of: return np.array([y[1] / mass, -np.sin(y[0])])
        t_13 = out_bar[0]
        t_14 = out_bar[1]
        t_15 = np.cos(t_9)
        t_bar = np.zeros(shape_1)
        t_bar[0] -= t_14 * t_15
        mass_bar -= t_13 * (t_10 / mass)
        t_bar[1] = t_13 / mass
        # adjoint of: k2 = f(y + 0.5 * h * k1)
        y_bar = y_bar + t_bar
        out_bar = sum_to_shape(t_bar, shape_2) * t_8
        # adjoint of: return np.array([y[1] / mass, -np.sin(y[0])])
        t_16 = out_bar[0]
        y_bar[0] -= out_bar[1] * np.cos(t_11)
        mass_bar -= t_16 * (t_12 / mass)
        y_bar[1] += t_16 / mass
    return out, (y_bar, mass_bar)
