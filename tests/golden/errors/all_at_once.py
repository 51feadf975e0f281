# case: grad wrt=x args=x=f64[3],n=3
import numpy as np


def scaled(x):
    factor = x.no_such_method()
    return factor * x


def loss(x, n):
    y = scaled(x)
    total = y.sum()
    for k in range(n):
        mask = np.no_such_function(x)
        x[k] = mask[k]
    z = np.unpackbits(total)
    with open("file") as lines:
        first = lines.read()
    return eval("x.sum()")

# output
# all_at_once.py:6:14: AD107: the array method `no_such_method` is not supported
#      6 | factor = x.no_such_method()
#        |          ^^^^^^^^^^^^^^^^^^
#   while compiling `scaled`, called from `loss`
#   help: use the NumPy function of that name
#
# all_at_once.py:14:16: AD129: `numpy` has no attribute `no_such_function`
#     14 | mask = np.no_such_function(x)
#        |        ^^^^^^^^^^^^^^^^^^^
#   while compiling `loss`
#
# all_at_once.py:17:10: AD108: `open` has neither a derivative rule nor Python source
#     17 | with open("file") as lines:
#        |      ^^^^^^^^^^^^
#   while compiling `loss`
#   help: write it in Python, or with functions that have a derivative (docs/coverage.md)
#
# all_at_once.py:19:12: AD108: `eval` has neither a derivative rule nor Python source
#     19 | return eval("x.sum()")
#        |        ^^^^^^^^^^^^^^^
#   while compiling `loss`
#   help: write it in Python, or with functions that have a derivative (docs/coverage.md)
