# case: grad wrt=x args=x=f64[3]
import numpy as np


def loss(x):
    try:
        y = x / np.sum(x)
    except FloatingPointError:
        y = x
    return np.sum(y)

# output
# try_with_handler.py:6:5: AD105: `try` with handlers cannot be compiled
#      6 | try:
#        | ^^^^
#   while compiling `loss`
#   help: test the condition before, instead of catching
