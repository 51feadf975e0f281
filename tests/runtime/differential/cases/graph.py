#: node names
x = torch.tensor([0.5, 0.7], requires_grad=True)
for f in ("exp", "log", "sin", "cos", "tan", "tanh", "sigmoid", "relu", "sqrt", "rsqrt", "abs", "neg", "reciprocal", "square", "floor", "ceil", "round", "sign", "log1p", "expm1", "log2", "log10", "asin", "acos", "atan", "sinh", "cosh", "asinh", "atanh", "exp2", "erf", "trunc", "frac", "sum", "mean", "prod", "max", "min", "amax", "std", "var", "clone", "norm", "median", "sgn"):
    print(f, getattr(x, f)().grad_fn.name())
#: node names with arguments
x = torch.ones(2, 3, requires_grad=True)
for y in (x.sum(0), x.mean(1), x.prod(1), x.max(1)[0], x.min(1)[0], x[0], x[0:1], x[:, 1], x[[0, 1]], x[x > 0], x.view(6), x.reshape(3, 2), x.t(), x.T, x.transpose(0, 1), x.permute(1, 0), x.unsqueeze(0), x[0:1].squeeze(0), x.squeeze(), x.expand(2, 2, 3), x.flatten(), x.unbind()[1], x.split(1)[0], x.chunk(3, 1)[2], x.narrow(0, 0, 1), x.select(1, 2), x.sort()[0], x.topk(1)[0], x.cumsum(0), x.cumprod(0), x.softmax(1), x.log_softmax(1), x.logsumexp(1), x.masked_fill(x > 0, 1.0), x.gather(0, torch.tensor([[0, 0, 0]])), x.index_select(0, torch.tensor([0])), x @ x.t(), x @ x[0], x[0].dot(x[0]), x.mm(x.t()), x.clamp(0, 1), x.clamp(min=0), x.flip(0), x.roll(1, 0), x.repeat(2, 1), x.double(), x.diagonal(), torch.stack([x, x]), torch.cat([x, x]), torch.where(x > 0, x, x), torch.max(x, x), x.tril(), x.triu(), x.index_add(0, torch.tensor([0]), torch.ones(1, 3)), x.scatter(0, torch.tensor([[0]]), torch.ones(1, 1)), x.expand_as(x), x.view_as(x), x.atan2(x), x.unsqueeze(0).bmm(x.t().unsqueeze(0)), x.std(0), x.var(1), x.amin(0), x.pow(2), x.pow(x), torch.outer(x[0], x[1])):
    print(y.grad_fn.name())
#: next functions
x = torch.ones(1)
b = torch.rand(1, requires_grad=True)
w = torch.rand(1, requires_grad=True)
y = w * x
z = y + b
print(z.grad_fn.next_functions[0][0] is y.grad_fn, z.grad_fn.next_functions[0][0] == y.grad_fn)
print([type(f).__name__ for f, _ in z.grad_fn.next_functions], y.grad_fn.next_functions[1], w.grad_fn, x.grad_fn)
print(z.grad_fn, type(z.grad_fn), z.grad_fn.next_functions)
#: same accumulator
w = torch.rand(1, requires_grad=True)
a, b = w * 2, w * 3
print(a.grad_fn.next_functions[0][0] is b.grad_fn.next_functions[0][0], a.grad_fn.next_functions[0][0].variable is w)
#: multi output
x = torch.ones(2, 3, requires_grad=True)
a, b = x.unbind()
print(a.grad_fn is b.grad_fn, a.output_nr, b.output_nr, (b * 1).grad_fn.next_functions[0][1])
(2 * a + 3 * b).sum().backward()
print(x.grad)
#: multi output partial
x = torch.arange(6.0).view(2, 3).clone().requires_grad_()
x.unbind()[1].sum().backward()
print(x.grad)
y = torch.arange(6.0).requires_grad_()
p, q, r = y.split([1, 2, 3])
(q * 2).sum().backward()
print(y.grad)
#: call by hand
b = torch.tensor(1.0, requires_grad=True)
w = torch.tensor(2.0, requires_grad=True)
x = torch.tensor(3.0)
u = w * x
v = u + b
a = torch.relu(v)
dv = a.grad_fn(torch.tensor(1.0))
print(dv)
du, db = a.grad_fn.next_functions[0][0](dv)
print(du, db)
acc = v.grad_fn.next_functions[1][0]
print(b.grad)
acc(db)
print(b.grad)
dw, dx = u.grad_fn(du)
print(dw, dx)
u.grad_fn.next_functions[0][0](dw)
print(w.grad)
#: call by hand without grad
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.exp() * 2
with torch.no_grad():
    print(y.grad_fn(torch.ones(2)), y.grad_fn.next_functions[0][0](torch.ones(2)))
print(x.sum().grad_fn(torch.tensor(2.0)), (x * x).grad_fn(torch.ones(2)))
#: retained intermediates
b = torch.tensor(1.0, requires_grad=True)
w = torch.tensor(2.0, requires_grad=True)
x = torch.tensor(3.0)
u = w * x
u.retain_grad()
v = u + b
v.retain_grad()
a = torch.relu(v)
a.backward()
print(v.grad, u.grad, b.grad, w.grad, u.retains_grad)
#: saved attributes
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
print(y.grad_fn._saved_self, y.grad_fn._saved_other, x.exp().grad_fn._saved_result, (x ** 2).grad_fn._saved_exponent, (x ** 2).grad_fn._saved_self)
y.sum().backward()
attempt(lambda: y.grad_fn._saved_self)
#: metadata and names
x = torch.ones(1, requires_grad=True)
n = (x * 2).grad_fn
n.metadata["note"] = 1
print(n.metadata, n.name(), n.requires_grad)
#: non leaf grad warning
x = torch.ones(2, requires_grad=True)
y = x * 2
y.sum().backward()
print(y.grad, x.grad)
#: view of data has no history
x = torch.ones(2, requires_grad=True)
y = (x * 2).detach()
print(y.requires_grad, y.grad_fn, y.is_leaf)
#: order of seq
x = torch.ones(1, requires_grad=True)
a, b = x * 2, x * 3
print(b.grad_fn._sequence_nr() > a.grad_fn._sequence_nr())
