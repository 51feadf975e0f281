# case: grad wrt=x args=x=f64[4],n=2
import numpy as np


def loss(x, n):
    a = np.sin(x)
    b = np.zeros_like(a)
    for i in range(n):
        # from the second step on `b` is another name for `a`
        b[0] = 2.0 * a[1]
        b = a
    return np.sum(a * b)

# output
# hazard.py:10:9: AD150: this write may change `a`, another name for the same memory on some path, which is read later
#     10 | b[0] = 2.0 * a[1]
#        | ^^^^^^^^^^^^^^^^^
#   help: copy the array before it is written: `x.copy()`
