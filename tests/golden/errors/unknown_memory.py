# case: grad wrt=x args=x=f64[4, 3]
import numpy as np


def loss(x):
    y = np.sin(x)
    # a reshape of a transpose may or may not share its memory
    flat = y.T.reshape(-1)
    flat[0] = 0.0
    return np.sum(y) + np.sum(flat)

# output
# unknown_memory.py:9:5: AD150: this write may change `y`, another name for the same memory on some path, which is read later
#      9 | flat[0] = 0.0
#        | ^^^^^^^^^^^^^
#   help: copy the array before it is written: `x.copy()`
