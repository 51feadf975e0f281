"""`match` on sequences, mappings, classes and constants, with guards."""

from dataclasses import dataclass

import numpy as np

from tests.programs.corpus import program


def commands(steps, x):
    for step in steps:
        match step:
            case ("scale", k):
                x = x * k
            case ("shift", a, b):
                x = x + a * np.sin(b)
            case ["power", n]:
                x = x ** n
            case (name, *rest) if name != "skip":
                x = x + len(rest) * x ** 2
            case _:
                x = -x
    return np.sum(x)


program(commands, lambda r: ([("scale", 2.0), ("shift", 1.0, 0.3), ("power", 2), ("other", 1, 2, 3), ("skip",)],
                             r.normal(size=3)), argnums=1, analytic=True, tags="match sequence star guard")


def penalty(settings, x):
    match settings:
        case {"kind": "ridge", "rate": rate}:
            return rate * np.sum(x ** 2)
        case {"kind": "pair", "parts": [first, second], **rest}:
            return rest["scale"] * penalty(first, x) + penalty(second, x ** 2)
        case {"kind": "cubic" | "third"} | None:
            return np.sum(x ** 3)
    return 0.0


def nested_settings(x, rate):
    return penalty({"kind": "pair", "parts": ({"kind": "ridge", "rate": rate}, {"kind": "third"}), "scale": 2.0}, x)


program(nested_settings, lambda r: (r.normal(size=3), 0.3), argnums=(0, 1), analytic=True, tags="match mapping or")


@dataclass
class Circle:
    radius: float


@dataclass
class Box:
    width: float
    height: float


class Triangle:
    __match_args__ = ("base", "height")

    def __init__(self, base, height):
        self.base, self.height = base, height


def area(shape):
    match shape:
        case Circle(radius=r):
            return np.pi * r ** 2
        case Box(w, h) if w > h:
            return 2.0 * w * h
        case Box(w, h):
            return w * h
        case Triangle(base, height=h):
            return base * h / 2
        case [*shapes]:
            return sum(area(s) for s in shapes)
        case float() | int() as side:
            return side * side


def areas_of_shapes(x):
    return area([Circle(x[0]), Box(x[1], x[2]), Box(3.0 * x[1], x[2]), Triangle(x[0], x[2]), [x[1] * 2.0]])


program(areas_of_shapes, lambda r: (r.uniform(1, 2, size=3),), tags="match class guard recursion")
