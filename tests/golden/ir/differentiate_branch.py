# case: differentiate of=grad wrt=x args=x=0.7,n=3
def bent(x, n):
    if n > 2:
        y = x * x
    else:
        y = 3.0 * x
    return y * n

# output
# before
# def bent(x%0: float, n%1: int):
#     t%2 = op greater(n%1, 2)                                : bool
#     if t%2:
#         y%3 = op multiply(x%0, x%0)                         : float
#         y%4 := y%3                                          : float
#     else:
#         y%5 = op multiply(3.0, x%0)                         : float
#         y%4 := y%5
#     out%6 = op multiply(y%4, n%1)                           : float
#     return out%6

# after
# def bent_vjp(x%0: float, n%1: int):
#     t%2 = op greater(n%1, 2)                                : bool
#     if t%2:
#         y%3 = op multiply(x%0, x%0)                         : float
#         y%4 := y%3                                          : float
#     else:
#         y%5 = op multiply(3.0, x%0)                         : float
#         y%4 := y%5
#     out%6 = op multiply(y%4, n%1)                           : float
#     # --- reverse ---
#     if t%2:
#         t%7 = op multiply(n%1, x%0)                         : float
#         x_bar%8 = op multiply(2.0, t%7)                     : float
#         x_bar%9 := x_bar%8                                  : float
#     else:
#         x_bar%10 = op multiply(n%1, 3.0)                    : float
#         x_bar%9 := x_bar%10
#     return (out%6, (x_bar%9))
