# case: grad wrt=x args=x=f64[6],limit=1.9
import numpy as np


def first_above(x, limit):
    level = 1.0
    for i in range(x.size):
        level = level * x[i] + 0.5
        if level > limit:
            return level**2
    return np.sum(x) + level

# output
import numpy as np


def first_above_vjp(x, limit):
    saved = []
    level_saved = []
    level_saved_1 = []
    t = x.size
    level = 1.0
    returned = False
    result = 0.0
    trips = 0
    for i in range(t):
        trips += 1
        level_saved_1.append(level)
        level = level * x[i] + 0.5
        level_saved.append(level)
        t_1 = level > limit
        saved.append(t_1)
        if t_1:
            result = level ** 2
            returned = True
            break
    if not returned:
        result = np.sum(x) + level

    # --- reverse ---
    if returned:
        result_bar = 1.0
        level_bar = 0.0
        # adjoint of: return np.sum(x) + level
        x_bar = np.zeros_like(x)
    else:
        result_bar = 0.0
        level_bar = 1.0
        # adjoint of: return np.sum(x) + level
        x_bar = np.broadcast_to(1.0, x.shape)
    x_bar = np.array(x_bar)
    for i in reversed(range(t)[:trips]):
        t_2 = saved[i]
        level = level_saved[i]
        level_1 = level_saved_1[i]
        t_3 = x[i]
        if t_2:
            # adjoint of: return level**2
            level_bar += result_bar * (2 * level)
            result_bar = 0.0
        # adjoint of: level = level * x[i] + 0.5
        level_bar_1 = level_bar * t_3
        x_bar[i] += level_bar * level_1
        level_bar = level_bar_1
    return result, (x_bar,)
