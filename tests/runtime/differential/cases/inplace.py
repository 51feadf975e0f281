#: leaf errors
x = torch.ones(2, requires_grad=True)
for f in (lambda: x.add_(1), lambda: x.mul_(2), lambda: x.zero_(), lambda: x[0].add_(1), lambda: x.view(2).add_(1), lambda: x.copy_(torch.ones(2)), lambda: x.fill_(1.0), lambda: x.clamp_(0, 1), lambda: x.exp_()):
    attempt(f)
def assign():
    x[0] = 3.0
attempt(assign)
def iadd():
    global x
    x += 1
attempt(iadd)
print(x, x._version)
#: under no grad
x = torch.ones(2, requires_grad=True)
with torch.no_grad():
    x.add_(1)
    x[0] = 5.0
    x -= 0.5
print(x, x._version, x.is_leaf)
#: non leaf
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
y.add_(1)
print(y, y._version)
y.mul_(3)
print(y.grad_fn.name(), y.grad_fn.next_functions[0][0].name())
y.sum().backward()
print(x.grad)
#: every form
for f in (lambda t: t.add_(2), lambda t: t.sub_(2), lambda t: t.mul_(2), lambda t: t.div_(2), lambda t: t.exp_(), lambda t: t.sqrt_(), lambda t: t.neg_(), lambda t: t.relu_(), lambda t: t.sigmoid_(), lambda t: t.tanh_(), lambda t: t.clamp_(0, 1.5), lambda t: t.pow_(2), lambda t: t.zero_(), lambda t: t.fill_(3.0), lambda t: t.abs_(), lambda t: t.log_(), lambda t: t.reciprocal_(), lambda t: t.sin_(), lambda t: t.copy_(torch.tensor([7.0, 8.0])), lambda t: t.masked_fill_(torch.tensor([True, False]), 0.0), lambda t: t.add_(torch.ones(2), alpha=3), lambda t: t.addcmul_(torch.ones(2), torch.ones(2), value=2), lambda t: t.square_(), lambda t: t.lerp_(torch.ones(2), 0.5), lambda t: t.floor_()):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    z = f(y)
    print(y, z is y, y._version)
    y.sum().backward()
    print(x.grad)
#: saved and overwritten
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x.exp()
y.add_(1)
attempt(lambda: y.sum().backward())
y = x * 2
z = y * y
y.add_(1)
attempt(lambda: z.sum().backward())
w = torch.ones(2)
q = x * w
w.add_(1)
attempt(lambda: q.sum().backward())
q = (x * 2) ** 2
q.mul_(2)
q.sum().backward()
print(x.grad)
#: saved by self
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 1
w = torch.tensor([3.0, 4.0], requires_grad=True)
y.mul_(w)
y.sum().backward()
print(x.grad, w.grad)
y = x * 1
y.mul_(y)
attempt(lambda: y.sum().backward())
#: saved matmul
a = torch.ones(2, 2, requires_grad=True)
b = torch.ones(2, 2)
c = a @ b
b[0, 0] = 5
attempt(lambda: c.sum().backward())
#: through a view
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * 2
v = y[1:]
v.mul_(10)
print(y, v, y.grad_fn.name(), v.grad_fn.name(), v._base is y, y._version, v._version)
y.sum().backward()
print(x.grad)
#: through two views
x = torch.arange(6.0).requires_grad_()
y = x * 1
a = y.view(2, 3)
b = a[1]
b.mul_(torch.tensor([1.0, 2.0, 3.0]))
a[0].zero_()
(y * y).sum().backward()
print(x.grad, b._base is y)
#: view before write to the base
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = x * 1
v = y[0]
y.mul_(5)
print(v, v.grad_fn.name())
v.backward()
print(x.grad)
#: constant base comes to require grad
b = torch.zeros(3)
v = b[0]
other = b[1]
w = torch.tensor(2.0, requires_grad=True)
v.add_(w)
print(b.requires_grad, b.grad_fn.name(), v.grad_fn.name(), other.requires_grad, b.grad_fn.next_functions[0])
(b * torch.tensor([3.0, 1.0, 1.0])).sum().backward()
print(w.grad)
#: assignment in a loop
x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
y = torch.zeros(3)
for i in range(3):
    y[i] = x[i] ** 2
print(y, y.grad_fn.name(), y._version)
y.sum().backward()
print(x.grad)
#: assignment forms
x = torch.arange(4.0).requires_grad_()
y = torch.zeros(2, 4)
y[0] = x
y[1, 1:3] = x[:2] * 2
y[:, 0] = 7
y[1, 3] = x.sum()
y[y > 6.5] = 1.0
print(y)
(y * y).sum().backward()
print(x.grad)
#: indexed assignment with lists
x = torch.arange(3.0).requires_grad_()
y = torch.zeros(5)
y[[0, 2, 4]] = x
y[torch.tensor([1])] = x[1:2] * 5
print(y, y.grad_fn.name())
(y * torch.arange(5.0)).sum().backward()
print(x.grad)
#: recurrence in place
x = torch.tensor([0.5, 1.0, 1.5], requires_grad=True)
y = x.clone()
for i in range(1, 3):
    y[i] = y[i - 1].sin().clone() * x[i] + y[i].clone()
attempt(lambda: (y.sum().backward(), x.grad))
#: detach shares
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
d = y.detach()
d.add_(1)
print(y, y._version, d._version)
z = y * y
d.zero_()
attempt(lambda: z.sum().backward())
#: data does not share versions
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
z = y * y
y.data.zero_()
print(y._version)
z.sum().backward()
print(x.grad)
#: multi view outputs
x = torch.ones(2, 2, requires_grad=True)
y = x * 1
a, b = y.unbind()
attempt(lambda: a.add_(1))
c, d = y.split(1)
attempt(lambda: c.mul_(2))
e, f = (x * 1).chunk(2)
attempt(lambda: e.zero_())
#: view made without grad
x = torch.ones(3, requires_grad=True)
y = x * 1
with torch.no_grad():
    v = y[0]
attempt(lambda: v.add_(1))
#: expanded memory
a = torch.ones(1).expand(3)
attempt(lambda: a.add_(1))
#: shape and type
a = torch.ones(3)
attempt(lambda: a.add_(torch.ones(2, 3)))
attempt(lambda: a.add_(torch.ones(2)))
attempt(lambda: torch.ones(3, dtype=torch.int64).add_(1.5))
attempt(lambda: torch.ones(3, dtype=torch.int64).div_(2))
print(a.add_(torch.ones(3, dtype=torch.float64)), a.mul_(2).dtype)
#: set data and detach
x = torch.ones(2, requires_grad=True)
y = x * 2
y.detach_()
print(y.requires_grad, y.grad_fn)
attempt(lambda: (x * 2)[0].detach_())
x.data = torch.tensor([5.0, 6.0])
print(x)
#: requires grad of results
x = torch.ones(2, requires_grad=True)
y = x * 2
def off():
    y.requires_grad = False
attempt(off)
def on():
    y.requires_grad = True
attempt(on)
print(y.requires_grad_().requires_grad)
#: zero grad idioms
x = torch.ones(2, requires_grad=True)
(x * x).sum().backward()
g = x.grad
x.grad.zero_()
print(x.grad is g, g)
(x * 3).sum().backward()
print(x.grad is g, g)
#: versions of views
y = torch.zeros(4)
v = y[:2]
w = v[0]
w.add_(1)
print(y._version, v._version, w._version, w._base is y)
y.add_(1)
print(v._version)
#: retain then write
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * 2
y.retain_grad()
y.mul_(3)
y.sum().backward()
print(y.grad, x.grad)
#: reassigned slices
x = torch.arange(6.0).view(2, 3).clone().requires_grad_()
y = x * 1
y[:, 0], y[:, 1] = y[:, 1].clone(), y[:, 0].clone()
(y * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
print(x.grad)
#: augmented slices
x = torch.arange(4.0).requires_grad_()
y = x * 1
y[1:] += y[:-1].clone()
y[0] *= 3
y.sum().backward()
print(y, x.grad)
#: double backward through a write
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
y[0] *= x[1]
g, = torch.autograd.grad(y.sum(), x, create_graph=True)
print(g, torch.autograd.grad(g.sum(), x))
