# case: grad wrt=x,limit args=x=f64[8],limit=2.5
def until(x, limit):
    total = 0.0
    for v in x:
        total += v * v
        if total > limit:
            break
    return total * limit

# output
import numpy as np


def until_vjp(x, limit):
    t = len(x)
    total = 0.0
    trips = 0
    for k in range(t):
        trips += 1
        t_1 = x[k]
        total += t_1 * t_1
        if total > limit:
            break
    out = total * limit

    # --- reverse ---
    x_bar = np.zeros_like(x)
    limit_bar = total
    for k in reversed(range(t)[:trips]):
        x_bar[k] = 2.0 * (limit * x[k])
    return out, (x_bar, limit_bar)
