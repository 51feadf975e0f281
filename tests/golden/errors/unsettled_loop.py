# case: grad wrt=x args=x=f64[3],n=4.0
import numpy as np


def loss(x, n):
    total = ()
    while n > 0:
        total = (total, x)
        n -= 1
    return np.sum(x)

# output
# unsettled_loop.py:8:18: AD120: `total` cannot be followed here: in this loop, its length changes between iterations
#      8 | total = (total, x)
#        |          ^^^^^
#   while compiling `loss`
#   help: use one name for one kind of value
