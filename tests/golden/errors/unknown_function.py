# case: grad wrt=x args=x=f64[3]
import zlib

import numpy as np


def loss(x):
    # a function in C without a rule
    return np.sum(x) * zlib.crc32(b"")

# output
# unknown_function.py:9:24: AD108: `zlib.crc32` has neither a derivative rule nor Python source
#      9 | return np.sum(x) * zlib.crc32(b"")
#        |                    ^^^^^^^^^^^^^^^
#   while compiling `loss`
#   help: write it in Python, or with functions that have a derivative (docs/coverage.md)
