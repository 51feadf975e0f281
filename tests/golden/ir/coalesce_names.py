# case: coalesce of=grad wrt=x args=x=0.5,n=3
import numpy as np


def grow(x, n):
    y = x
    for i in range(n):
        z = np.sin(y)
        y = z + x
    return y

# output
# before
# def grow_vjp(x%0: float, n%1: int):
#     y_saved%2 = display list([])                            : list[float64]
#     y%3 := x%0                                              : float64
#     for i%4 in range(0, n%1, 1):
#         push y_saved%2, y%3
#         z%5 = np.sin(y%3)                                   : float64
#         y%6 = op add(z%5, x%0)                              : float64
#         y%3 := y%6
#     # --- reverse ---
#     y_bar%7 := 1.0                                          : float64
#     x_bar%8 := 0.0                                          : float
#     for i%4 in reversed range(0, n%1, 1):
#         y%9 = index getitem(y_saved%2, i%4)                 : float64
#         x_bar%10 = op add(x_bar%8, y_bar%7)                 : float64
#         t%11 = np.cos(y%9)                                  : float64
#         y_bar%12 = op multiply(y_bar%7, t%11)               : float64
#         y_bar%7, x_bar%8 := y_bar%12, x_bar%10
#     x_bar%13 = op add(x_bar%8, y_bar%7)                     : float64
#     return (y%3, (x_bar%13))

# after
# def grow_vjp(x%0: float, n%1: int):
#     y_saved%2 = display list([])                            : list[float64]
#     y%3 := x%0                                              : float64
#     for i%4 in range(0, n%1, 1):
#         push y_saved%2, y%3
#         z%5 = np.sin(y%3)                                   : float64
#         y%3 = op add(z%5, x%0)
#     # --- reverse ---
#     y_bar%6 := 1.0                                          : float64
#     x_bar%7 := 0.0                                          : float64
#     for i%4 in reversed range(0, n%1, 1):
#         y%8 = index getitem(y_saved%2, i%4)                 : float64
#         x_bar%7 = op add(x_bar%7, y_bar%6)
#         t%9 = np.cos(y%8)                                   : float64
#         y_bar%6 = op multiply(y_bar%6, t%9)
#     x_bar%7 = op add(x_bar%7, y_bar%6)
#     return (y%3, (x_bar%7))
