"""Pricing and planning."""

import math
from math import erf, exp, log, sqrt

import numpy as np

from tests.programs.corpus import program


def normal_cdf(x):
    return 0.5 * (1.0 + erf(x / sqrt(2.0)))


def black_scholes(S, K, T, r, sigma):
    d1 = (log(S / K) + (r + sigma ** 2 / 2) * T) / (sigma * sqrt(T))
    d2 = d1 - sigma * sqrt(T)
    return S * normal_cdf(d1) - K * exp(-r * T) * normal_cdf(d2)


program(black_scholes, lambda r: (100.0, 95.0, 0.75, 0.03, 0.25), argnums=(0, 1, 2, 3, 4),
        tags="math erf scalar")


def binomial_american_put(S, K, rate, sigma, steps=6):
    dt = 0.5 / steps
    u = np.exp(sigma * np.sqrt(dt))
    p = (np.exp(rate * dt) - 1 / u) / (u - 1 / u)
    values = np.array([max(K - S * u ** (2 * j - steps), 0.0) for j in range(steps + 1)])
    for step in range(steps - 1, -1, -1):
        for j in range(step + 1):
            hold = np.exp(-rate * dt) * (p * values[j + 1] + (1 - p) * values[j])
            exercise = K - S * u ** (2 * j - step)
            values[j] = max(hold, exercise)
    return values[0]


program(binomial_american_put, lambda r: (9.7, 10.0, 0.05, 0.3), argnums=(0, 1, 2, 3),
        tags="loops in-place max comprehension default-argument negative-step")


def monte_carlo_asian(S0, sigma, rate, strike, draws):
    payoff = 0.0
    for path in draws:
        s, average = S0, 0.0
        for z in path:
            s *= np.exp((rate - sigma ** 2 / 2) / len(path) + sigma * z / np.sqrt(len(path)))
            average += s / len(path)
        if average > strike:
            payoff += average - strike
    return np.exp(-rate) * payoff / len(draws)


program(monte_carlo_asian, lambda r: (10.0, 0.3, 0.03, 9.5, r.normal(size=(6, 4))), argnums=(0, 1, 2, 3, 4),
        analytic=True, tags="loops branch row-iteration random-fixed")


def heston_paths(parameters, normals):
    kappa, theta, xi, rho, v0 = parameters
    dt = 0.1
    log_s = np.zeros(normals.shape[-1])
    v = np.full(normals.shape[-1], v0)
    for z1, z2 in normals:
        w = rho * z1 + np.sqrt(1 - rho ** 2) * z2
        positive = np.maximum(v, 1e-4)
        log_s += -0.5 * positive * dt + np.sqrt(positive * dt) * z1
        v = v + kappa * (theta - positive) * dt + xi * np.sqrt(positive * dt) * w
    return np.mean(np.maximum(np.exp(log_s) - 1.0, 0.0))


program(heston_paths, lambda r: ([1.5, 0.04, 0.3, -0.6, 0.05], r.normal(size=(3, 2, 5))),
        tags="list-argument list-unpacking row-unpacking maximum full in-place")


def bond_duration(yields, coupon, face=100.0):
    price = weighted = 0.0
    for year, y in enumerate(yields, 1):
        cash = coupon * face + (face if year == len(yields) else 0)
        discounted = cash / (1 + y) ** year
        price += discounted
        weighted += year * discounted
    return weighted / price


program(bond_duration, lambda r: ([0.02, 0.025, 0.03, 0.032], 0.04), argnums=(0, 1), analytic=True,
        tags="enumerate-start list-argument conditional-expression chained-assignment")


def internal_rate(cash_flows):
    rate = 0.1
    for _ in range(50):
        value = sum(c / (1 + rate) ** t for t, c in enumerate(cash_flows))
        slope = sum(-t * c / (1 + rate) ** (t + 1) for t, c in enumerate(cash_flows))
        step = value / slope
        rate = rate - step
        if abs(step) < 1e-15:
            return rate
    raise ArithmeticError("no internal rate")


program(internal_rate, lambda r: ([-100.0, 30.0, 45.0, 50.0],), analytic=True,
        tags="early-return-in-loop generator raise list-argument")


def implied_volatility(price):
    low, high = 0.01, 2.0
    while high - low > 0.1:
        middle = 0.5 * (low + high)
        if black_scholes(10.0, 10.0, 1.0, 0.02, middle) < price:
            low = middle
        else:
            high = middle
    sigma = 0.5 * (low + high)
    for _ in range(5):
        d1 = (0.02 + sigma ** 2 / 2) / sigma
        vega = 10.0 * math.exp(-d1 ** 2 / 2) / math.sqrt(2 * math.pi)
        sigma -= (black_scholes(10.0, 10.0, 1.0, 0.02, sigma) - price) / vega
    return sigma


program(implied_volatility, lambda r: (1.4,), tags="while branch newton math call")


def markowitz(returns, aversion):
    mu = returns.mean(axis=0)
    sigma = np.cov(returns.T) + 0.05 * np.eye(returns.shape[1])
    ones = np.ones(len(mu))
    inverse = np.linalg.inv(sigma)
    multiplier = (ones @ inverse @ mu - aversion) / (ones @ inverse @ ones)
    weights = inverse @ (mu - multiplier * ones) / aversion
    return weights @ mu - 0.5 * aversion * weights @ sigma @ weights


program(markowitz, lambda r: (r.normal(size=(6, 3)), 2.0), argnums=(0, 1), tags="cov inv mean matmul")


def crank_nicolson_option(sigma, rate, grid):
    """Implicit finite differences backwards in time, each step a tridiagonal sweep."""
    n = len(grid)
    v = np.maximum(grid - 1.0, 0.0)
    dt = 0.1
    i = np.arange(1, n - 1)
    for _ in range(3):
        a = 0.25 * dt * (sigma ** 2 * i ** 2 - rate * i)
        b = -0.5 * dt * (sigma ** 2 * i ** 2 + rate)
        c = 0.25 * dt * (sigma ** 2 * i ** 2 + rate * i)
        rhs = a * v[:-2] + (1 + b) * v[1:-1] + c * v[2:]
        system = np.diag(1 - b) + np.diag(-a[1:], -1) + np.diag(-c[:-1], 1)
        v[1:-1] = np.linalg.solve(system, rhs)
        v[0], v[-1] = 0.0, 2 * v[-2] - v[-3]
    return v[n // 2] + v.sum()


program(crank_nicolson_option, lambda r: (0.3, 0.04, np.linspace(0, 2.1, 7)), argnums=(0, 1, 2),
        tags="solve diag in-place tuple-store maximum")


def consumption_plan(beta, wealth, income):
    """Value iteration on a fixed grid with a soft maximum."""
    value = [0.0] * 4
    for _ in range(3):
        new = []
        for state in range(4):
            options = []
            for save in range(state + 1):
                consumption = wealth[state] - 0.5 * wealth[save] + income
                options.append(np.log(consumption) + beta * value[save])
            new.append(np.log(sum(np.exp(o) for o in options)))
        value = new
    return value[-1]


program(consumption_plan, lambda r: (0.9, np.array([1.0, 1.4, 2.1, 3.0]), 0.3), argnums=(0, 1, 2),
        analytic=True,
        tags="nested-loops list-append generator triangular rebinding")


def discounted_calls(spot, strike, years, rate):
    """A factor that two cotangents are products with: neither may be written into it before the other has read it."""
    weight = np.tanh(spot)
    return np.sum(spot - strike * np.exp(-rate * years) * weight)


program(discounted_calls, lambda r: (r.uniform(1, 2, size=4), r.uniform(1, 2, size=4), r.uniform(0.5, 1, size=4), 0.3),
        argnums=(0, 1, 2, 3), analytic=True, tags="elementwise exp product")
