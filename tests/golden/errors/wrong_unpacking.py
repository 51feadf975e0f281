# case: grad wrt=x args=x=f64[3]
import numpy as np


def loss(x):
    a, b = np.sum(x), x, 1.0
    return a

# output
# wrong_unpacking.py:6:5: AD125: 3 values are unpacked into 2 names
#      6 | a, b = np.sum(x), x, 1.0
#        | ^^^^
#   while compiling `loss`
