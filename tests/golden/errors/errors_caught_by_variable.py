# case: grad wrt=x args=x=f64[3]
import numpy as np


def loss(x):
    kinds = [ValueError, KeyError][int(x[0] > 2.0)]
    try:
        y = x / np.sum(x)
    except kinds:
        y = x
    return np.sum(y)

# output
# errors_caught_by_variable.py:9:12: AD105: which errors are caught here is not known when compiling
#      9 | except kinds:
#        |        ^^^^^
#   while compiling `loss`
#   help: name the error's class
