# case: differentiate of=grad wrt=x args=x=f64[5],rate=0.1,steps=3
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
# def settle_vjp(x%0: float64[x.0], rate%1: float, steps%2: int):
#     y_saved_list%3 = display list([])                       : list[float64[x.0-1]]
#     y%4 = method copy(x%0)                                  : float64[x.0]
#     for step%5 in range(0, steps%2, 1):
#         t%6 = index getitem(y%4, :-1)                       : float64[x.0-1]
#         y_saved%7 = method copy(t%6)                        : float64[x.0-1]
#         push y_saved_list%3, y_saved%7
#         t%8 = np.sin(t%6)                                   : float64[x.0-1]
#         t%9 = op multiply(rate%1, t%8)                      : float64[x.0-1]
#         store y%4[1:] -= t%9
#     t%10 = op multiply(y%4, y%4)                            : float64[x.0]
#     out%11 = np.sum(t%10)                                   : float64
#     # --- reverse ---
#     y_bar%12 = op multiply(2.0, y%4)                        : float64[x.0]
#     y_bar%13 := y_bar%12                                    : float64[x.0]
#     for step%5 in reversed range(0, steps%2, 1):
#         y_saved%14 = index getitem(y_saved_list%3, step%5)  : float64[x.0-1]
#         t%15 = index getitem(y_bar%13, 1:)                  : float64[x.0-1]
#         t%16 = op negative(t%15)                            : float64[x.0-1]
#         t%17 = op multiply(t%16, rate%1)                    : float64[x.0-1]
#         t%18 = np.cos(y_saved%14)                           : float64[x.0-1]
#         t%19 = op multiply(t%17, t%18)                      : float64[x.0-1]
#         store y_bar%13[:-1] += t%19
#     return (out%11, (y_bar%13))
