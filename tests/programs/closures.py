"""Closures, factories, functions as values, partial application, decorators."""

import functools
import math
import operator

import numpy as np

from tests.programs.corpus import program


def dense(W, b, activation):
    def layer(x):
        return activation(x @ W + b)
    return layer


def layers_as_closures(weights, x):
    network = [dense(W, b, np.tanh) for W, b in weights[:-1]]
    network.append(dense(*weights[-1], lambda z: z))
    for layer in network:
        x = layer(x)
    return np.sum(x ** 2)


program(layers_as_closures, lambda r: ([(r.normal(size=(2, 3)), r.normal(size=3)), (r.normal(size=(3, 3)),
                                                                                    r.normal(size=3)),
                                        (r.normal(size=(3, 1)), r.normal(size=1))], r.normal(size=(4, 2))),
        argnums=(0, 1), analytic=True, tags="closure function-list starred-call lambda")


def compose(*functions):
    def composed(x):
        for f in reversed(functions):
            x = f(x)
        return x
    return composed


def composed_pipeline(x, scale):
    pipeline = compose(np.sum, lambda v: v ** 2, lambda v: scale * v, np.sin)
    return pipeline(x) + compose()(scale)


program(composed_pipeline, lambda r: (r.normal(size=3), 1.7), argnums=(0, 1), analytic=True,
        tags="closure varargs reversed lambda")


def several_lambdas_on_one_line(x):
    f, g, h = lambda t: t * t, lambda t: f(t) + x[0], lambda t, k=2: k * t - x[1]
    return f(x[2]) * g(x[1]) + h(x[0]) * h(x[2], 3) + (lambda: x[0] * x[2])()


program(several_lambdas_on_one_line, lambda r: (r.normal(size=3),), analytic=True,
        tags="lambda closure default-argument")


def counter_with_nonlocal(x):
    total = 0.0
    calls = 0

    def add(value):
        nonlocal total, calls
        total += value * x
        calls += 1
        return total

    for k in range(4):
        add(x ** k)
        if calls == 3:
            add(math.pi)
    return total / calls


program(counter_with_nonlocal, lambda r: (1.2,), analytic=True, tags="closure nonlocal scalar")


def momentum(rate, decay):
    velocity = None

    def update(parameters, gradient):
        nonlocal velocity
        velocity = gradient if velocity is None else decay * velocity + gradient
        return parameters - rate * velocity
    return update


def optimiser_as_closure(w, rate, decay):
    """Unrolled training with respect to its own hyperparameters."""
    step = momentum(rate, decay)
    A = np.array([[2.0, 0.5], [0.5, 1.0]])
    for _ in range(5):
        w = step(w, A @ w - 1.0)
    return 0.5 * w @ A @ w - w.sum()


program(optimiser_as_closure, lambda r: (r.normal(size=2), 0.1, 0.8), argnums=(0, 1, 2), analytic=True,
        tags="closure nonlocal none-join conditional-expression")


def adam_like(w, steps):
    state = {"m": np.zeros_like(w), "v": np.zeros_like(w), "t": 0}

    def update(g):
        state["t"] += 1
        state["m"] = 0.9 * state["m"] + 0.1 * g
        state["v"] = 0.99 * state["v"] + 0.01 * g ** 2
        m_hat = state["m"] / (1 - 0.9 ** state["t"])
        v_hat = state["v"] / (1 - 0.99 ** state["t"])
        return -0.1 * m_hat / (np.sqrt(v_hat) + 1e-3)

    for _ in range(steps):
        w = w + update(2 * w + np.cos(w))
    return np.sum(w ** 2)


program(adam_like, lambda r: (r.normal(size=3), 4), analytic=True, tags="closure dict-store in-place")


def partial_applications(x, p):
    shifted = functools.partial(np.add, p)
    powered = functools.partial(lambda base, exponent, scale: scale * base ** exponent, exponent=3, scale=p)
    return np.sum(shifted(x)) * np.mean(powered(x))


program(partial_applications, lambda r: (r.normal(size=3), 0.8), argnums=(0, 1), analytic=True,
        tags="partial lambda")


def square_result(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs) ** 2
    return wrapper


@square_result
def weighted(x, *, weight=1.0, offset=0.0):
    return np.sum(weight * x) + offset


def decorated_helper(x):
    return weighted(x, weight=x[0]) + weighted(x, offset=x[1], weight=2.0)


program(decorated_helper, lambda r: (r.normal(size=3),), analytic=True,
        tags="decorator wraps kwargs keyword-only")


@functools.lru_cache(maxsize=None)
def binomial(n, k):
    return 1 if k in (0, n) else binomial(n - 1, k - 1) + binomial(n - 1, k)


def bernstein(coefficients, t):
    n = len(coefficients) - 1
    return sum(c * binomial(n, k) * t ** k * (1 - t) ** (n - k) for k, c in enumerate(coefficients))


program(bernstein, lambda r: (r.normal(size=4), 0.3), argnums=(0, 1), analytic=True,
        tags="decorator lru-cache recursion generator enumerate")


def map_filter_reduce(x):
    positive = filter(lambda v: v > 0, x)
    squares = map(lambda v: v * v, positive)
    product = functools.reduce(operator.mul, squares, 1.0)
    return product + functools.reduce(lambda a, b: a * 0.5 + b, map(np.sin, x))


program(map_filter_reduce, lambda r: (r.normal(size=5) + 0.2,), analytic=True,
        tags="map filter reduce lambda operator")


def function_table(x, which):
    table = {"sin": np.sin, "square": lambda v: v ** 2, "norm": np.linalg.norm,
             "twice": functools.partial(np.dot, 2.0)}
    total = 0.0
    for name in which:
        total = total + np.sum(table[name](x))
    return total


program(function_table, lambda r: (r.normal(size=3), ("sin", "norm", "square", "twice")),
        tags="dict-of-functions strings norm partial")


def euler_with_callback(rhs, y, dt, steps, callback):
    for k in range(steps):
        y = y + dt * rhs(k * dt, y)
        callback(k, y)
    return y


def trajectory_collected_by_callback(y0, damping):
    energies = []

    def rhs(t, y):
        return np.array([y[1], -np.sin(y[0]) - damping * y[1] + 0.1 * t])

    def record(k, y):
        if k % 2 == 0:
            energies.append(0.5 * y[1] ** 2 - np.cos(y[0]))

    last = euler_with_callback(rhs, y0, 0.1, 6, record)
    return last[0] + sum(energies)


program(trajectory_collected_by_callback, lambda r: (np.array([0.8, 0.1]), 0.3), argnums=(0, 1),
        analytic=True,
        tags="closure callback list-append function-argument")


def make_spring(stiffness, rest):
    def force(length):
        return -stiffness * (length - rest)

    def energy(length):
        return 0.5 * stiffness * (length - rest) ** 2
    return force, energy


def springs_from_factory(stiffnesses, x):
    springs = [make_spring(k, 1.0 + 0.1 * i) for i, k in enumerate(stiffnesses)]
    work = 0.0
    for (force, energy), left, right in zip(springs, x[:-1], x[1:]):
        work += energy(right - left) + 0.1 * force(right - left) ** 3
    return work


program(springs_from_factory, lambda r: (r.uniform(1, 2, size=3), np.cumsum(r.uniform(size=4))),
        argnums=(0, 1),
        analytic=True, tags="closure function-tuple enumerate zip nested-unpacking")


def curried(x):
    return lambda y: lambda z: x * y + z * np.exp(x - y)


def currying(v):
    add_third = curried(v[0])(v[1])
    return add_third(v[2]) * add_third(1.0)


program(currying, lambda r: (r.normal(size=3),), analytic=True, tags="closure lambda curried")


def captured_mutable_array(x):
    memory = np.zeros(3)

    def remember(i, value):
        memory[i] += value * value

    for i, value in enumerate(x):
        remember(i % 3, value)
        remember((i + 1) % 3, 0.5 * value)
    return memory @ memory


program(captured_mutable_array, lambda r: (r.normal(size=4),), tags="closure in-place call-for-effect modulo")


def keyword_plumbing(x, **options):
    settings = {"power": 2, "scale": 1.0, **options}
    return inner_with_defaults(*x, **settings)


def inner_with_defaults(first, *rest, power=1, scale=3.0):
    result = first * scale
    for value in rest:
        result += value ** power * scale
    return result


def keywords_forwarded(x):
    return keyword_plumbing(x, scale=x[0]) + keyword_plumbing(x[:2], power=3)


program(keywords_forwarded, lambda r: (r.normal(size=4),), analytic=True,
        tags="kwargs varargs dict-merge default-argument")
