"""A function of fifty lines, the fixed text whose first gradient `first_call` times.

It is an ordinary model fit: an epidemic in three age groups under a varying contact rate, a small network
as the correction of what is reported, and a likelihood. It writes nothing in place, so that JAX compiles
the same text.
"""
from __future__ import annotations

import numpy as np


def epidemic_misfit(rates, contacts, network, start, reported):
    """Negative log-likelihood of reported cases under an age-structured epidemic model."""
    # states of the model, one number per age group
    susceptible = 1.0 - start
    infected = start
    recovered = np.zeros_like(start)
    infection = np.exp(rates[0])
    recovery = np.exp(rates[1])
    waning = np.exp(rates[2])
    amplitude = np.tanh(rates[3])
    # who meets whom: each row is a distribution
    mixing = contacts @ contacts.T
    mixing = mixing / np.sum(mixing, axis=1, keepdims=True)
    step = 0.25

    likelihood = 0.0
    largest = 0.0
    for day in range(4):
        # the contact rate varies with the season
        season = 1.0 + amplitude * np.cos(0.3 * day)
        cases = np.zeros_like(start)
        for part in range(2):
            force = infection * season * (mixing @ infected)
            new = step * force * susceptible
            healed = step * recovery * infected
            lost = step * waning * recovered
            susceptible = susceptible - new + lost
            infected = infected + new - healed
            recovered = recovered + healed - lost
            cases = cases + new

        # a small network turns what happened into what is reported
        features = np.stack([cases, infected, susceptible])
        hidden = np.tanh(network["w1"] @ features + network["b1"])
        hidden = np.tanh(network["w2"] @ hidden + network["b2"])
        share = 1.0 / (1.0 + np.exp(-(network["w3"] @ hidden)))
        expected = 1000.0 * share * cases + 0.5
        residual = reported[day] - expected
        spread = np.sqrt(expected + 0.01 * expected**2)
        scaled = residual / spread
        likelihood = likelihood - np.sum(np.log(spread)) - 0.5 * np.sum(scaled**2)
        largest = np.maximum(largest, np.max(infected))

    # priors of the rates and of the network
    prior = -0.5 * np.sum((rates / 2.0) ** 2)
    for name in ("w1", "w2", "w3"):
        weights = network[name]
        prior = prior - 0.05 * np.sum(weights * weights)
    crowding = np.logaddexp(0.0, 50.0 * (largest - 0.3))
    return -(likelihood + prior) + 0.1 * crowding


def arguments() -> tuple:
    """Fixed input of the function."""
    rng = np.random.default_rng(0)
    network = {
        "w1": 0.5 * rng.normal(size=(8, 3)), "b1": np.zeros((8, 1)),
        "w2": 0.5 * rng.normal(size=(8, 8)), "b2": np.zeros((8, 1)),
        "w3": 0.5 * rng.normal(size=8),
    }
    rates = np.array([0.0, -1.0, -3.0, 0.2])
    return rates, rng.random((3, 3)), network, np.array([0.02, 0.01, 0.03]), rng.poisson(5.0, (4, 3)) + 0.0
