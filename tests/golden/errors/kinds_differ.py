# case: grad wrt=x args=x=f64[3]
import numpy as np


def loss(x):
    if x[0] > 0.5:
        y = (x[0], x[1])
    else:
        y = x[2]
    return np.sum(y)

# output
# kinds_differ.py:10:19: AD120: `y` cannot be followed here: it is tuple(float64, float64) on one path and float64 on another
#     10 | return np.sum(y)
#        |               ^
#   while compiling `loss`
#   help: use one name for one kind of value
