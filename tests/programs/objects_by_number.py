"""Objects of which the run decides which one a name means, and which are changed: told by their numbers."""
import copy

from tests.programs.corpus import program


class Run:
    def __init__(self, weight=1.0):
        self.total = 0.0
        self.weight = weight

    def add(self, value):
        self.total += value * self.weight


class Link:
    def __init__(self, value, following=None):
        self.value = value
        self.following = following


class Tree:
    def __init__(self, value):
        self.value = value
        self.left = None
        self.right = None

    def put(self, value):
        node = self
        while True:
            if value < node.value:
                if node.left is None:
                    node.left = Tree(value)
                    return
                node = node.left
            else:
                if node.right is None:
                    node.right = Tree(value)
                    return
                node = node.right


def begun_anew(x):
    total, run = 0.0, Run()
    for v in x:
        if v > 0.6:
            total += run.total**2
            run = Run(v)
        run.add(v)
    return total + run.total**2


program(begun_anew, lambda r: (r.uniform(0, 1.2, size=9),))


def ended_runs(x):
    ended, run = [], Run()
    for v in x:
        if v > 0.6:
            ended.append(run)
            run = Run(2.0)
        run.add(v)
    ended.append(run)
    for run in ended:
        run.add(x[0])
    return sum(run.total**2 for run in ended) * len(ended)


program(ended_runs, lambda r: (r.uniform(0, 1.2, size=9),))


def one_of_two(x):
    a, b = Run(1.0), Run(2.0)
    best = a if x[0] > x[1] else b
    best.add(x[2])
    a.add(x[0])
    b.add(x[1])
    best.weight = 3.0
    a.add(x[0])
    b.add(x[3])
    return a.total * b.total + best.total * (2.0 if best is a else 1.0)


program(one_of_two, lambda r: (r.uniform(0, 1, size=4),))


def swapped(x):
    a, b = Run(1.0), Run(2.0)
    for v in x:
        if v > 0.4:
            a, b = b, a
        a.add(v * b.weight)
        kept = copy.copy(a)
        kept.add(100.0)
    return a.total * 2 + b.total * b.weight + kept.total


program(swapped, lambda r: (r.uniform(0, 1, size=6),))


def chain_from_behind(x):
    first = None
    for v in x:
        first = Link(v * v, first)
    total, k = 0.0, 1
    link = first
    while link is not None:
        total += link.value * k
        k += 1
        link = link.following
    return total


program(chain_from_behind, lambda r: (r.normal(size=6),))


def reversed_chain(x):
    first = last = Link(x[0])
    for k in range(1, len(x)):
        last.following = Link(x[k] * last.value)
        last = last.following
    before, link = None, first
    while link:
        following = link.following
        link.following = before
        before, link = link, following
    total, k = 0.0, 1.0
    while before:
        total += before.value**2 * k
        before, k = before.following, k + 1.0
    return total


program(reversed_chain, lambda r: (r.uniform(0.8, 1.2, size=5),))


def sorted_and_popped(x):
    runs = [Run(v) for v in x]
    runs.sort(key=lambda run: run.weight)
    runs[0].add(x[0])
    runs[-1].add(x[1])
    last = runs.pop()
    last.add(2.0)
    return sum(run.total for run in runs) * last.total


program(sorted_and_popped, lambda r: (r.uniform(0, 1, size=5),))


def binary_tree(x):
    root = Tree(x[0])
    for v in x[1:]:
        root.put(v)
    total, rank, stack = 0.0, 1, [root]
    while stack:
        node = stack.pop()
        node.value *= rank
        total += node.value
        rank += 1
        if node.left is not None:
            stack.append(node.left)
        if node.right is not None:
            stack.append(node.right)
    return total + root.value


program(binary_tree, lambda r: (r.normal(size=7),))
