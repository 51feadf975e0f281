#: creation
print(torch.tensor([1.0, 2.0]), torch.tensor(3), torch.tensor([[1, 2], [3, 4]]), torch.tensor([True, False]))
print(torch.zeros(2, 3), torch.ones(2), torch.full((2, 2), 7), torch.full((2,), 1.5), torch.empty(0))
print(torch.arange(5), torch.arange(1, 2, 0.25), torch.arange(5, 0, -2), torch.linspace(0, 1, 5), torch.eye(2))
print(torch.zeros_like(torch.ones(2, 2)), torch.ones_like(torch.arange(3)), torch.full_like(torch.ones(2), 3))
print(torch.tensor(1.5).dtype, torch.tensor(1).dtype, torch.tensor(True).dtype, torch.tensor(1j).dtype)
#: chain
x = torch.ones(2, 2, requires_grad=True)
y = x + 2
z = y * y * 3
out = z.mean()
print(x, y, z, out)
out.backward()
print(x.grad)
#: accumulate
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * x).sum().backward()
print(x.grad)
x.sum().backward()
print(x.grad)
x.grad.data.zero_()
x.sum().backward()
print(x.grad)
x.grad = None
print(x.grad)
#: vector gradient
x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
z = (2 * x).view(2, 2)
print(z)
z.backward(torch.tensor([[1.0, 0.1], [0.01, 0.001]]))
print(x.grad)
#: stop gradient
x = torch.tensor(1.0, requires_grad=True)
y1 = x ** 2
with torch.no_grad():
    y2 = x ** 3
y3 = y1 + y2
print(y1, y2, y3, y1.requires_grad, y2.requires_grad)
y3.backward()
print(x.grad)
#: data write
x = torch.ones(1, requires_grad=True)
print(x.data, x.data.requires_grad)
y = 2 * x
x.data *= 100
y.backward()
print(x, x.grad)
#: flags
a = torch.zeros(3, 4)
a = (a * 3) / (a - 1)
print(a.requires_grad)
a.requires_grad_(True)
b = (a * a).sum()
print(a.requires_grad, b.grad_fn.name(), a.is_leaf, b.is_leaf, b.requires_grad, a.grad_fn)
#: product of positives
x = torch.arange(-2, 4, dtype=torch.float32).requires_grad_()
result = 1
for item in x:
    if item.item() > 0:
        result = item * result
result.backward()
print(x.grad, result)
#: function of branches
def pick(x):
    return x if x.data[0] > 0 else -x
x = torch.ones(1, requires_grad=True)
y = pick(x)
y.backward()
print(x.grad, y)
x = (-1 * torch.ones(1)).requires_grad_()
y = pick(x)
y.backward()
print(x.grad, y, x)
#: closed form
x = torch.tensor([[0.4, 1.5], [-0.3, 2.0]], requires_grad=True)
y = x ** 2 * torch.exp(x)
y.backward(torch.ones(y.size()))
print(x.grad, 2 * x * torch.exp(x) + x ** 2 * torch.exp(x))
#: grad of grad
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x ** 3
g, = torch.autograd.grad(y, x, torch.ones(3), create_graph=True)
print(g)
h, = torch.autograd.grad(g, x, torch.ones(3), create_graph=True)
print(h)
k, = torch.autograd.grad(h.sum(), x)
print(k)
#: arithmetic forms
x = torch.tensor([2.0, 3.0], requires_grad=True)
for y in (x + 1, 1 + x, x - 1, 1 - x, x * 2, 2 * x, x / 2, 2 / x, -x, x ** 2, 2 ** x, x ** x, abs(x), +x, x % 2, x // 2):
    print(y, y.grad_fn)
#: arithmetic gradients
for f in (lambda x: x + 1, lambda x: 1 - x, lambda x: 3 * x, lambda x: 1 / x, lambda x: x / 3, lambda x: x ** 3, lambda x: 2 ** x, lambda x: x ** x, lambda x: x % 2, lambda x: x.sqrt(), lambda x: x.rsqrt(), lambda x: x.reciprocal()):
    x = torch.tensor([2.5, 0.5], requires_grad=True)
    f(x).sum().backward()
    print(x.grad)
#: broadcasting
a = torch.ones(3, 1, requires_grad=True)
b = torch.ones(4, requires_grad=True)
c = torch.tensor(2.0, requires_grad=True)
(a * b + c / a - b).sum().backward()
print(a.grad, b.grad, c.grad)
#: shared leaf
x = torch.tensor(3.0, requires_grad=True)
y = x * x + x
y = y * y
y.backward()
print(x.grad)
#: item and conversions
t = torch.tensor([[1.5, 2.5]])
print(t.tolist(), t.sum().item(), t.shape, t.size(), t.size(1), t.numel(), t.dim(), t.ndim, t.dtype, len(t), t.device)
print(float(torch.tensor(2.5)), int(torch.tensor(2)), bool(torch.tensor(0.0)), t.numpy())
print(t.stride(), t.t().stride(), t.is_contiguous(), t.t().contiguous().is_contiguous(), t.element_size())
#: types
x = torch.tensor([1.7, -2.3])
print(x.int(), x.long(), x.double(), x.half(), x.bool(), x.to(torch.int32), x.type(), x.double().type(), x.type_as(torch.tensor(1)))
#: cast gradients
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.double() * torch.tensor([3.0, 4.0], dtype=torch.float64)
print(y, y.grad_fn.next_functions[0][0].name())
y.sum().backward()
print(x.grad)
#: promotion
f, d, i, b = torch.ones(2), torch.ones(2, dtype=torch.float64), torch.ones(2, dtype=torch.int64), torch.tensor([True, False])
z = torch.tensor(2.0, dtype=torch.float64)
print((f + d).dtype, (f + i).dtype, (i + b).dtype, (i / i).dtype, (i * 2.5).dtype, (f * z).dtype, (i * z).dtype, (b + b).dtype, (b * 2).dtype, (i // 2).dtype, (i ** 2).dtype, (f + 1j).dtype, (i > 0).dtype)
print(torch.result_type(i, 2.5), torch.promote_types(torch.int32, torch.float16), (torch.tensor(1, dtype=torch.int32) + i).dtype)
#: complex
z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
y = (z * z.conj()).real.sum()
y.backward()
print(y, z.grad, z.abs(), z.real, z.imag)
#: mixed precision gradient
x = torch.tensor([1.0, 2.0], requires_grad=True)
(x * torch.tensor(3.0, dtype=torch.float64)).sum().backward()
print(x.grad, x.grad.dtype)
#: comparison
x = torch.tensor([1.0, 2.0, 3.0])
print(x == 2, x != 2, x > 1, x >= 2, x < torch.tensor(2.0), x <= 1, (x == 2).any(), (x > 0).all(), x.equal(x.clone()), torch.allclose(x, x + 1e-9))
#: comparison with none
x = torch.ones(2)
print(x == None, x != None, x is None)
#: in operator
x = torch.tensor([1.0, 2.0])
print(2.0 in x, 5 in x)
#: hash and identity
x = torch.ones(2)
print(hash(x) == hash(x), x in [x], len({x, x}), x.detach() is x)
#: deepcopy and pickle
import copy, pickle
x = torch.tensor([1.0, 2.0], requires_grad=True)
x.sum().backward()
y = copy.deepcopy(x)
print(y, y.grad, y is x)
print(pickle.loads(pickle.dumps(x)))
attempt(copy.deepcopy, x * 1)
#: attributes
x = torch.ones(2, requires_grad=True)
x.note = "kept"
y = x * 2
print(x.note, hasattr(y, "note"), x.retains_grad, y.retains_grad, y.output_nr, x.output_nr, y._version, y._base, x._is_view())
#: nan and inf
x = torch.tensor([float("nan"), float("inf"), -float("inf"), 0.0], requires_grad=True)
y = x * 2
y.sum().backward()
print(y, x.grad)
print(x.detach() / 0, torch.log(torch.tensor([0.0, -1.0])), torch.tensor([1e38]) * 1e10, torch.tensor(0.0) / 0)
#: empty tensors
x = torch.zeros(0, requires_grad=True)
x.sum().backward()
print(x.grad, x.sum(), x.prod(), torch.zeros(0, 3), torch.zeros(2, 0).sum(0), torch.zeros(0, 3).sum(0))
attempt(lambda: torch.zeros(0).mean())
#: zero dim
x = torch.tensor(2.0, requires_grad=True)
y = x * x
y.backward()
print(x.grad, y.shape, x.grad.shape, y.view(1), x.detach().unsqueeze(0), x.detach().reshape(1, 1))
#: where and clamp
x = torch.tensor([-2.0, -0.5, 0.5, 2.0], requires_grad=True)
(torch.where(x > 0, x * 2, x / 4) + x.clamp(-1, 1) + x.clamp(min=0)).sum().backward()
print(x.grad)
#: relu family
x = torch.tensor([-1.0, 0.0, 2.0], requires_grad=True)
(torch.relu(x) + torch.sigmoid(x) + torch.tanh(x) + x.abs()).sum().backward()
print(x.grad)
#: manual seed repeats
torch.manual_seed(0)
a = torch.rand(3)
torch.manual_seed(0)
print(torch.equal(a, torch.rand(3)), a.shape, torch.randn(2, 3).shape, torch.randint(0, 5, (4,)).dtype, torch.randperm(4).sort()[0])
