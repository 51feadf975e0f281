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


def swing_vjp(y, mass, h, steps):
    saved = []
    shape_saved = []
    saved_1 = []
    saved_2 = []
    saved_3 = []
    for i in range(steps):
        t = y[1] / mass
        saved_3.append(t)
        t_1 = y[0]
        saved_2.append(t_1)
        out = np.array([t, -np.sin(t_1)])
        t_2 = y + 0.5 * h * out
        shape = t_2.shape
        shape_saved.append(shape)
        t_3 = t_2[1] / mass
        saved_1.append(t_3)
        t_4 = t_2[0]
        saved.append(t_4)
        out = np.array([t_3, -np.sin(t_4)])
        out = y + h * out
        y = out
    t_5 = y[0]
    out = t_5 ** 2 + y[1]

    # --- reverse ---
    t_6 = 0.5 * h
    # adjoint of: return y[0] ** 2 + y[1]
    y_bar = np.zeros_like(y)
    y_bar[1] = 1.0
    y_bar[0] = 2 * t_5
    mass_bar = 0.0
    for i in reversed(range(steps)):
        t_7 = saved[i]
        shape = shape_saved[i]
        # adjoint of: return y + h * k2
        out_bar = y_bar * h
        # adjoint of: return np.array([y[1] / mass, -np.sin(y[0])])
        t_8 = out_bar[0]
        t_9 = saved_1[i]
        t_10 = saved_2[i]
        t_11 = saved_3[i]
        t_bar = np.zeros(shape)
        t_bar[0] -= out_bar[1] * np.cos(t_7)
        mass_bar -= t_8 * (t_9 / mass)
        t_bar[1] = t_8 / mass
        # adjoint of: k2 = f(y + 0.5 * h * k1)
        y_bar += t_bar
        t_bar *= t_6
        out_bar = t_bar
        # adjoint of: return np.array([y[1] / mass, -np.sin(y[0])])
        t_12 = out_bar[0]
        y_bar[0] -= out_bar[1] * np.cos(t_10)
        mass_bar -= t_12 * (t_11 / mass)
        y_bar[1] += t_12 / mass
    return out, (y_bar, mass_bar)
