"""Texts, members of enumerations and None that say what a program does next: states, kinds, names of methods."""

import enum

import numpy as np

from tests.programs.corpus import program


class Phase(enum.Enum):
    SOLID = 1.0
    LIQUID = 4.2
    GAS = 2.0


def thermostat(load, gain):
    state = "idle"
    energy = 0.0
    for q in load:
        if state == "idle":
            if q > 0.4:
                state = "heating"
            energy += 0.1 * q
        elif state == "heating":
            energy += q * q * gain
            if q < 0:
                state = "cooling"
        else:
            energy -= gain * q
            state = "idle"
    return energy


def named_on_some_paths(load, gain):
    first = "a" if load[0] > 0 else None
    second = "b" if load[1] > 0 else None
    return (load[0] * gain if first is None else load[1] * gain ** 2) + (
        load[2] * gain if second is None else load[3] * gain ** 2)


def mode_or_none(load, gain):
    mode, previous = None, None
    total, changes = 0.0, 0
    for q in load:
        if mode is None:
            total += q * gain
        elif mode == "up":
            total += q * q
        else:
            total -= q * gain ** 2
        if q > 1:
            mode = "up"
        elif q > 0.4:
            mode = "down"
        rising = True if q > 0 else (False if q < -0.5 else None)
        if rising != previous:
            changes += 1
        previous = rising
    return total * changes


def steps_with_status(load, gain):
    def step(q):
        if q > gain:
            return q * gain, "big"
        if q < 0:
            return -q, "negative"
        return q ** 2, None

    total = 0.0
    count = {"big": 0, "negative": 0}
    for q in load:
        y, status = step(q)
        if status is not None:
            count[status] += 1
        total += y
    return total * (count["big"] + 2 * count["negative"])


def melting(load, gain):
    phase = Phase.SOLID
    total = 0.0
    for q in load:
        if phase is Phase.SOLID:
            total += q * gain
            if q < 0:
                phase = Phase.LIQUID
        elif phase == Phase.LIQUID:
            total += q * q * phase.value
            phase = Phase.GAS
        else:
            total -= q * gain * phase.value
    return total


def tokens_in_turn(load, gain):
    name, history, total = "linear", [], 0.0
    for q in load:
        if name.startswith("lin"):
            total += q * gain
        elif name.upper() == "QUAD":
            total += q * q
        if "u" in name:
            total += gain
        if len(name) == 4:
            total += 2 * gain
        name = "quad" if q > 0.4 else "linear"
        history.append(name)
    return total + history.count("quad") * gain


RULES = {"square": lambda q, gain: q * q, "sine": lambda q, gain: np.sin(q * gain)}
NEXT = {("a", True): "b", ("a", False): "a", ("b", True): "a", ("b", False): "c", ("c", True): "c", ("c", False): "a"}


def rules_by_name(load, gain):
    weights = {"a": gain, "b": gain * gain, "c": 2.0}
    key, state, total = "square", "a", 0.0
    for q in load:
        total += RULES[key](q, gain) * weights[state]
        key = "sine" if key == "square" else "square"
        state = NEXT[state, bool(q > 0.2)]
    return total


for _function in (thermostat, named_on_some_paths, mode_or_none, steps_with_status, melting, tokens_in_turn,
                  rules_by_name):
    program(_function, lambda r: (np.array([0.3, -0.7, 1.1, 0.5, -0.2]) + 0.01 * r.normal(size=5), 0.4), argnums=(0, 1),
            tags="text enum none loop if")
