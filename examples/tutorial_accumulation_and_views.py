"""What accumulates, what a view is, and what stays outside the graph."""
import runtime as torch

# A graph is recorded while values are computed
x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y * 3
out = z.mean()
print(x, x.grad_fn)
print(y)
print(z, out)
out.backward()
print("gradient", x.grad)

# Gradients add up until they are cleared
x.sum().backward()
print("after a second backward", x.grad)
x.grad.data.zero_()
x.sum().backward()
print("cleared before a third", x.grad)

# A graph is freed by its backward, unless it is retained
x = torch.ones(1, requires_grad=True)
y = x * x
y.backward(retain_graph=True)
y.backward()
print("twice through one graph", x.grad)
try:
    y.backward()
except RuntimeError as error:
    print("a third time:", str(error)[:52])

# requires_grad spreads from inputs to results, and can be set on leaves
a = torch.tensor([[1.0, 3.0], [0.5, 2.0]])
print("before", a.requires_grad, "after", a.requires_grad_().requires_grad, (a * a).sum().requires_grad)

# A view shares memory with its base and passes gradients on to it
x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
doubled = 2 * x
square = doubled.view(2, 2)
print(square)
square.backward(torch.tensor([[1.0, 0.1], [0.01, 0.001]]))
print("through a view", x.grad)

# no_grad leaves a part out
x = torch.tensor(1.0, requires_grad=True)
kept = x**2
with torch.no_grad():
    left_out = x**3
total = kept + left_out
print(kept, left_out, total)
total.backward()
print("only the square counts", x.grad)
before = torch.is_grad_enabled()
torch.set_grad_enabled(False)
print("switched off:", (x * 2).requires_grad)
torch.set_grad_enabled(before)

# .data is the memory without the graph: writes through it are not noticed
x = torch.ones(1, requires_grad=True)
y = 2 * x
x.data *= 100
y.backward()
print(x, x.data.requires_grad, x.grad)

# Branches and loops of Python decide what is recorded
def product_of_positive(values):
    """The product of the positive elements."""
    result = 1
    for value in values:
        if value.item() > 0:
            result = value * result
    return result


x = torch.arange(-2, 4, dtype=torch.float32).requires_grad_()
product_of_positive(x).backward()
print("through a loop", x.grad)
