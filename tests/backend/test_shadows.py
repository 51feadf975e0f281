"""Shadow arrays have the layout of their primals, and pullbacks never share them between calls."""
import numpy as np
import pytest

import ad_compiler as ad
from ad_compiler.support.records import fresh_lists
from ad_compiler.support.shadows import moved, owner, shadow_like, shadow_of

LAYOUTS = [
    np.arange(6.0), np.arange(12.0)[::2], np.arange(12.0)[::-3], np.arange(12.0).reshape(3, 4).T,
    np.arange(24.0).reshape(2, 3, 4).transpose(1, 2, 0), np.arange(24.0).reshape(4, 6)[1:3, ::-2], np.zeros((0, 3)),
    np.array(3.0),
]


@pytest.mark.parametrize("x", LAYOUTS, ids=lambda x: f"{x.shape}{x.strides}")
@pytest.mark.parametrize("look", [
    lambda x: x.reshape(-1), lambda x: x.ravel("F"), lambda x: np.asarray(x), lambda x: x[..., None], lambda x: x.T])
def test_a_shadow_is_viewed_as_its_primal_is(x, look):
    view, x_bar = look(x), shadow_like(x)
    view_bar = shadow_of(x_bar, x, view)
    assert view_bar.shape == view.shape
    view_bar += 1.0
    shared = view.size > 0 and np.may_share_memory(view, x)
    np.testing.assert_array_equal(x_bar, np.ones(x.shape) if shared else np.zeros(x.shape))


def test_what_cannot_be_written_gets_plain_zeros():
    x = np.broadcast_to(np.arange(3.0), (4, 3))
    x_bar = shadow_like(x)
    x_bar[0] = 1.0
    assert x_bar.sum() == 3.0


def test_fresh_records_keep_views_views():
    base = np.zeros((3, 4))
    row, last = base[1], base.T[::-1]
    new_row, new_base, cells, values = fresh_lists((row, base, [last], row), (0, 1, 2))
    new_row += 1.0
    np.testing.assert_array_equal(new_base[1], np.ones(4))
    np.testing.assert_array_equal(cells[0], new_base.T[::-1])
    assert base.sum() == 0.0 and values is row


def test_moved_views_of_views():
    memory = np.arange(10.0)
    view = memory[2:][::2]
    assert owner(view) is memory
    np.testing.assert_array_equal(moved(view, memory, memory + 1.0), view + 1.0)


def test_a_pullback_may_run_again():
    def steps(x):
        rows = [x * 2.0, x * 3.0]
        kept = rows[0]
        for row in rows:
            row[1:] *= x[0]
        kept[0] = x[1] * kept[2]
        return np.array(rows).sum(axis=0) + kept

    x = np.array([0.3, -0.7, 1.1])
    _, pullback = ad.vjp(steps, x, on_unsupported="error")
    first = [pullback(row)[0] for row in np.eye(3)]
    again = [pullback(row)[0] for row in np.eye(3)]
    np.testing.assert_array_equal(first, again)
    step = 1e-6
    for k in range(3):
        d = step * np.eye(3)[k]
        np.testing.assert_allclose(np.array(first)[:, k], (steps(x + d) - steps(x - d)) / (2 * step), atol=1e-8)
