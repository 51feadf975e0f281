"""Modules beside torch: text, state, attributes, hooks, errors."""
from __future__ import annotations

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

from tests.runtime_nn.compare import both, data, ours, outcome, same

torch_only = pytest.mark.torch


def net(f):
    """A small network with given numbers."""
    model = f.nn.Sequential(f.nn.Linear(3, 4), f.nn.Tanh(), f.nn.Linear(4, 2))
    with f.t.no_grad():
        for k, p in enumerate(model.parameters()):
            p.copy_(f.t.tensor(data(*p.shape, seed=k)))
    return model


def text_of_layers(f):
    n = f.nn
    return repr(n.Sequential(
        n.Linear(2, 3), n.Linear(2, 3, bias=False), n.ReLU(), n.ReLU(inplace=True), n.Dropout(), n.LayerNorm(3),
        n.LayerNorm((2, 3), bias=False), n.Embedding(3, 4), n.Embedding(3, 4, padding_idx=-1), n.Conv2d(1, 2, 3),
        n.Conv2d(2, 2, 3, padding=1, stride=2, groups=2, dilation=2, bias=False), n.MSELoss(), n.CrossEntropyLoss(),
        n.Flatten(), n.Softmax(dim=1), n.LeakyReLU(), n.GELU(), n.ELU(), n.Tanh(), n.Sigmoid(), n.Identity(),
        n.MaxPool2d(2), n.SiLU(), n.Softplus(), n.Sequential(), n.Sequential(n.Tanh(), n.Sequential(n.ReLU())),
        n.ModuleList([n.ReLU(), n.ReLU(), n.Tanh()]), n.ModuleDict({"a": n.ReLU()}), n.BCELoss(), n.L1Loss()))


def text_of_parameters(f):
    return repr(f.nn.Parameter(f.t.ones(2))), repr(f.nn.Parameter(f.t.zeros(1, 2), requires_grad=False))


def names(f):
    model = f.nn.Sequential(OrderedDict(a=f.nn.Linear(1, 2), b=f.nn.Sequential(f.nn.LayerNorm(2))))
    model.register_buffer("scale", f.t.ones(1))
    model.register_buffer("hidden", f.t.ones(1), persistent=False)
    model.a.again = model.a.weight
    return ([n for n, _ in model.named_parameters()], [n for n, _ in model.named_buffers()], list(model.state_dict()),
            [n for n, _ in model.named_modules()], [n for n, _ in model.named_children()],
            [n for n, _ in model.named_parameters(remove_duplicate=False)])


def forward_hooks(f):
    seen = []
    model = net(f)
    model[0].register_forward_pre_hook(lambda m, args: (args[0] * 2,))
    model[0].register_forward_hook(lambda m, args, out: seen.append(tuple(out.shape)))
    handle = model.register_forward_hook(lambda m, args, out: out + 1)
    x = f.t.tensor(data(2, 3)).float()
    first = model(x)
    handle.remove()
    return first, model(x), seen


def backward_hooks(f):
    seen = []
    model = net(f)
    model[1].register_full_backward_hook(lambda m, gi, go: seen.append((gi[0].clone(), go[0].clone())))
    model[2].register_full_backward_hook(lambda m, gi, go: (gi[0] * 3,))
    model[2].register_full_backward_pre_hook(lambda m, go: (go[0] * 2,))
    model[0].register_full_backward_hook(lambda m, gi, go: seen.append((gi[0] is None, go[0].clone())))
    model(f.t.tensor(data(2, 3)).float()).sum().backward()
    return seen, [p.grad for p in model.parameters()]


def training(f):
    model = f.nn.Sequential(f.nn.Dropout(), f.nn.Sequential(f.nn.Dropout()))
    before = [m.training for m in model.modules()]
    model.eval()
    return before, [m.training for m in model.modules()], model[0](f.t.ones(3))


def zeroing(f):
    model = net(f)
    model(f.t.ones(1, 3)).sum().backward()
    model.zero_grad(set_to_none=False)
    zeros = [p.grad for p in model.parameters()]
    model.zero_grad()
    return zeros, [p.grad is None for p in model.parameters()]


def lenient_load(f):
    model = net(f)
    return repr(model.load_state_dict({"0.weight": f.t.ones(4, 3), "x": f.t.ones(1)}, strict=False)), model[0].weight


def deleted(f):
    model = net(f)
    del model[1]
    del model[0].bias
    return outcome(lambda f: model[0].bias, f), [n for n, _ in model.named_parameters()], len(model), model[-1].weight


def applied(f):
    model = net(f)
    model.apply(lambda m: f.nn.init.ones_(m.weight) if hasattr(m, "weight") else None)
    return list(model.parameters())


def converted(f):
    model = net(f).double()
    return [p.dtype == f.t.float64 for p in model.parameters()], model(f.t.ones(2, 3, dtype=f.t.float64))


def seen_by_function(f):
    p = f.nn.Parameter(f.t.ones(2))
    q = p * 2
    return repr(q), isinstance(q, f.nn.Parameter), p.is_leaf, p.requires_grad, repr(p.data), repr(p.detach())


SAME = (text_of_layers, text_of_parameters, names, forward_hooks, backward_hooks, training, zeroing, lenient_load,
        deleted, applied, converted, seen_by_function)


@torch_only
@pytest.mark.filterwarnings("ignore:Full backward hook is firing:UserWarning")
@pytest.mark.parametrize("script", SAME, ids=lambda s: s.__name__)
def test_like_torch(script):
    f, torch = both()
    same(script(f), script(torch))


class NoInit:
    """Makes a module whose `__init__` forgets its parent's."""

    @staticmethod
    def of(f):
        class Forgetful(f.nn.Module):
            def __init__(self):
                self.layer = f.nn.ReLU()
        return Forgetful()


ERRORS = {
    "no forward": lambda f: f.nn.Module()(1),
    "no init": NoInit.of,
    "attribute": lambda f: f.nn.Linear(1, 1).nope,
    "parameter type": lambda f: setattr(f.nn.Linear(1, 1), "weight", f.t.ones(1)),
    "module type": lambda f: setattr(f.nn.Sequential(f.nn.ReLU()), "0", 3),
    "integer parameter": lambda f: f.nn.Parameter(f.t.tensor(1)),
    "dot": lambda f: f.nn.ReLU().register_parameter("a.b", None),
    "empty name": lambda f: f.nn.ReLU().register_buffer("", None),
    "taken": lambda f: f.nn.Linear(1, 1).register_buffer("weight", f.t.ones(1)),
    "buffer type": lambda f: f.nn.ReLU().register_buffer("b", 3),
    "not a module": lambda f: f.nn.Sequential(1),
    "index": lambda f: f.nn.Sequential(f.nn.ReLU())[3],
    "missing": lambda f: f.nn.Linear(1, 1).load_state_dict({}),
    "size": lambda f: f.nn.Linear(1, 1).load_state_dict({"weight": f.t.ones(2, 1), "bias": f.t.ones(1)}),
    "no dict": lambda f: f.nn.Linear(1, 1).load_state_dict([1]),
    "train": lambda f: f.nn.ReLU().train(1),
    "submodule": lambda f: f.nn.ReLU().get_submodule("x"),
    "groups": lambda f: f.nn.Conv2d(3, 3, 1, groups=2),
}


@torch_only
@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    mine, theirs = (outcome(ERRORS[name], f) for f in both())
    assert isinstance(theirs, tuple), "torch accepts this"
    assert mine == theirs


@torch_only
def test_every_wrong_key_is_named():
    def message(f):
        with pytest.raises(RuntimeError) as error:
            f.nn.Sequential(f.nn.Linear(1, 2)).load_state_dict({"0.weight": f.t.ones(1), "x": f.t.ones(1)})
        return str(error.value)
    assert message(both()[0]) == message(both()[1])


def test_copies_and_pickles_are_independent():
    f = ours()
    model = net(f)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        x = f.t.ones(1, 3)
        np.testing.assert_array_equal(other(x).detach().numpy(), model(x).detach().numpy())
        with f.t.no_grad():
            other[0].weight.zero_()
        assert model[0].weight.detach().numpy().any()
