# case: grad wrt=x args=x=f64[3]
import numpy as np


def helper(x):
    return x.no_such_method()


def loss(x):
    return np.sum(helper(x))

# output
# inside_a_helper.py:6:12: AD107: the array method `no_such_method` is not supported
#      6 | return x.no_such_method()
#        |        ^^^^^^^^^^^^^^^^^^
#   while compiling `helper`, called from `loss`
#   help: use the NumPy function of that name
