"""Sample calls of the rows of products."""
from __future__ import annotations

from typing import Any

from ad_compiler.rules.samples import Samples, call


def shapes(*pairs: tuple[tuple[int, ...], tuple[int, ...]], mixed: bool = True, **params: Any) -> Samples:
    """One call per pair of shapes; the first pair complex, and one factor complex, as well."""
    def build(draw: Any) -> Any:
        for one, two in pairs:
            yield call(draw.real(*one), draw.real(*two), **params)
        if mixed:
            one, two = pairs[0]
            yield call(draw.complex(*one), draw.complex(*two), **params)
            yield call(draw.real(*one), draw.complex(*two), **params)
    return Samples(build)


MATMUL = shapes(((2, 3), (3, 4)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((5, 2, 3), (3, 4)),
                 ((2, 3), (5, 3, 4)), ((5, 1, 2, 3), (4, 3, 2)), ((5, 2, 3), (3,)), ((3,), (5, 3, 2)),
                ((2, 0), (0, 3)), ((0, 3), (3, 2)))
DOT = shapes(((2, 3), (3, 4)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((), (3,)), ((2, 3), ()),
             ((), ()), ((5, 2, 3), (3, 4)), ((2, 3), (5, 3, 4)), ((2, 4, 3), (5, 3, 2)), ((5, 2, 3), (3,)),
             ((3,), (5, 3, 2)))
INNER = shapes(((2, 3), (4, 3)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (4, 3)), ((), (3,)), ((2, 3), ()),
                ((5, 2, 3), (4, 3)), ((2, 3), (5, 4, 3)), ((5, 2, 3), (3,)), ((3,), (5, 2, 3)))
VECTORS = shapes(((3,), (4,)), ((0,), (3,)))
OUTER = VECTORS + shapes(((2, 2), (3,)), ((), (3,)), ((3,), (2, 1)))
VECDOT = (shapes(((2, 3), (3,)), ((3,), (3,)), ((4, 1, 3), (5, 3)))
           + shapes(((3, 2), (3, 2)), ((3, 2), (3, 4, 2)), axis=0))
CONVOLVED = Samples(lambda s: [
    call(s.real(n), s.real(m), mode)
    for mode in ("full", "same", "valid") for n, m in ((5, 3), (3, 5), (6, 3), (4, 2), (2, 4), (3, 3), (1, 4))
] + [
    call(s.complex(4), s.complex(3)), call(s.real(4), s.complex(3)),
    call(s.complex(4), s.complex(3), "same")])

_SUBSCRIPTS: tuple[tuple[Any, ...], ...] = (
    ("ij,jk->ik", (2, 3), (3, 4)), ("i,i->", (3,), (3,)), ("i,i", (3,), (3,)), ("ij,jk", (2, 3), (3, 4)),
    ("ij->ji", (2, 3)), ("ba", (2, 3)), ("ij->", (2, 3)), ("ij->j", (2, 3)), ("i,j->ij", (2,), (3,)),
    ("ij,ij->ij", (2, 3), (2, 3)), ("ij, jk, kl -> il", (2, 3), (3, 4), (4, 2)),
    ("i,ij,j->", (2,), (2, 3), (3,)),
    ("ij,ij->j", (1, 3), (2, 3)), ("i,i->", (1,), (3,)), ("ij,k->i", (2, 3), (4,)), (",i->i", (), (3,)),
    ("ii->i", (3, 3)), ("ii->", (3, 3)), ("ii", (3, 3)), ("iji->j", (3, 2, 3)), ("ii,ij->j", (3, 3), (3, 2)),
    ("iijj->ij", (2, 2, 3, 3)), ("iii->i", (2, 2, 2)), ("iik,k->", (3, 3, 2), (2,)), ("iij->i", (2, 2, 3)),
    ("ik,ii->k", (2, 3), (2, 2)), ("...ij,...jk->...ik", (5, 2, 3), (5, 3, 4)),
    ("...ij,jk->...ik", (5, 2, 3), (3, 4)),
    ("...ij,...jk", (5, 2, 3), (4, 1, 3, 4)), ("i...j,j->i...", (2, 4, 3), (3,)), ("i...->...", (2, 3)),
    ("i...j,k...j->...ik", (2, 3, 2), (3, 5, 1, 2)), ("...,...->...", (2, 3), (3,)), ("ij...->i...", (2, 3)),
    ("...ii->...i", (4, 3, 3)), ("...ii->...", (4, 3, 3)), ("ij,ij", (0, 3), (0, 3)),
)
EINSUM = Samples(lambda s: [
    *(call(terms, *(s.real(*shape) for shape in operands)) for terms, *operands in _SUBSCRIPTS),
    call("ij,jk->ik", s.complex(2, 3), s.real(3, 4)),
    call("ij,jk,kl->il", s.real(2, 3), s.real(3, 4), s.real(4, 2), optimize=True)])
