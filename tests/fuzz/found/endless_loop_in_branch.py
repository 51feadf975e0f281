"""The trip count of a loop in a branch not taken."""


def f(s):
    if s >= 0.27:
        while True:
            s = 1.0
    return s


ARGS = (
    -0.607,
)
