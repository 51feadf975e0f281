# case: differentiate of=jvp wrt=x args=x=f64[5],rate=0.1,steps=3
import numpy as np


def settle(x, rate, steps):
    y = x.copy()
    for step in range(steps):
        y[1:] -= rate * np.sin(y[:-1])
    return np.sum(y * y)

# output
# before
# def settle(x%0: float64[x.0], rate%1: float, steps%2: int):
#     y%3 = method copy(x%0)                                  : float64[x.0]
#     for step%4 in range(0, steps%2, 1):
#         t%5 = index getitem(y%3, :-1)                       : float64[x.0-1]
#         t%6 = np.sin(t%5)                                   : float64[x.0-1]
#         t%7 = op multiply(rate%1, t%6)                      : float64[x.0-1]
#         store y%3[1:] -= t%7
#     t%8 = op multiply(y%3, y%3)                             : float64[x.0]
#     out%9 = np.sum(t%8)                                     : float64
#     return out%9

# after
# def settle_jvp(x%0: float64[x.0], rate%1: float, steps%2: int, x_dot%3: float64[x.0]):
#     y%4 = method copy(x%0)                                  : float64[x.0]
#     t%5 = method copy(x_dot%3)                              : float64[x.0]
#     y_dot%6 = method copy(t%5)                              : float64[x.0]
#     for step%7 in range(0, steps%2, 1):
#         t%8 = index getitem(y_dot%6, :-1)                   : float64[x.0-1]
#         t%9 = index getitem(y%4, :-1)                       : float64[x.0-1]
#         t%10 = np.sin(t%9)                                  : float64[x.0-1]
#         t%11 = np.cos(t%9)                                  : float64[x.0-1]
#         t%12 = op multiply(t%8, t%11)                       : float64[x.0-1]
#         t%13 = op multiply(rate%1, t%10)                    : float64[x.0-1]
#         t%14 = op multiply(t%12, rate%1)                    : float64[x.0-1]
#         store y_dot%6[1:] -= t%14
#         store y%4[1:] -= t%13
#     t%15 = op multiply(y%4, y%4)                            : float64[x.0]
#     t%16 = op multiply(y_dot%6, y%4)                        : float64[x.0]
#     t%17 = op multiply(2.0, t%16)                           : float64[x.0]
#     out%18 = np.sum(t%15)                                   : float64
#     t%19 = np.dot(y_dot%6, y%4)                             : float64
#     out_dot%20 = op multiply(t%19, 2.0)                     : float64
#     return (out%18, out_dot%20)
