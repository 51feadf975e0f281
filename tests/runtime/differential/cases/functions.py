#: square
class SquareFunction(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x ** 2
    @staticmethod
    def backward(ctx, g):
        x, = ctx.saved_tensors
        return 2 * x * g
x = torch.tensor(2.0, requires_grad=True)
y = SquareFunction.apply(x)
print(y, y.grad_fn, type(y.grad_fn).__name__, y.grad_fn.name(), y.grad_fn.next_functions)
y.backward()
print(x.grad)
attempt(y.backward)
g, = torch.autograd.grad(SquareFunction.apply(x), x, create_graph=True)
print(g, torch.autograd.grad(g, x))
#: two inputs
class AddSquares(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x ** 2 + y ** 2
    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        print(ctx.needs_input_grad)
        return 2 * x * g, 2 * y * g
x, y = torch.tensor(3.0, requires_grad=True), torch.tensor(2.0)
z = AddSquares.apply(x, y)
z.backward()
print(z, x.grad, y.grad, z.grad_fn.next_functions[1])
#: non tensor argument
class Scale(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, k, *, flag=None):
        ctx.k = k
        return x * k
    @staticmethod
    def backward(ctx, g):
        return g * ctx.k, None
x = torch.tensor([1.0, 2.0], requires_grad=True)
Scale.apply(x, 4).sum().backward()
print(x.grad)
#: sorted with index
from_torch = torch.autograd.function.once_differentiable
class Sorted(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ordered, idx = x.sort()
        ctx.mark_non_differentiable(idx)
        ctx.save_for_backward(x, idx)
        return ordered, idx
    @staticmethod
    @from_torch
    def backward(ctx, g1, g2):
        x, idx = ctx.saved_tensors
        out = torch.zeros_like(x)
        out.index_add_(0, idx, g1)
        return out
x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
y, i = Sorted.apply(x)
print(y, i, i.requires_grad)
(y * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
print(x.grad)
#: once differentiable twice
class Once(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    @torch.autograd.function.once_differentiable
    def backward(ctx, g):
        return g * 2
x = torch.tensor(1.0, requires_grad=True)
y = Once.apply(x)
g, = torch.autograd.grad(y * y, x, create_graph=True)
print(g.grad_fn is not None)
attempt(lambda: torch.autograd.grad(g, x))
#: wrong number of gradients
class Wrong(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g, g
x = torch.ones(2, requires_grad=True)
attempt(lambda: Wrong.apply(x).sum().backward())
print(x.grad)
#: too few gradients
class Few(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        return x * y
    @staticmethod
    def backward(ctx, g):
        return g
x = torch.ones(2, requires_grad=True)
attempt(lambda: Few.apply(x, x).sum().backward())
#: extra nones
class Extra(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2, None, None
x = torch.ones(2, requires_grad=True)
Extra.apply(x).sum().backward()
print(x.grad)
#: wrong shape
class Shape(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x.sum()
    @staticmethod
    def backward(ctx, g):
        return torch.ones(5)
x = torch.ones(2, requires_grad=True)
attempt(lambda: Shape.apply(x).backward())
#: expandable shape
class Expand(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1
    @staticmethod
    def backward(ctx, g):
        return torch.ones(3, 2)
x = torch.ones(2, requires_grad=True)
Expand.apply(x).sum().backward()
print(x.grad)
#: gradient for a non tensor
class NonTensor(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, k):
        return x * k
    @staticmethod
    def backward(ctx, g):
        return g, g
x = torch.ones(2, requires_grad=True)
attempt(lambda: NonTensor.apply(x, 2.0).sum().backward())
#: gradient of wrong kind
class Kind(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return 1.0
x = torch.ones(2, requires_grad=True)
attempt(lambda: Kind.apply(x).sum().backward())
#: setup context
class Cube(torch.autograd.Function):
    @staticmethod
    def forward(x):
        return x ** 3, 3 * x ** 2
    @staticmethod
    def setup_context(ctx, inputs, output):
        x, = inputs
        y, d = output
        ctx.save_for_backward(d)
        ctx.mark_non_differentiable(d)
    @staticmethod
    def backward(ctx, g, _):
        d, = ctx.saved_tensors
        return g * d
x = torch.tensor(2.0, requires_grad=True)
y, d = Cube.apply(x)
y.backward()
print(y, d, x.grad)
#: materialize
class Two(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2, x * 3
    @staticmethod
    def backward(ctx, a, b):
        print(a, b)
        return a * 2 + b * 3
x = torch.ones(2, requires_grad=True)
a, b = Two.apply(x)
a.sum().backward()
print(x.grad, a.grad_fn is b.grad_fn, b.output_nr)
#: no materialize
class Lazy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.set_materialize_grads(False)
        return x * 2, x * 3
    @staticmethod
    def backward(ctx, a, b):
        print(a, b)
        return None if a is None else a * 2
x = torch.ones(2, requires_grad=True)
a, b = Lazy.apply(x)
b.sum().backward()
print(x.grad)
#: mark dirty
class Inc(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        x.add_(1)
        ctx.mark_dirty(x)
        return x
    @staticmethod
    def backward(ctx, g):
        return g * 10
a = torch.ones(2, requires_grad=True)
b = a * 1
c = Inc.apply(b)
print(c is b, b.grad_fn.name(), b._version)
c.sum().backward()
print(a.grad)
attempt(lambda: Inc.apply(a))
#: returned input
class Same(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x
    @staticmethod
    def backward(ctx, g):
        return g * 7
a = torch.ones(2, requires_grad=True)
b = Same.apply(a)
b.sum().backward()
print(b is a, a.grad)
#: save something else
class Bad(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x, 3)
        return x * 1
    @staticmethod
    def backward(ctx, g):
        return g
attempt(lambda: Bad.apply(torch.ones(1, requires_grad=True)))
#: save result
class Exp(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y
    @staticmethod
    def backward(ctx, g):
        y, = ctx.saved_tensors
        return g * y
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = Exp.apply(x)
g, = torch.autograd.grad(y.sum(), x, create_graph=True)
print(torch.autograd.grad(g.sum(), x))
y = Exp.apply(x)
y.mul_(2)
attempt(lambda: y.sum().backward())
#: saved modified
class Keep(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, y):
        ctx.save_for_backward(x, y)
        return x * y
    @staticmethod
    def backward(ctx, g):
        x, y = ctx.saved_tensors
        return g * y, g * x
x = torch.ones(2, requires_grad=True)
w = torch.ones(2)
z = Keep.apply(x, w)
w.add_(1)
attempt(lambda: z.sum().backward())
#: no backward
class Nothing(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
attempt(lambda: Nothing.apply(torch.ones(1, requires_grad=True)).backward())
#: no forward
class Empty(torch.autograd.Function):
    pass
attempt(lambda: Empty.apply(torch.ones(1)))
#: not recorded
class Double(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        print(torch.is_grad_enabled())
        return x * 2
    @staticmethod
    def backward(ctx, g):
        print(torch.is_grad_enabled(), g.requires_grad)
        return g * 2
print(Double.apply(torch.ones(1)).requires_grad)
with torch.no_grad():
    print(Double.apply(torch.ones(1, requires_grad=True)).requires_grad)
x = torch.ones(1, requires_grad=True)
Double.apply(x).backward()
torch.autograd.grad(Double.apply(x), x, create_graph=True)
#: raises in backward
class Raises(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        raise ValueError("from the user's backward")
x = torch.ones(1, requires_grad=True)
attempt(lambda: Raises.apply(x).backward())
print(x.grad, torch.is_grad_enabled())
#: ctx attributes
class Ctx(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.shape, ctx.anything = x.shape, {"a": 1}
        return x.sum()
    @staticmethod
    def backward(ctx, g):
        return g.expand(ctx.shape) * ctx.anything["a"]
x = torch.ones(2, 2, requires_grad=True)
y = Ctx.apply(x)
y.backward()
print(x.grad, y.grad_fn.anything)
#: instantiated
class Legacy(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x
print(Legacy.__name__)
#: metadata of the node
class Meta(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2
    @staticmethod
    def backward(ctx, g):
        return g * 2
x = torch.ones(1, requires_grad=True)
y = Meta.apply(x)
y.grad_fn.register_hook(lambda gi, go: print("hook", gi, go))
y.backward()
print(x.grad)
#: non differentiable integers
class Ints(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2, (x * 2).long()
    @staticmethod
    def backward(ctx, a, b):
        return a * 2
x = torch.ones(2, requires_grad=True)
a, b = Ints.apply(x)
print(a.requires_grad, b.requires_grad)
a.sum().backward()
print(x.grad)
