"""Attributes that only some paths assign: those of the class until then; cached properties, which keep their values."""

from functools import cached_property

import numpy as np

from tests.programs.corpus import program


class Valve:
    is_open = False
    gain = 2.0
    peak = None
    limits = (0.5, 1.5)

    def __init__(self, area):
        self.area = area

    @cached_property
    def loss(self):
        return np.exp(-self.area)


def opened_on_a_path(pressure, area):
    valve = Valve(area)
    if pressure[0] > 5.0:
        valve.is_open = True
        valve.limits = (area, area)
    flow = area * pressure[1] if valve.is_open else pressure[0] * area
    return flow + valve.limits[0] * pressure[2] ** 2


def opened_in_a_loop(pressure, area):
    valve = Valve(area)
    flow = 0.0
    for p in pressure:
        flow += p * area if valve.is_open else valve.gain * p * p
        if p > 1.0:
            valve.is_open = True
            valve.gain = area
    return flow


def peak_of_a_class(pressure, area):
    valve = Valve(area)
    for p in pressure:
        if valve.peak is None or p * area > valve.peak:
            valve.peak = p * area
    return valve.peak ** 2


def loss_before_and_after(pressure, area):
    valve = Valve(area)
    first = valve.loss
    valve.area = pressure[0]
    return first * pressure[1] + valve.loss * pressure[2] ** 2


def loss_read_on_a_path(pressure, area):
    valve, other = Valve(area), Valve(area * area)
    total = 0.0
    if pressure[0] > 0:
        total += valve.loss
    if pressure[0] > 5.0:
        total += other.loss
    valve.area = pressure[0]
    other.area = pressure[1]
    return total + valve.loss * pressure[2] + other.loss * pressure[3]


def loss_read_in_a_loop(pressure, area):
    valve = Valve(area)
    total = 0.0
    for p in pressure:
        total += valve.loss * p
        valve.area = valve.area + p
    return total * area


for _function in (opened_on_a_path, opened_in_a_loop, peak_of_a_class, loss_before_and_after, loss_read_on_a_path,
                  loss_read_in_a_loop):
    program(_function, lambda r: (np.array([0.3, -0.7, 1.1, 0.5, -0.2]) + 0.01 * r.normal(size=5), 0.4), argnums=(0, 1),
            tags="class class-attribute property if loop")
