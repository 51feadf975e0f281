# case: grad wrt=x args=x=f64[6]
def clipped_walk(x):
    position = 0.0
    cost = 0.0
    for step in x:
        position += step - 0.9
        if position < 0.0:
            position = 0.0
            continue
        cost += position**2
    return cost

# output
import numpy as np


def clipped_walk_vjp(x):
    saved = []
    position_saved = []
    t = len(x)
    position = 0.0
    cost = 0.0
    for k in range(t):
        position += x[k] - 0.9
        position_saved.append(position)
        t_1 = position < 0.0
        saved.append(t_1)
        if t_1:
            position = 0.0
        else:
            cost += position ** 2

    # --- reverse ---
    x_bar = np.zeros_like(x)
    position_bar = 0.0
    cost_bar = 1.0
    for k in reversed(range(t)):
        t_2 = saved[k]
        position = position_saved[k]
        if t_2:
            position_bar = 0.0
        else:
            # adjoint of: cost += position**2
            position_bar += cost_bar * (2 * position)
        x_bar[k] = position_bar
    return cost, (x_bar,)
