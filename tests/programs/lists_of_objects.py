"""Lists that grow at run time, of objects: shared, held by tuples and by other objects, changed while they are in."""

from dataclasses import dataclass

from tests.programs.corpus import program


@dataclass
class Obs:
    value: float
    weight: float | None = None


def optional_parts(x):
    obs = []
    for i, v in enumerate(x):
        obs.append(Obs(v, None if i % 2 else v * v))
    total = 0.0
    for o in obs:
        total += o.value * (o.weight if o.weight is not None else 1.0)
    return total


program(optional_parts, lambda r: (r.normal(size=5),))


class Point:
    def __init__(self, x):
        self.x = x


def obj_in_tuple(x):
    items = []
    total = 0.0
    for i, v in enumerate(x):
        p = Point(v)
        items.append((p, 1.0 + i))
        p.x = p.x * 3.0
    for p, w in items:
        total += p.x * w
    return total


program(obj_in_tuple, lambda r: (r.normal(size=4),))


def obj_in_tuple2(x):
    items = []
    total = 0.0
    for i, v in enumerate(x):
        items.append((Point(v), 1.0 + i))
    for p, w in items:
        p.x *= 2.0
    for p, w in items:
        total += p.x * w
    return total


program(obj_in_tuple2, lambda r: (r.normal(size=4),))


class Holder:
    def __init__(self, x):
        self.p = Point(x)
        self.w = 1.0


def obj_in_obj(x):
    items = []
    total = 0.0
    for i, v in enumerate(x):
        p = Point(v)
        q = Holder(v)
        q.p = p
        items.append(q)
        p.x = p.x * 3.0
    for q in items:
        total += q.p.x * q.w
    return total


program(obj_in_obj, lambda r: (r.normal(size=4),))


def obj_shared(x):
    items = []
    total = 0.0
    p = Point(x[0])
    for i, v in enumerate(x):
        items.append((p, v))
    p.x = p.x * 3.0
    for q, v in items:
        total += q.x * v
    return total


program(obj_shared, lambda r: (r.normal(size=4),))


def near_objects(x):
    ps = [Point(v) for v in x]
    near = [p for p in ps if p.x > 0]
    for p in near:
        p.x = p.x ** 2
    return sum(p.x * (i + 1) for i, p in enumerate(ps))


program(near_objects, lambda r: (r.normal(size=6),))


def two_lists(x):
    a, b = [], []
    for v in x:
        p = Point(v)
        a.append(p)
        b.append(p)
    for p in b:
        p.x *= 2.0
    return sum(p.x * (i + 1) for i, p in enumerate(a))


program(two_lists, lambda r: (r.normal(size=6),))


def links(x):
    ps = [Point(v) for v in x]
    bonds = []
    for i in range(len(ps) - 1):
        bonds.append((ps[i], ps[i + 1], 0.1 * i))
    for a, b, k in bonds:
        f = k * (a.x - b.x)
        a.x -= f
        b.x += f
    return sum(p.x ** 2 for p in ps)


program(links, lambda r: (r.normal(size=5),))
