"""The values of a dict are read when their iteration begins."""


def f(d):
    for e2 in d.values():
        d["q"] = e2
    return d["q"] * d["p"]


ARGS = (
    {"p": 0.448, "q": -1.029},
)
