"""Pictures of graphs: what is drawn, and that it is well-formed and does not overlap."""
from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

import runtime as torch
from runtime import nn, viz

SPACE = "{http://www.w3.org/2000/svg}"


class Twice(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2


def labels(picture, kind):
    return [box.label for box in picture.boxes if box.kind == kind]


def graph():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.ones(2, requires_grad=True)
    y = x * w
    return (y.exp() + y).sum(), {"x": x, "w": w}


def test_every_node_and_edge_once():
    result, names = graph()
    drawn = viz.picture(result, names)
    assert labels(drawn, "result") == ["result ()"]
    assert labels(drawn, "operation") == ["SumBackward0", "AddBackward0", "ExpBackward0", "MulBackward0"]
    assert sorted(labels(drawn, "leaf")) == ["w (2)", "x (2)"]
    assert len(drawn.arrows) == 1 + 1 + 2 + 2 + 1  # one to the result, and each node's inputs
    product = drawn.boxes.index(viz.Box("MulBackward0", "operation"))
    assert len([a for a, b in drawn.arrows if a == product]) == 2


def test_saved_values():
    result, names = graph()
    assert sorted(labels(viz.picture(result, names, saved=True), "saved")) == [
        "saved result (2)", "saved w (2)", "saved x (2)"]
    x = torch.ones(3, requires_grad=True)
    assert labels(viz.picture(Twice.apply(x), {"x": x}, saved=True), "saved") == ["saved x (3)"]


def test_a_leaf_and_a_constant():
    assert labels(viz.picture(torch.ones(2, requires_grad=True)), "leaf") == ["leaf (2)"]
    with pytest.raises(ValueError, match="has no graph"):
        viz.dot(torch.ones(2))


def test_svg_is_well_formed_and_boxes_lie_apart():
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2))
    loss = nn.MSELoss()(model(torch.ones(5, 3)), torch.zeros(5, 2))
    names = dict(model.named_parameters()) | {"a<b>&\"c\"": model[0].weight}
    root = ET.fromstring(viz.svg(loss, names, saved=True))
    boxes = [tuple(float(r.attrib[k]) for k in ("x", "y", "width", "height")) for r in root.findall(f"{SPACE}rect")]
    drawn = viz.picture(loss, names, saved=True)
    assert [t.text for t in root.findall(f"{SPACE}text")] == [box.label for box in drawn.boxes]
    assert len(root.findall(f"{SPACE}path")) == len(drawn.arrows)
    for k, (x, y, w, h) in enumerate(boxes):
        assert x >= 0 and y >= 0 and x + w <= float(root.attrib["width"]) and y + h <= float(root.attrib["height"])
        for x2, y2, w2, h2 in boxes[:k]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y
    lower = dict(drawn.arrows)
    assert all(boxes[a][1] < boxes[b][1] for a, b in lower.items())  # leaves above, the result at the bottom


def test_files(tmp_path):
    result, names = graph()
    assert viz.save(result, tmp_path / "graph.svg", names).read_text().startswith("<svg")
    assert viz.save(result, tmp_path / "graph.dot", names).read_text() == viz.dot(result, names)


def test_a_long_chain_is_drawn():
    x = torch.ones(1, requires_grad=True)
    y = x
    for step in range(3000):
        y = y * 2
    assert len(viz.picture(y).boxes) == 3002
    assert viz.svg(y).count("<rect") == 3002
