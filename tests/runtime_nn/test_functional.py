"""`nn.functional` and the modules beside torch: values, node names, first, second and forward derivatives, errors."""
from __future__ import annotations

import numpy as np
import pytest

from tests.runtime_nn.compare import both, data, outcome, same

pytestmark = [pytest.mark.torch, pytest.mark.filterwarnings("ignore:.*torch.jit:DeprecationWarning")]
CLASSES = np.array([0, 2, 1, 2])

# name: (function of (front, tensors), shapes of the tensors)
SMOOTH = {
    "linear": (lambda f, x, w, b: f.F.linear(x, w, b), (4, 3), (2, 3), (2,)),
    "linear 1-d": (lambda f, x, w, b: f.F.linear(x, w, b), (3,), (2, 3), (2,)),
    "linear 3-d": (lambda f, x, w, b: f.F.linear(x, w, b), (2, 4, 3), (2, 3), (2,)),
    "linear no bias": (lambda f, x, w: f.F.linear(x, w), (4, 3), (2, 3)),
    "relu": (lambda f, x: f.F.relu(x) ** 2, (4, 3)),
    "leaky_relu": (lambda f, x: f.F.leaky_relu(x, 0.1), (4, 3)),
    "elu": (lambda f, x: f.F.elu(x, 0.7), (4, 3)),
    "silu": (lambda f, x: f.F.silu(x), (4, 3)),
    "gelu": (lambda f, x: f.F.gelu(x), (4, 3)),
    "gelu tanh": (lambda f, x: f.F.gelu(x, approximate="tanh"), (4, 3)),
    "softplus": (lambda f, x: f.F.softplus(x, 2.0, 1.0), (4, 3)),
    "logsigmoid": (lambda f, x: f.F.logsigmoid(x), (4, 3)),
    "hardtanh": (lambda f, x: f.F.hardtanh(x), (4, 3)),
    "softmax": (lambda f, x: f.F.softmax(x, dim=1), (4, 3)),
    "log_softmax": (lambda f, x: f.F.log_softmax(x, dim=0), (4, 3)),
    "normalize": (lambda f, x: f.F.normalize(x), (4, 3)),
    "layer_norm": (lambda f, x, w, b: f.F.layer_norm(x, (3,), w, b), (4, 3), (3,), (3,)),
    "layer_norm two axes": (lambda f, x, w: f.F.layer_norm(x, (4, 3), w, None, 0.1), (2, 4, 3), (4, 3)),
    "layer_norm plain": (lambda f, x: f.F.layer_norm(x, (3,)), (4, 3)),
    "embedding": (lambda f, w: f.F.embedding(f.t.tensor([[0, 2], [2, 1]]), w) ** 2, (3, 2)),
    "embedding padded": (lambda f, w: f.F.embedding(f.t.tensor([0, 2, 2]), w, padding_idx=-1) ** 2, (3, 2)),
    "mse": (lambda f, x, y: f.F.mse_loss(x, y), (4, 3), (4, 3)),
    "mse sum": (lambda f, x, y: f.F.mse_loss(x, y, reduction="sum"), (4, 3), (4, 3)),
    "mse none": (lambda f, x, y: f.F.mse_loss(x, y, reduction="none"), (4, 3), (4, 3)),
    "l1": (lambda f, x, y: f.F.l1_loss(x, y), (4, 3), (4, 3)),
    "smooth_l1": (lambda f, x, y: f.F.smooth_l1_loss(x, y, beta=0.5), (4, 3), (4, 3)),
    "huber": (lambda f, x, y: f.F.huber_loss(x, y, delta=0.5, reduction="sum"), (4, 3), (4, 3)),
    "kl_div": (lambda f, x: f.F.kl_div(x, f.t.tensor(abs(data(4, 3, seed=9))), reduction="batchmean"), (4, 3)),
    "nll": (lambda f, x: f.F.nll_loss(f.F.log_softmax(x, dim=1), f.t.tensor(CLASSES)), (4, 3)),
    "cross_entropy": (lambda f, x: f.F.cross_entropy(x, f.t.tensor(CLASSES)), (4, 3)),
    "cross_entropy sum": (lambda f, x: f.F.cross_entropy(x, f.t.tensor(CLASSES), reduction="sum"), (4, 3)),
    "cross_entropy none": (lambda f, x: f.F.cross_entropy(x, f.t.tensor(CLASSES), reduction="none"), (4, 3)),
    "cross_entropy weight": (lambda f, x: f.F.cross_entropy(
        x, f.t.tensor(CLASSES), weight=f.t.tensor([0.5, 2.0, 1.0], dtype=f.t.float64)), (4, 3)),
    "cross_entropy ignore": (lambda f, x: f.F.cross_entropy(x, f.t.tensor(CLASSES), ignore_index=2), (4, 3)),
    "cross_entropy smooth": (lambda f, x: f.F.cross_entropy(
        x, f.t.tensor(CLASSES), label_smoothing=0.1, ignore_index=0,
        weight=f.t.tensor([0.5, 2.0, 1.0], dtype=f.t.float64)), (4, 3)),
    "cross_entropy soft": (lambda f, x, y: f.F.cross_entropy(x, f.F.softmax(y, dim=1)), (4, 3), (4, 3)),
    "cross_entropy 1-d": (lambda f, x: f.F.cross_entropy(x, f.t.tensor(1)), (3,)),
    "cross_entropy image": (lambda f, x: f.F.cross_entropy(x, f.t.tensor([[0, 1], [2, 2]])), (2, 3, 2)),
    "bce": (lambda f, x: f.F.binary_cross_entropy(x.sigmoid(), f.t.tensor([0.0, 1.0, 0.3]).double()), (3,)),
    "bce logits": (lambda f, x: f.F.binary_cross_entropy_with_logits(
        x, f.t.tensor([0.0, 1.0, 0.3]).double(), pos_weight=f.t.tensor(2.0).double()), (3,)),
    "conv2d": (lambda f, x, w, b: f.F.conv2d(x, w, b), (2, 2, 5, 4), (3, 2, 3, 2), (3,)),
    "conv2d options": (lambda f, x, w: f.F.conv2d(x, w, stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=2),
                       (2, 4, 6, 5), (6, 2, 3, 2)),
    "conv2d same": (lambda f, x, w: f.F.conv2d(x, w, padding="same"), (2, 4, 4), (1, 2, 3, 3)),
    "max_pool2d": (lambda f, x: f.F.max_pool2d(x, 2, 1, 1), (2, 2, 4, 5)),
    "avg_pool2d": (lambda f, x: f.F.avg_pool2d(x, (2, 3), 1), (2, 2, 4, 5)),
}
OTHER_NODES = {"gelu tanh", "smooth_l1", "huber", "kl_div", "bce", "bce logits", "linear no bias", "hardtanh",
               "cross_entropy smooth", "cross_entropy image", "cross_entropy 1-d", "conv2d same", "max_pool2d",
               "avg_pool2d", "cross_entropy soft"}  # composed here, or several nodes there


def weighted(f, out):
    return (out * f.t.linspace(0.5, 1.5, out.numel(), dtype=f.t.float64).reshape(out.shape)).sum()


@pytest.mark.parametrize("name", SMOOTH)
def test_values_and_two_derivatives(name):
    function, *shapes = SMOOTH[name]

    def run(f):
        xs = [f.t.tensor(data(*shape, seed=k), requires_grad=True) for k, shape in enumerate(shapes)]
        out = function(f, *xs)
        first = f.t.autograd.grad(weighted(f, out), xs, create_graph=True)
        total = sum((weighted(f, g.sin()) for g in first), 0 * xs[0].sum())
        second = f.t.autograd.grad(total, xs, allow_unused=True, materialize_grads=True)
        return out, first, second, type(out.grad_fn).__name__

    *ours, our_node = run(both()[0])
    *theirs, their_node = run(both()[1])
    same(ours, theirs)
    if name not in OTHER_NODES:
        assert our_node == their_node


@pytest.mark.parametrize("name", [n for n in SMOOTH if n not in ("max_pool2d", "kl_div")])
def test_forward_mode(name):
    function, *shapes = SMOOTH[name]

    def run(f):
        with f.forward_ad.dual_level():
            xs = [f.forward_ad.make_dual(f.t.tensor(data(*shape, seed=k)), f.t.tensor(data(*shape, seed=k + 7)))
                  for k, shape in enumerate(shapes)]
            return f.forward_ad.unpack_dual(function(f, *xs)).tangent

    same(run(both()[0]), run(both()[1]))


ERRORS = {
    "dropout": lambda f: f.F.dropout(f.t.ones(2), 2.0),
    "Dropout": lambda f: f.nn.Dropout(-1),
    "linear": lambda f: f.nn.Linear(3, 2)(f.t.ones(2, 2)),
    "layer_norm": lambda f: f.nn.LayerNorm(4)(f.t.ones(4, 3)),
    "embedding type": lambda f: f.nn.Embedding(3, 2)(f.t.ones(1)),
    "embedding range": lambda f: f.nn.Embedding(3, 2)(f.t.tensor([5])),
    "conv channels": lambda f: f.F.conv2d(f.t.ones(1, 2, 4, 4), f.t.ones(1, 1, 2, 2)),
    "conv size": lambda f: f.F.conv2d(f.t.ones(1, 1, 2, 2), f.t.ones(1, 1, 3, 3)),
    "target range": lambda f: f.nn.CrossEntropyLoss()(f.t.ones(2, 3), f.t.tensor([0, 3])),
    "target count": lambda f: f.nn.CrossEntropyLoss()(f.t.ones(2, 3), f.t.tensor([0])),
    "target type": lambda f: f.nn.CrossEntropyLoss()(f.t.ones(2, 3), f.t.tensor([0.0, 1.0])),
    "reduction": lambda f: f.F.mse_loss(f.t.ones(2), f.t.ones(2), reduction="max"),
    "bce sizes": lambda f: f.F.binary_cross_entropy_with_logits(f.t.ones(2), f.t.ones(3)),
    "fans": lambda f: f.nn.init.xavier_uniform_(f.t.ones(2)),
    "gain": lambda f: f.nn.init.calculate_gain("none"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    ours, theirs = (outcome(ERRORS[name], f) for f in both())
    assert isinstance(theirs, tuple), "torch accepts this"
    assert ours == theirs


def test_dropout_scales_what_it_keeps():
    f = both()[0]
    f.t.manual_seed(0)
    out = f.F.dropout(f.t.ones(10000), 0.25)
    kept = out[out != 0]
    assert 0.72 < kept.numel() / 10000 < 0.78
    np.testing.assert_allclose(kept.numpy(), 4 / 3, rtol=1e-6)
    x = f.t.ones(3)
    assert f.F.dropout(x, 0.5, training=False) is x


@pytest.mark.parametrize("name", ["relu", "leaky_relu", "elu", "silu", "hardtanh", "dropout"])
def test_in_place(name):
    def run(f):
        x = f.t.tensor(data(4, 3), requires_grad=True)
        y = x * 1
        options = {"p": 0.0} if name == "dropout" else {}
        assert getattr(f.F, name)(y, inplace=True, **options) is y or name == "dropout"
        y.sum().backward()
        return y, x.grad
    same(run(both()[0]), run(both()[1]))


@pytest.mark.filterwarnings("ignore:size_average and reduce args:UserWarning")
@pytest.mark.parametrize("options", [{"size_average": False}, {"size_average": True}, {"reduce": False}])
def test_old_reduction_options(options):
    def run(f):
        x, y = f.t.tensor(data(4, 3)), f.t.tensor(data(4, 3, seed=1))
        return (f.nn.MSELoss(**options)(x, y), f.F.l1_loss(x, y, **options),
                f.nn.CrossEntropyLoss(**options)(x, f.t.tensor(CLASSES)))
    same(run(both()[0]), run(both()[1]))
