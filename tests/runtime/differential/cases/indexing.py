#: reads
x = torch.arange(12.0).view(3, 4)
for i in (0, -1, (1, 2), slice(1, 3), (slice(None), 1), (slice(None), slice(0, 4, 2)), None, (None, 0), Ellipsis, (Ellipsis, 0), [0, 2], (slice(None), [0, 2]), ([0, 1], [1, 2]), torch.tensor([2, 0]), torch.tensor(1), x > 5, torch.tensor([True, False, True]), (slice(None), torch.tensor([True, False, False, True])), (torch.tensor([0, 1]), slice(1, 3)), (1, [0, 2])):
    print(x[i])
#: gradients
for i in (0, (1, 2), slice(1, 3), (slice(None), slice(0, 4, 2)), None, (Ellipsis, 0), [0, 2, 0], ([0, 1, 0], [1, 2, 1]), torch.tensor([2, 2]), torch.tensor([True, False, True]), (slice(None), [0, 0])):
    x = torch.arange(12.0).view(3, 4).clone().requires_grad_()
    y = x[i]
    (y * y).sum().backward()
    print(x.grad)
#: errors
x = torch.ones(3)
attempt(lambda: x[3])
attempt(lambda: x[-4])
attempt(lambda: x[0, 0])
attempt(lambda: x[[0, 4]])
attempt(lambda: x[1.5])
attempt(lambda: x[::-1])
attempt(lambda: torch.tensor(1.0)[0])
attempt(lambda: x[torch.tensor([True, False])])
attempt(lambda: torch.ones(2, 3)[:, 5])
attempt(lambda: torch.ones(2, 3)[torch.tensor([3])])
attempt(lambda: x[torch.tensor([1.0])])
#: writes
x = torch.zeros(3, 4)
x[0] = 1
x[1, 2] = 5.0
x[:, 3] = torch.tensor([7.0, 8.0, 9.0])
x[2, :2] = torch.tensor(4)
x[x == 0] = -1
x[[0, 1], [0, 0]] = torch.tensor([10.0, 20.0])
x[torch.tensor([2])] += 100
print(x, x._version)
#: write errors
x = torch.zeros(3)
def w(i, v):
    x[i] = v
attempt(w, 5, 1.0)
attempt(w, slice(0, 2), torch.ones(3))
attempt(w, 0, torch.ones(2))
attempt(w, (0, 0), 1.0)
#: views of indices
x = torch.arange(6.0).view(2, 3)
v = x[1]
v[0] = 100
print(x, x[0]._base is x, x[0]._is_view(), x[[0]]._is_view(), v._version)
#: select narrow take
x = torch.arange(12.0).view(3, 4).clone().requires_grad_()
y = x.select(1, 2).sum() + x.narrow(0, 1, 2).prod() * 0.01 + x.take(torch.tensor([0, 5, 5])).sum() + x.index_select(1, torch.tensor([0, 0, 3])).sum()
y.backward()
print(y, x.grad)
#: gather and scatter
x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
g = x.gather(1, torch.tensor([[0, 0], [1, 0]]))
s = torch.zeros(2, 3).scatter(1, torch.tensor([[0, 2], [1, 1]]), x)
a = torch.zeros(2, 2).scatter_add(0, torch.tensor([[0, 0], [0, 1]]), x)
print(g, s, a)
(g.sum() + (s * torch.arange(6.0).view(2, 3)).sum() + (a * torch.tensor([[1.0, 10.0], [100.0, 1000.0]])).sum()).backward()
print(x.grad)
#: scatter gradient of self
x = torch.ones(3, requires_grad=True)
y = x.scatter(0, torch.tensor([1]), 5.0)
(y * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
print(y, x.grad)
#: index ops in place
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = torch.zeros(3)
y.index_add_(0, torch.tensor([0, 0]), x)
y.scatter_(0, torch.tensor([2]), x[:1] * 3)
y.masked_fill_(torch.tensor([False, True, False]), 9.0)
print(y)
(y * torch.tensor([1.0, 5.0, 7.0])).sum().backward()
print(x.grad)
#: index copy and fill
x = torch.ones(3, 2, requires_grad=True)
y = x.index_fill(0, torch.tensor([1]), 5.0).index_copy(1, torch.tensor([0]), torch.zeros(3, 1))
print(y)
y.sum().backward()
print(x.grad)
#: masked select and nonzero
x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
y = x.masked_select(x > 0)
y.sum().backward()
print(y, x.grad, torch.nonzero(x > 0), (x > 0).nonzero(as_tuple=True), torch.where(x > 0))
#: errors of gather
x = torch.ones(3)
attempt(lambda: x.gather(0, torch.tensor([5])))
attempt(lambda: x.gather(0, torch.tensor([[0]])))
attempt(lambda: x.index_select(0, torch.tensor([7])))
attempt(lambda: x.scatter(0, torch.tensor([0]), torch.ones(1, dtype=torch.float64)))
attempt(lambda: x.masked_fill(torch.tensor([1, 0, 1]), 0.0))
attempt(lambda: x.index_add(0, torch.tensor([9]), torch.ones(1)))
attempt(lambda: x.select(0, 5))
attempt(lambda: x.narrow(0, 2, 3))
#: iteration
x = torch.arange(6.0).view(3, 2).clone().requires_grad_()
total = 0
for row in x:
    a, b = row
    total = total + a * b
total.backward()
print(total, x.grad)
attempt(lambda: iter(torch.tensor(1.0)))
attempt(lambda: len(torch.tensor(1.0)))
#: unpack
a, b, c = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
print(a, a.grad_fn.name(), c.output_nr)
#: nested reads
x = torch.zeros(3, 4)
for i in range(3):
    for j in range(4):
        x[i][j] = i + j
print(x)
#: leaf nested writes
x = torch.zeros(2, 2).requires_grad_()
def w():
    x[0][1] = 1.0
attempt(w)
