"""A list made in one branch only took the value of the variable in it along."""


def f(x, y):
    if y > 0.25:
        rows1 = [x, 1.0]
    return x


ARGS = (
    0.466,
    -0.707,
)
