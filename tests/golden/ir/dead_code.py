# case: eliminate_dead_code of=grad wrt=x args=x=f64[4]
import numpy as np


def loss(x):
    unused = np.sum(x**3)
    scaled = 2.0 * x
    return np.sum(scaled)

# output
# before
# def loss_vjp(x%0: float64[x.0]):
#     t%1 = op power(x%0, 3)                                  : float64[x.0]
#     unused%2 = np.sum(t%1)                                  : float64
#     scaled%3 = op multiply(2.0, x%0)                        : float64[x.0]
#     out%4 = np.sum(scaled%3)                                : float64
#     # --- reverse ---
#     x_bar%5 = np.full_like(x%0, 2.0)                        : float64[x.0]
#     return (out%4, (x_bar%5))

# after
# def loss_vjp(x%0: float64[x.0]):
#     scaled%1 = op multiply(2.0, x%0)                        : float64[x.0]
#     out%2 = np.sum(scaled%1)                                : float64
#     # --- reverse ---
#     x_bar%3 = np.full_like(x%0, 2.0)                        : float64[x.0]
#     return (out%2, (x_bar%3))
