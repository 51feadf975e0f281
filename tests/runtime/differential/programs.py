"""Random programs of arithmetic, views and in-place writes, for comparison with PyTorch."""
from __future__ import annotations

import random

ELEMENTWISE = ("{a} * {b}", "{a} + {b}", "{a} - {b}", "{a} / 2", "{a} * 0.5 + 1", "{a}.sin()",
               "{a}.tanh()", "{a}.exp()",
               "{a} ** 2", "-{a}", "{a}.sigmoid()", "{a}.clone()", "{a}.relu()", "torch.where({a} > 0.3, {a}, {b})",
               "{a}.detach()", "torch.cat([{a}[:1], {b}[1:]])", "torch.stack([{a}, {b}])[0]", "{a}.flip(0)",
               "{a}[[1, 0, 2]]", "{a}.softmax(0)", "{a}.cumsum(0)", "{a}.view(3, 1).squeeze(1)", "{a}.max() * {b}",
               "{a}.sort()[0]", "{a}.unbind()[1] * {b}", "{a}.mean() + {b}", "{a}.abs()")
VIEWS = ("{a}[:]", "{a}.view(3)", "{a}[0:3]", "{a}.unsqueeze(0)[0]", "{a}.view(3, 1).t()[0]", "{a}.expand(3)",
         "{a}.split(3)[0]", "{a}.narrow(0, 0, 3)")
WRITES = ("{a}.mul_({b})", "{a}.add_(1)", "{a}[0] = {b}[1]", "{a}[1:].mul_(2)", "{a}[:2].copy_({b}[1:])", "{a}.exp_()",
          "{a}[1] += {b}[0]", "{a}.zero_()", "{a}[0].sin_()", "{a}[{a} > 0.5] = 0.1", "{a}.sub_({b}, alpha=2)",
          "{a}[[0, 2]] = {b}[:2]", "{a}.detach().add_(0.5)", "{a}.data.mul_(0.5)", "{a}.tanh_()", "{a}.clamp_(-1, 1)")


def program(seed: int, length: int = 12) -> str:
    """A script that prints values, versions, and the gradients of two leaves; each step may fail, and says so."""
    rng = random.Random(seed)
    names = ["p", "q", "c"]
    lines = ["p = torch.tensor([0.3, -0.7, 1.1], dtype=torch.float64, requires_grad=True)",
             "q = torch.tensor([0.9, 0.2, -0.4], dtype=torch.float64, requires_grad=True)",
             "c = torch.tensor([0.5, 1.5, -0.5], dtype=torch.float64)"]
    for k in range(length):
        a, b = rng.choice(names), rng.choice(names)
        kind = rng.random()
        if kind < 0.4 or k < 2:
            lines.append(f"t{k} = " + rng.choice(ELEMENTWISE).format(a=a, b=b))
            names.append(f"t{k}")
        elif kind < 0.6:
            lines.append(f"t{k} = " + rng.choice(VIEWS).format(a=a))
            names.append(f"t{k}")
        else:
            step = rng.choice(WRITES).format(a=rng.choice(names[2:]), b=b)
            mode = "with torch.no_grad(): " if rng.random() < 0.1 else ""
            lines.append(f"try:\n    {mode}{step}\nexcept RuntimeError as e:\n    print(str(e).splitlines()[0])")
    used = rng.sample(names, min(4, len(names)))
    lines.append("total = " + " + ".join(f"({n} * {k + 1}.0).sum()" for k, n in enumerate(used)))
    lines.append("print(total.requires_grad, " + ", ".join(f"{n}.tolist()" for n in names) + ")")
    lines.append("print([" + ", ".join(f"{n}._version" for n in names) + "])")
    lines.append("print([" + ", ".join(f"type({n}.grad_fn).__name__" for n in names) + "])")
    if rng.random() < 0.5:
        lines.append("gs = torch.autograd.grad(total, [p, q], create_graph=True, allow_unused=True)\nprint(gs)\n"
                     "s = sum((g * g).sum() for g in gs if g is not None)\n"
                     "print(torch.autograd.grad(s, [p, q], allow_unused=True) if isinstance(s, torch.Tensor) and "
                     "s.requires_grad else s)")
    else:
        lines.append("total.backward()\nprint(p.grad, q.grad)")
    return "\n".join(lines) + "\n"
