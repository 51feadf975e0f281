# case: simplify of=grad wrt=x args=x=f64[4],y=f64[4]
import numpy as np


def loss(x, y):
    return np.sum(y - np.exp(-x) / y)

# output
# before
# def loss_vjp(x%0: float64[x.0], y%1: float64[x.0]):
#     t%2 = op negative(x%0)                                  : float64[x.0]
#     t%3 = np.exp(t%2)                                       : float64[x.0]
#     t%4 = op divide(t%3, y%1)                               : float64[x.0]
#     t%5 = op subtract(y%1, t%4)                             : float64[x.0]
#     out%6 = np.sum(t%5)                                     : float64
#     # --- reverse ---
#     t%7 = op divide(1, y%1)                                 : float64[x.0]
#     t%8 = op negative(t%7)                                  : float64[x.0]
#     t%9 = op multiply(t%8, t%3)                             : float64[x.0]
#     x_bar%10 = op negative(t%9)                             : float64[x.0]
#     return (out%6, (x_bar%10))

# after
# def loss_vjp(x%0: float64[x.0], y%1: float64[x.0]):
#     t%2 = op negative(x%0)                                  : float64[x.0]
#     t%3 = np.exp(t%2)                                       : float64[x.0]
#     t%4 = op divide(t%3, y%1)                               : float64[x.0]
#     t%5 = op subtract(y%1, t%4)                             : float64[x.0]
#     out%6 = np.sum(t%5)                                     : float64
#     # --- reverse ---
#     t%7 = op divide(1, y%1)                                 : float64[x.0]
#     t%8 = op negative(t%7)                                  : float64[x.0]
#     t%9 = op multiply(t%8, t%3)                             : float64[x.0]
#     t%10 = op multiply(t%7, t%3)                            : float64[x.0]
#     x_bar%11 = t%10                                         : float64[x.0]
#     return (out%6, (x_bar%11))
