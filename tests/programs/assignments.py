"""Forms of assignment, conditions, conversions, module constants."""

import io

import numpy as np

from tests.programs.corpus import program


def assignments_of_every_form(x):
    a = b = x[0]
    (c, d), *rest = (x[1], x[2]), x[3], x[4]
    a, b = b * c, a + d
    e: float = a * b
    e **= 2
    f = g = None
    if f is None and g is None:
        f = [e, rest[0]]
    f[1] *= rest[-1]
    f[0], (g, *_) = f[1], rest
    first, *middle, last = x
    del a
    return e + f[0] * g + first * last + sum(middle)


program(assignments_of_every_form, lambda r: (r.normal(size=5),), analytic=True,
        tags="starred-unpacking chained-assignment swap annotated augmented del")


def boolean_logic(x):
    total = 0.0
    for i in range(len(x)):
        inside = 0.2 < x[i] <= 1.5 and not i == 3
        if inside or (x[i] < -1 and i > 0):
            total += x[i] ** 3
        elif x[i] > 1.5:
            total -= x[i]
        else:
            total += (x[i] if i % 2 else 2 * x[i]) * x[0]
    choice = (total > 1000 and x[1]) or x[2] ** 2
    return total + choice


program(boolean_logic, lambda r: (np.array([0.7, -1.3, 0.1, 1.0, 2.2, 0.9]),), analytic=True,
        tags="and or not chained-comparison conditional-expression elif")


def loops_of_every_range(x):
    n = len(x)
    total = 0.0
    for i in range(n - 1, -1, -2):
        total += x[i] * (i + 1)
    for i in range(2, n, 3):
        total *= 1 + 0.1 * x[i]
    for i in range(5, 2):
        total += 1e6 * x[i]
    for i in reversed(range(1, n)):
        total += x[i] * x[i - 1]
    for i in range(-2, 0):
        total += x[i] ** 2
    return total + i


program(loops_of_every_range, lambda r: (r.normal(size=7),), analytic=True,
        tags="range-steps negative-step reversed empty-loop negative-index loop-variable-after")


def triangular_nest(x):
    s = 0.0
    for i in range(len(x)):
        for j in range(i, len(x)):
            for k in range(j - i):
                s += x[i] * x[j] * (k + 1)
                if k > 1:
                    break
    return s


program(triangular_nest, lambda r: (r.normal(size=5),), analytic=True,
        tags="loops triangular break empty-loop")


def accumulator_changes_type(x):
    total = 0
    for row in x:
        total = total + row * 2
    best = None
    for value in total:
        if best is None or value > best:
            best = value
    return best * total.sum()


program(accumulator_changes_type, lambda r: (r.normal(size=(3, 4)),), analytic=True,
        tags="type-join none-join row-iteration")


def flags_and_counters(x):
    found = False
    count = 0
    value = 0.0
    for v in x:
        if not found and v > 0.5:
            found = True
            value = v * 2
        elif found:
            count += 1
            value *= v
    return value / count if count else value


program(flags_and_counters, lambda r: (np.array([0.1, 0.4, 0.8, 1.2, -0.7]),), analytic=True,
        tags="boolean-state integer-state elif conditional-expression")


GRAVITY = 9.81
SETTINGS = {"drag": 0.2, "steps": 8}
TABLE = np.array([1.0, 0.5, 0.25])


def module_constants(v):
    height = 0.0
    for step in range(SETTINGS["steps"]):
        v = v - 0.05 * (GRAVITY + SETTINGS["drag"] * v * abs(v))
        height += 0.05 * v * TABLE[step % len(TABLE)]
    return height


program(module_constants, lambda r: (6.0,), tags="globals modulo abs scalar")


def first_iteration_differs(x):
    for i, value in enumerate(x):
        if i == 0:
            smooth = value
        else:
            smooth = 0.7 * smooth + 0.3 * value
    return smooth ** 2


program(first_iteration_differs, lambda r: (r.normal(size=4),), analytic=True,
        tags="defined-in-branch enumerate recurrence")


def ternary_ladder(x):
    y = x[0] if x[0] > 2 else x[1] if x[1] > 1 else x[2] * x[0]
    z = -y if y < 0 else y
    return np.exp(z) if (w := z * x[1]) > 0.5 else w ** 2


program(ternary_ladder, lambda r: (np.array([1.2, 0.8, -0.9]),), analytic=True,
        tags="conditional-expression walrus")


def prints_and_strings(x):
    message = f"{len(x)} values"
    label = "even" if len(x) % 2 == 0 else "odd"
    total = sum(x) if label == "even" else np.prod(x)
    if "bad" in message:
        raise ValueError(f"{message}: {total:.3f}")
    return total * len(label)


program(prints_and_strings, lambda r: (r.normal(size=3),), analytic=True, tags="f-string strings raise")


def int_and_float_conversions(x):
    n = int(x[0] * 0 + 3.7)
    s = 0.0
    for k in range(n):
        s += float(x[k]) * x[k].item()
    flag = bool(n) and isinstance(s, float)
    return s / n if flag else abs(s)


program(int_and_float_conversions, lambda r: (r.uniform(1, 2, size=4),),
        tags="int float bool item isinstance")


CALLS = 0


def global_counter(x):
    global CALLS
    CALLS = 0
    for value in x:
        CALLS += 1
        x = x * 1.1 if value > 0 else x
    return np.sum(x) * CALLS


program(global_counter, lambda r: (r.normal(size=3),), analytic=True,
        tags="global rebinding conditional-expression")


def prints_progress(x, stream=io.StringIO()):
    loss = np.sum(x ** 2)
    for k in range(3):
        x = x - 0.1 * np.cos(x)
        loss = loss + np.sum(x)
        print(f"step {k}: {loss!r:>10}", end="\n", file=stream)
    return loss


program(prints_progress, lambda r: (r.normal(size=3),), analytic=True, tags="print f-string default-argument")
