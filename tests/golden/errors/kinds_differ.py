# case: grad wrt=x args=x=f64[3]
import numpy as np


def loss(x):
    y = x[2]
    while np.sum(y) < 3.0:
        if x[0] > 0.5:
            y = (x[0], x[1])
        else:
            y = x[2] * 2.0
    return np.sum(y)

# output
# kinds_differ.py:7:18: AD120: `y` cannot be followed here: in this loop, it is tuple(float64, float64) on one path and float64 on another
#      7 | while np.sum(y) < 3.0:
#        |              ^
#   while compiling `loss`
#   help: use one name for one kind of value
