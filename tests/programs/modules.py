"""Programs spread over modules: imports of all kinds, calls by keyword, helpers with their own globals."""

import math as mathematics

import numpy
import numpy as xp
import numpy.linalg as la
from numpy import cos, dot, where
from numpy import sum as total
from numpy.linalg import norm

from tests.programs import toolbox
from tests.programs.corpus import program
from tests.programs.toolbox import Polynomial, gaussian
from tests.programs.toolbox import smooth as soften


def helpers_of_another_module(x):
    y = x * 1.0
    soften(y, 0.3)
    mean, spread = toolbox.statistics(y)
    return toolbox.softplus(mean) + toolbox.softplus(spread, softness=1.5) + toolbox.scaled(y[0])


program(helpers_of_another_module, lambda r: (r.normal(size=5),), analytic=True,
        tags="module call-for-effect default-argument tuple-result")


def imports_of_all_kinds(x):
    y = numpy.sin(x) + xp.cos(x) * cos(2 * x)
    z = where(x > 0, y, y ** 2)
    volume = numpy.linalg.det(numpy.outer(x, x) + xp.eye(3))
    return total(z) + norm(x) + la.norm(y) * mathematics.sqrt(dot(x, x)) + volume


program(imports_of_all_kinds, lambda r: (r.normal(size=3),), tags="module imports where norm det")


def class_of_another_module(c, x):
    p = Polynomial(*c)
    q = p.derivative()
    for _ in range(3):
        x = x - 0.3 * p(x) / q(x)
    return p(x) + x ** 2


program(class_of_another_module, lambda r: ([1.0, -3.0, 0.5, 0.25], 1.7), argnums=(0, 1), analytic=True,
        tags="module class __call__ varargs generator")


def keywords_everywhere(*, centre, width, samples):
    return sum(gaussian(width=width, x=s, mean=centre) for s in samples)


def calls_by_keyword(centre, width):
    return keywords_everywhere(samples=(0.1, 0.5, 1.2), centre=centre, width=width)


program(calls_by_keyword, lambda r: (0.4, 0.8), argnums=(0, 1), tags="module keyword-only math generator")


def import_inside(x):
    from math import exp

    import tests.programs.toolbox as box
    return box.gaussian(x[0], width=exp(x[1])) * box.normalised(x)[2]


program(import_inside, lambda r: (r.normal(size=3),), tags="module local-import")


def nested_definitions(x):
    def outer(a):
        scale = a * 2

        def inner(b, power=2):
            nonlocal scale
            scale = scale + b ** power
            return scale * x[0]
        return inner(a) + inner(a + 1, power=3) * scale
    return outer(x[1]) + outer(x[2])


program(nested_definitions, lambda r: (r.normal(size=3),), analytic=True, tags="closure nonlocal nested-def")


def default_arrays(x, weights=xp.array([0.5, 1.0, 2.0]), power=2.0, *extra, bias=1.0, **unused):
    return total(weights * x ** power) + bias * x[0] + sum(extra) + len(unused)


def defaults_and_rest(x):
    return default_arrays(x) * default_arrays(x, x ** 2, 3, x[0], x[1], bias=x[2], other=1)


program(defaults_and_rest, lambda r: (r.uniform(0.5, 1.5, size=3),), analytic=True,
        tags="default-argument varargs kwargs")


def shadowed_names(x):
    sum = 0.0
    list = [v * v for v in x]
    for max in list:
        sum += max
    x = x[0] * sum
    return x


program(shadowed_names, lambda r: (r.normal(size=3),), analytic=True,
        tags="shadowed-builtins comprehension rebinding")


def returns_several(x):
    def split(v):
        return v[0], {"middle": v[1:-1], "rest": [v[-1], v[-1] ** 2]}
    first, parts = split(x)
    return first * total(parts["middle"]) + parts["rest"][1] * parts["rest"][0]


program(returns_several, lambda r: (r.normal(size=5),), analytic=True,
        tags="dict-result nested-structures slices")
