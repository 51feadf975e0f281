# case: grad wrt=x args=x=f64[3]
import numpy as np


COUNTS = np.zeros(3)


def loss(x):
    COUNTS[0] = x[0]
    return np.sum(COUNTS)

# output
# captured_array_written.py:9:5: AD132: the program writes into `COUNTS`, an array from outside it (golden_captured_array_written.COUNTS)
#      9 | COUNTS[0] = x[0]
#        | ^^^^^^^^^^^^^^^^
#   while compiling `loss`
#   help: pass the array as an argument, or copy it first
