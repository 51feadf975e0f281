"""Lists that a loop's body reads before, in the text, it puts anything into them."""
import numpy as np

from .corpus import program


def filter_with_feedback(x, feed, back):
    """y_j = feed x_j + back y_(j-1) y_(j-2): earlier outputs are looked up in the list that grows below."""
    ys = []
    for j in range(len(x)):
        y = feed * x[j]
        if j >= 1:
            y = y + back * ys[j - 1]
        if j >= 2:
            y = y * (1.0 + ys[j - 2])
        ys.append(y)
    return ys[-1] * sum(ys)


program(filter_with_feedback, lambda r: (r.normal(size=6), 0.7, 0.4), argnums=(0, 1, 2), analytic=True,
        tags="recurrence list-append list-read-first branch")


def rising_pairs(x):
    """A stack of falling values: what a larger one takes off is weighted with it."""
    stack = []
    total = 0.0
    for v in x:
        while stack and stack[-1] < v:
            total += stack.pop() * v
        stack.append(v)
    return total + 0.5 * sum(stack)


program(rising_pairs, lambda r: (r.normal(size=9),), tags="list-append list-pop while short-circuit list-read-first")


def chained_states(x, w):
    """The state before is the last of the list, if there is one."""
    states = []
    for row in x:
        before = states[-1] if states else np.zeros(3)
        states.append(np.tanh(w @ before + row))
    return np.sum(states[-1] ** 2) + np.sum(states[0])


program(chained_states, lambda r: (r.normal(size=(4, 3)), r.normal(size=(3, 3))), argnums=(0, 1), analytic=True,
        tags="recurrence list-append conditional-expression list-read-first matmul")


def two_step_memory(x):
    """Two lists, each read to grow the other."""
    fast, slow = [], []
    for k in range(5):
        if slow and len(fast) > 1:
            x = x - 0.1 * np.sin(fast[-2]) * slow[-1]
        fast.append(x * x)
        if k % 2 or not fast:
            slow.append(np.cos(fast[-1]) + (slow[-1] if slow else 0.0))
    return np.sum(x) + np.sum(fast[0] * slow[-1])


program(two_step_memory, lambda r: (r.normal(size=4),), analytic=True, tags="list-append list-read-first short-circuit")
