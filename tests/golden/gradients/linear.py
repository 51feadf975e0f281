# case: gradient wrt=x args=x=f64[4],k=f64[4]
import numpy as np


def weighted(x, k):
    return np.sum(k * x ** 2)

# output
def weighted_grad(x, k):
    # adjoint of: return np.sum(k * x ** 2)
    x_bar = k * (2 * x)
    return x_bar
