"""Derivatives of derivatives: `create_graph` records backward itself."""
import runtime as torch

# Elements of a leaf that requires grad may not be overwritten while grad mode records
x = torch.zeros(3, 4).requires_grad_()
try:
    x[0][0] = 1.0
except RuntimeError as error:
    print("refused:", error.args[0].splitlines()[0])
with torch.no_grad():
    for i in range(3):
        for j in range(4):
            x[i][j] = i + j
print(x)

y = x**2
weight = torch.ones(y.size())
(first,) = torch.autograd.grad(y, x, grad_outputs=weight, create_graph=True)
print("2 x:", first)
(second,) = torch.autograd.grad(first, x, grad_outputs=weight)
print("2:", second)

# x^2 e^x: what autograd finds is what one finds by hand, to the second order
def f(x):
    """The function."""
    return x**2 * torch.exp(x)


def slope(x):
    """Its derivative, by hand."""
    return 2 * x * torch.exp(x) + x**2 * torch.exp(x)


def curvature(x):
    """Its second derivative, by hand."""
    return (2 + 4 * x + x**2) * torch.exp(x)


torch.manual_seed(1)
x = torch.randn(3, 4, requires_grad=True)
(first,) = torch.autograd.grad(f(x), x, torch.ones(3, 4), create_graph=True)
(second,) = torch.autograd.grad(first, x, torch.ones(3, 4))
print("agree:", torch.allclose(first, slope(x)), torch.allclose(second, curvature(x)))

# A polynomial, differentiated until a constant is left
x = torch.tensor(2.0, requires_grad=True)
value = x**4
for order in range(1, 5):
    (value,) = torch.autograd.grad(value, x, create_graph=True)
    print("order", order, value.item())

# A penalty on a gradient: its own gradient needs the second derivative
w = torch.tensor([1.0, 2.0], requires_grad=True)
(g,) = torch.autograd.grad((w**3).sum(), w, create_graph=True)
(g**2).sum().backward()
print("gradient of the penalty", w.grad)
