"""Two ways to a gradient: `backward` leaves it at the leaves, `grad` hands it back.

Run it with `python examples/tutorial_backward_and_grad.py`. It says the same with `import torch`.
"""
import runtime as torch

# f(x) = sum of 3 x^2, so the gradient is 6 x. `autograd.backward(f)` is `f.backward()`.
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
f = x.pow(2).mul(3).sum()
torch.autograd.backward(f)
print("after backward, x.grad is", x.grad)

# `grad` accumulates nothing. A result that is no scalar needs a weight for each of its elements.
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x.pow(2)
print("grad gives", torch.autograd.grad(y, x, grad_outputs=torch.ones_like(y)), "and x.grad is", x.grad)
try:
    torch.autograd.grad(x.pow(2), x)
except RuntimeError as error:
    print("without weights:", str(error).splitlines()[0])

# The same through a layer: the gradient of the summed outputs is the column sums of the weight.
torch.manual_seed(0)
layer = torch.nn.Linear(3, 2)
y = layer(x)
(gradient,) = torch.autograd.grad((y,), (x,), grad_outputs=torch.ones_like(y))
print("through", layer, "of", tuple(y.shape), "outputs:", torch.allclose(gradient, layer.weight.sum(0)))

# Weights other than one: a product of a row vector and the Jacobian.
with torch.no_grad():
    layer.weight.copy_(torch.arange(6.0).view(2, 3))
print("weighted:", torch.autograd.grad(layer(x), x, torch.tensor([1.0, 10.0])))

# Inputs that a result does not depend on are an error, unless they are allowed.
unused = torch.ones(2, requires_grad=True)
try:
    torch.autograd.grad(x.sum(), (x, unused))
except RuntimeError as error:
    print("unused:", str(error).splitlines()[0])
print("allowed:", torch.autograd.grad(x.sum(), (x, unused), allow_unused=True))
