"""Operations with a derivative of one's own: `Function`, alone and inside modules."""
import runtime as torch
from runtime import nn
from runtime.autograd import Function
from runtime.autograd.function import once_differentiable


class SquareFunction(Function):
    """x^2."""

    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x**2

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 2 * x * grad


class Square(nn.Module):
    """The function as a module: it only calls it."""

    def forward(self, x):
        return SquareFunction.apply(x)


for value in (2.0, 1.0):
    x = torch.tensor(value, requires_grad=True)
    y = Square()(x)
    y.backward()
    print("at", value, "the derivative of x^2 is", x.grad, "by", type(y.grad_fn).__name__)

x = torch.tensor(3.0, requires_grad=True)
(first,) = torch.autograd.grad(Square()(x) ** 2, x, create_graph=True)
print("x^4 twice differentiated at 3:", first.item(), torch.autograd.grad(first, x)[0].item())


class SumOfSquares(Function):
    """x^2 + y^2: one gradient for each argument."""

    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x**2 + y**2

    @staticmethod
    def backward(ctx, grad):
        x, y = ctx.saved_tensors
        return 2 * x * grad, 2 * y * grad


x, y = torch.tensor(3.0, requires_grad=True), torch.tensor(2.0, requires_grad=True)
z = SumOfSquares.apply(x, y)
z.backward()
print(type(z.grad_fn).__name__, x.grad, y.grad)


class Sorted(Function):
    """Sorting: of the two results, the order has no gradient."""

    @staticmethod
    def forward(ctx, x):
        values, order = x.sort()
        ctx.mark_non_differentiable(order)
        ctx.save_for_backward(x, order)
        return values, order

    @staticmethod
    @once_differentiable
    def backward(ctx, grad, grad_of_order):
        x, order = ctx.saved_tensors
        return torch.zeros_like(x).index_add_(0, order, grad)


x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
values, order = Sorted.apply(x)
(values * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
print(values.tolist(), order, order.requires_grad, x.grad)


class Scaled(Function):
    """x y + n x y, where the whole number n is kept on `ctx` and gets no gradient."""

    @staticmethod
    def forward(ctx, x, y, n):
        ctx.save_for_backward(x, y)
        ctx.n = n
        return x * y + n * x * y

    @staticmethod
    def backward(ctx, grad):
        x, y = ctx.saved_tensors
        return grad * y * (1 + ctx.n), grad * x * (1 + ctx.n), None


x = torch.tensor(1.0, requires_grad=True, dtype=torch.double)
y = torch.tensor(2.0, requires_grad=True, dtype=torch.double)
Scaled.apply(x, y, 4).backward()
print(x.grad, y.grad, "checked:", torch.autograd.gradcheck(lambda x, y: Scaled.apply(x, y, 4), (x, y)))
