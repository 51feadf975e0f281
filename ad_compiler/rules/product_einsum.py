"""Derivatives of `np.einsum`, for any subscripts.

    out = np.einsum("ik,kj->ij", a, b)     a_bar = np.einsum("ij,kj->ik", out_bar, b)

The cotangent of one operand is an einsum of the result's cotangent with the other operands. Three things need
care: a letter that only this operand has was summed (its axis gets length one, and is expanded around the
table), a letter that it repeats picks a diagonal (the cotangent is zero off it), and an ellipsis inside is
spelled out.
"""
from __future__ import annotations

import string
from collections.abc import Sequence
from typing import Any

import numpy as np


def subscripts(axes: Sequence[Any]) -> str:
    """The subscripts of an operand whose axes are given as numbers.

    NumPy sorts the axes that are left out of the result: the letters are in the order of their codes.

    >>> subscripts([0, ..., 30])
    'A...e'
    """
    letters = string.ascii_uppercase + string.ascii_lowercase
    return "".join("..." if axis is Ellipsis else letters[axis] for axis in axes)


def parse(subscripts: Any, ndims: Sequence[int]) -> tuple[list[str], str]:
    """Subscripts per operand and of the result, without spaces, the result always written out.

    >>> parse("ij, jk", (2, 2))
    (['ij', 'jk'], 'ik')
    """
    if not isinstance(subscripts, str):
        raise NotImplementedError("np.einsum has derivatives where its subscripts are known when compiling: a string,"
                                  " or lists of integers")
    left, arrow, right = subscripts.replace(" ", "").partition("->")
    inputs = left.split(",")
    if not arrow:
        letters = left.replace(",", "").replace("...", "")
        right = "".join(sorted(letter for letter in set(letters) if letters.count(letter) == 1))
        right = "..." + right if "..." in left else right
    if len(inputs) != len(ndims):
        raise ValueError(f"np.einsum: {len(inputs)} subscripts for {len(ndims)} operands")
    return inputs, right


def spelled_out(inputs: list[str], out: str, ndims: Sequence[int]) -> tuple[list[str], str]:
    """The same subscripts with letters in place of the ellipsis; broadcasting aligns them from the right."""
    used = set("".join(inputs))
    free = [letter for letter in string.ascii_letters if letter not in used]
    hidden = [ndim - len(term.replace("...", "")) for term, ndim in zip(inputs, ndims, strict=True)]
    widest = max([n for term, n in zip(inputs, hidden, strict=True) if "..." in term], default=0)

    def letters(count: int) -> str:
        return "".join(free[widest - count: widest])
    spelled = [term.replace("...", letters(n)) for term, n in zip(inputs, hidden, strict=True)]
    return spelled, out.replace("...", letters(widest))


def einsum_operand(g: Any, operands: Sequence[Any], index: int, subscripts: str, optimize: Any,
                   shape: Any) -> Any:
    """Cotangent of `operands[index]`, up to broadcasting; of its `shape` repeated letters are read."""
    ndims = [np.ndim(operand) for operand in operands]
    inputs, out = parse(subscripts, ndims)
    if "..." in inputs[index][1:]:
        inputs, out = spelled_out(inputs, out, ndims)
    own = inputs[index].replace("...", "")
    others = [operand for place, operand in enumerate(operands) if place != index]
    terms = [out, *(term for place, term in enumerate(inputs) if place != index)]
    kept = "".join(letter for letter in dict.fromkeys(own) if any(letter in term for term in terms))
    if any("..." in term for term in terms):
        kept = "..." + kept
    if out == "" and terms[1:] == [kept]:
        cotangent = g * others[0]
    elif terms == [kept]:
        cotangent = g
    else:
        options = {} if optimize is False else {"optimize": optimize}
        cotangent = np.einsum(",".join(terms) + "->" + kept, g, *others, **options)
    if len(set(own)) < len(own):
        return _on_diagonals(cotangent, kept, own, operands[index], shape)
    missing = [letter not in kept for letter in own]
    if any(missing) and np.ndim(cotangent):
        return cotangent[(..., *(None if gone else slice(None) for gone in missing))]
    return cotangent


def _on_diagonals(cotangent: Any, kept: str, own: str, operand: Any, shape: Any) -> Any:
    """A cotangent with one axis per letter, on the diagonals that the repeated letters of `own` pick."""
    dots, letters = ("...", kept[3:]) if kept.startswith("...") else ("", kept)
    lengths = dict(zip(own, shape[len(shape) - len(own):], strict=True))
    spare = iter(letter for letter in string.ascii_letters if letter not in own)
    names, factors, terms = [], [cotangent], [kept]
    for letter in own:
        if own.count(letter) == 1 or letter not in names:
            names.append(letter)
            if letter not in letters and own.count(letter) == 1:  # summed by itself
                factors.append(np.ones_like(operand, shape=(lengths[letter],)))
                terms.append(letter)
            continue
        names.append(next(spare))
        factors.append(np.diag(np.ones_like(operand, shape=(lengths[letter],))))
        terms.append(letter + names[-1])
    if [own, terms, len(factors)] == [kept * 2, [kept, own[:1] + names[-1]], 2] and not dots:
        return np.diag(cotangent)
    if [kept, terms[1:]] == ["", ["".join(names)]]:
        return cotangent * factors[1]
    return np.einsum(",".join(terms) + "->" + dots + "".join(names), *factors)


def einsum_vjp(g: Any, subscripts: Any, operands: Sequence[Any], shapes: Any, optimize: Any) -> list[Any]:
    """Cotangents of all operands of `np.einsum`."""
    return [einsum_operand(g, operands, index, subscripts, optimize, shape) for index,
            shape in enumerate(shapes)]


def einsum_jvp(d: Sequence[Any], subscripts: Any, operands: Sequence[Any], optimize: Any) -> Any:
    """Tangent of `np.einsum`: one einsum per operand, its tangent in its place."""
    parse(subscripts, [np.ndim(operand) for operand in operands])
    options = {} if optimize is False else {"optimize": optimize}
    tangent: Any = None
    for index, own in enumerate(d):
        factors = [*operands[:index], own, *operands[index + 1:]]
        part = np.einsum(subscripts, *factors, **options)
        tangent = part if tangent is None else tangent + part
    return tangent
