#: sums
x = torch.arange(6.0).view(2, 3).clone().requires_grad_()
for y in (x.sum(), x.sum(0), x.sum(1, keepdim=True), x.sum((0, 1)), x.sum(-1), x.sum(dim=[0]), torch.sum(x, 1), x.sum(axis=0), x.mean(), x.mean(0), x.mean(1, True), x.prod(), x.prod(1), x.amax(1), x.amin(0), x.max(), x.min(), x.std(), x.var(), x.std(0), x.var(1, unbiased=False), x.var(0, correction=0), x.norm(), x.norm(dim=1), x.norm(1), x.norm(p=3), x.logsumexp(0), x.cumsum(1), x.cumprod(0), x.all(), x.any(0), x.argmax(), x.argmin(1), x.argmax(0, keepdim=True), x.median(), x.count_nonzero(), x.softmax(0), x.log_softmax(1), torch.logsumexp(x, (0, 1))):
    print(y)
#: gradients
w = torch.tensor([[1.0, -2.0, 3.0], [0.5, 4.0, -1.0]])
for f in (lambda x: x.sum(0), lambda x: x.sum(1, keepdim=True), lambda x: x.mean(), lambda x: x.mean(0), lambda x: x.prod(), lambda x: x.prod(1), lambda x: x.amax(1), lambda x: x.max(), lambda x: x.max(0)[0], lambda x: x.max(1, keepdim=True).values, lambda x: x.min(1)[0], lambda x: x.std(), lambda x: x.var(1), lambda x: x.norm(), lambda x: x.norm(dim=0), lambda x: x.norm(1), lambda x: x.logsumexp(1), lambda x: x.cumsum(0) * w, lambda x: x.cumprod(1) * w, lambda x: x.softmax(1) * w, lambda x: x.log_softmax(0) * w, lambda x: x.sort(1)[0] * w, lambda x: x.sort(1, descending=True)[0] * w, lambda x: x.topk(2, 1)[0], lambda x: x.median(), lambda x: x.median(1)[0], lambda x: x.kthvalue(2, 1)[0], lambda x: x.amin((0, 1)), lambda x: x.norm(float("inf")), lambda x: x.cummax(1)[0] * w):
    x = torch.tensor([[0.5, 2.0, -1.0], [3.0, 0.25, 1.0]], requires_grad=True)
    f(x).sum().backward()
    print(x.grad)
#: ties
x = torch.tensor([2.0, 5.0, 5.0, 5.0], requires_grad=True)
x.max().backward()
print(x.grad)
x.grad = None
x.max(0)[0].backward()
print(x.grad)
x.grad = None
x.amax(0).backward()
print(x.grad)
y = torch.tensor([1.0, 2.0], requires_grad=True)
torch.max(y, torch.tensor([1.0, 3.0])).sum().backward()
print(y.grad)
#: zero points
x = torch.tensor([0.0, 0.0], requires_grad=True)
for f in (lambda: x.norm(), lambda: x.abs().sum(), lambda: x.prod(), lambda: (x ** 2).sum().sqrt(), lambda: x.pow(0).sum(), lambda: x.pow(1).sum(), lambda: x.sqrt().sum(), lambda: x.relu().sum(), lambda: x.clamp(0, 1).sum(), lambda: x.sign().sum(), lambda: torch.maximum(x, torch.zeros(2)).sum()):
    x.grad = None
    f().backward()
    print(x.grad)
#: prod with zeros
x = torch.tensor([[2.0, 0.0, 3.0], [0.0, 0.0, 1.0]], requires_grad=True)
x.prod(1).sum().backward()
print(x.grad)
x.grad = None
x.cumprod(1).sum().backward()
print(x.grad)
#: integer reductions
i = torch.tensor([[1, 2], [3, 4]])
print(i.sum(), i.sum(0), i.prod(), i.max(), i.max(0), i.cumsum(0), i.float().mean(), i.sum(dtype=torch.float32), torch.tensor([True, True]).sum(), i.argmax(), i.double().std())
attempt(lambda: i.mean())
#: dimension errors
x = torch.ones(2, 3)
attempt(lambda: x.sum(2))
attempt(lambda: x.max(5))
attempt(lambda: x.sum((0, 0)))
attempt(lambda: torch.ones(0).max())
attempt(lambda: torch.ones(0).argmax())
attempt(lambda: x.softmax(3))
attempt(lambda: x.topk(9))
attempt(lambda: x.squeeze(5))
attempt(lambda: x.unsqueeze(4))
attempt(lambda: x.cumsum(2))
#: scalars
s = torch.tensor(3.0, requires_grad=True)
for f in (lambda: s.sum(), lambda: s.mean(), lambda: s.sum(0), lambda: s.max(), lambda: s.max(0)[0], lambda: s.prod(), lambda: s.softmax(0), lambda: s.cumsum(0), lambda: s.sort()[0], lambda: s.norm(), lambda: s.median(), lambda: s.std(unbiased=False), lambda: s.amax()):
    s.grad = None
    y = f()
    y.backward()
    print(y, s.grad)
#: sorting
x = torch.tensor([[3.0, 1.0, 2.0], [1.0, 1.0, 0.0]])
print(x.sort(), x.sort(0), x.sort(descending=True), x.argsort(), x.topk(2), x.topk(1, largest=False), x.unique(), torch.sort(x, dim=0, descending=True)[1])
#: counting
x = torch.tensor([1, 2, 2, 5])
print(torch.bincount(x), torch.unique(x), torch.unique(x, return_counts=True), torch.searchsorted(x, torch.tensor([2, 3])))
#: var of complex and two
x = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)
v, m = torch.var_mean(x)
print(v.detach(), m.detach())
(v * m * 100).backward()
print(x.grad.round())
#: nan
x = torch.tensor([1.0, float("nan"), 3.0])
print(x.sum(), x.max(), x.min(), x.isnan(), x.nan_to_num(), x.sort(), x.argmax(), torch.isfinite(x), x.mean())
