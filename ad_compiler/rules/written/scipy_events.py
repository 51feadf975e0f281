"""Events of `scipy.integrate.solve_ivp`: where a function of the solution passes zero, with the derivative of the time.

The time is a root of the event on the solution inside a step (`ad_compiler.custom_root`), found when all steps have
been taken: while they are taken only those events count that end the integration.
"""
from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from ad_compiler.rules.solvers import in_bracket
from ad_compiler.rules.written.scipy_steps import between

ad: Any = import_module("ad_compiler")


def listed(events: Any) -> Any:
    """The event functions, one or several."""
    return list(events) if isinstance(events, list | tuple) else [events]


def with_arguments(watched: Any, more: Any) -> Any:
    """An event as a function of the time and the solution."""
    return lambda time, state: watched(time, state, *more)


def crosses(before: Any, after: Any, direction: Any) -> Any:
    """Whether an event happens between two of its values; `direction` is the sign that its change must have, or 0."""
    up, down = (before <= 0) & (after >= 0), (before >= 0) & (after <= 0)
    return (up & (direction >= 0)) | (down & (direction <= 0))


def ending(watched: Any, events: Any) -> Any:
    """The events that end the integration, with their directions."""
    return [(function, getattr(event, "direction", 0.0)) for function, event in zip(watched, events, strict=True)
            if getattr(event, "terminal", False)]


def happenings(dense: Any, watched: Any, direction: Any) -> Any:
    """The times of an event and the solutions there, one a row."""
    levels = np.array([ad.stop_gradient(watched(dense.t[k], dense.y[k])) for k in range(np.shape(dense.t)[0])])
    places = np.nonzero(crosses(levels[:-1], levels[1:], direction))[0]
    found = np.array([moment(dense, watched, place) for place in places])
    return found, dense(found).T


def moment(dense: Any, level: Any, place: Any) -> Any:
    """The time of an event within a step: the root of the event on the solution inside."""
    low, high = ad.stop_gradient(dense.t[place]), ad.stop_gradient(dense.t[place + 1])
    kind, start, slopes = dense.kind, dense.t[place], dense.inside[place:place + 1]
    first, last = dense.y[place:place + 1], dense.y[place + 1:place + 2]

    def system(u: Any) -> Any:
        state = between(kind, u[:1] - start, slopes[:, -1, 0], first, last, slopes[:, :-1])[0]
        return np.array([level(u[0], state), u[1] - low, u[2] - high])

    return ad.custom_root(system, np.array([0.5 * (low + high), low, high]), in_bracket)[0]


def until(times: Any, values: Any, end: Any, sign: Any) -> Any:
    """What happens before the integration ends."""
    early = sign * (times - end) <= 0
    return times[early], values[early]
