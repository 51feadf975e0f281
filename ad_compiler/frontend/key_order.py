"""The order of a dict's keys, where several paths meet: a key that one of them takes out and puts back is last there.

Keys known when compiling are slots of a frame, and the journal notes slots, not their order. So where a key is put
back, all keys of the dict count as written, and what a path has written is kept in the order of the dict.
"""
from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .frames import Frame, Key, Region


def of_dict(frame: Frame) -> bool:
    """Whether the names of a frame are the keys of a dict."""
    return frame.holder is not None and frame.holder.cls is dict


def order_at(frame: Frame, state: Mapping[Key, Any], missing: Any) -> list[Any]:
    """The keys of a dict at the end of a path which has written `state`; the dict is as it was before the path."""
    written = {name: value for (f, name), value in state.items() if f is frame}
    if written.keys() >= frame.env.keys():
        return [name for name, value in written.items() if value is not missing]
    old = [name for name in frame.env if written.get(name) is not missing]
    return old + [name for name, value in written.items() if name not in frame.env and value is not missing]


def in_order(state: Mapping[Key, Any]) -> dict[Key, Any]:
    """What was written, the keys of each dict in its order."""
    dicts = dict.fromkeys(frame for frame, _ in state if of_dict(frame))
    if not dicts:
        return dict(state)
    found = {key: value for key, value in state.items() if key[0] not in dicts}
    for frame in dicts:
        gone = [name for f, name in state if f is frame and name not in frame.env]
        found.update({(frame, name): state[frame, name] for name in (*gone, *frame.env) if (frame, name) in state})
    return found


def meet(states: Iterable[Mapping[Key, Any]], missing: Any, region: Region | None = None) -> bool:
    """Mark the dicts, of those made before the `region`, whose keys are in another order on some of the paths. Whether
    a mark is new."""
    states, new = list(states), False
    for frame in dict.fromkeys(f for state in states for f, _ in state if of_dict(f)):
        if region is not None and region.made(frame):
            continue
        orders = [order_at(frame, state, missing) for state in states]
        one = [*(name for name in frame.env if name in orders[0]),
               *(name for name in orders[0] if name not in frame.env)]
        if not frame.reordered and any(order != one for order in orders):
            frame.reordered = new = True
    return new
