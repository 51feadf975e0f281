# case: vjp wrt=x args=x=f64[4]
import numpy as np


def moments(x):
    centre = np.mean(x)
    return centre, (x - centre) ** 2

# output
import numpy as np


def moments_fwd(x):
    centre = np.mean(x)
    t = x - centre
    return (centre, t ** 2), (t, x)


def moments_rev(record, centre_bar, t_bar):
    t = record[0]
    x = record[1]
    # adjoint of: return centre, (x - centre) ** 2
    x_bar = t_bar * (2 * t)
    centre_bar -= x_bar.sum()
    # adjoint of: centre = np.mean(x)
    x_bar += centre_bar / x.size
    return (x_bar,)
