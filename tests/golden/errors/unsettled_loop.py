# case: grad wrt=x args=x=f64[3],n=4
import numpy as np


def loss(x, n):
    total = ()
    for i in range(n):
        total = (total, x)
    return np.sum(x)

# output
# unsettled_loop.py:8:18: AD120: `total` cannot be followed here: in this loop, its length changes between iterations
#      8 | total = (total, x)
#        |          ^^^^^
#   while compiling `loss`
#   help: use one name for one kind of value
