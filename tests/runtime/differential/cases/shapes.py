#: views
x = torch.arange(12.0)
for y in (x.view(3, 4), x.view(-1, 6), x.reshape(2, 6), x.view(3, 4).t(), x.view(3, 4).T, x.view(2, 2, 3).permute(2, 0, 1), x.view(2, 6).transpose(0, 1), x.unsqueeze(0), x.unsqueeze(-1), x.view(1, 12, 1).squeeze(), x.view(1, 12, 1).squeeze(0), x.view(1, 12).expand(3, 12), x.view(3, 4).flatten(), x.view(3, 2, 2).flatten(1), x.view(3, 4).diagonal(), x.view(3, 4).narrow(1, 1, 2), x.view(3, 4).mT, x.view(2, 6).movedim(0, 1), x.view(3, 4).unflatten(1, (2, 2))):
    print(y, y._is_view(), y._base is x, y.is_contiguous(), y.stride())
#: gradients
w = torch.arange(12.0)
for f in (lambda x: x.view(3, 4).t().reshape(12), lambda x: x.view(2, 6).transpose(0, 1).reshape(-1), lambda x: x.view(2, 2, 3).permute(2, 0, 1).flatten(), lambda x: x.expand(2, 12).sum(0), lambda x: x.view(3, 4).flip(0).view(12), lambda x: x.roll(3), lambda x: x.repeat(2)[:12], lambda x: torch.cat([x[6:], x[:6]]), lambda x: torch.stack([x, x], 1)[:, 0], lambda x: torch.cat(x.split(5)), lambda x: torch.cat(x.chunk(5)), lambda x: torch.stack(x.unbind()), lambda x: x.repeat_interleave(2)[::2], lambda x: x.view(3, 4).tril().view(-1), lambda x: x.view(3, 4).triu(1).view(-1), lambda x: torch.cat([x.view(3, 4).diagonal(), x[:9]]), lambda x: torch.hstack([x[:6], x[6:]]), lambda x: torch.vstack([x[:6], x[6:]]).view(12), lambda x: x.view(3, 4).unsqueeze(1).squeeze(1).reshape(12), lambda x: torch.meshgrid(x, torch.ones(2), indexing="ij")[0][:, 0], lambda x: x.contiguous(), lambda x: x.clone(), lambda x: x.view_as(torch.ones(3, 4)).view(12), lambda x: x.tile(1)):
    x = torch.arange(12.0).requires_grad_()
    (f(x) * w).sum().backward()
    print(x.grad)
#: errors
x = torch.ones(2, 3)
attempt(lambda: x.view(4))
attempt(lambda: x.view(-1, 4))
attempt(lambda: x.view(-1, -1))
attempt(lambda: x.t().view(6))
attempt(lambda: x.reshape(5))
attempt(lambda: x.expand(4, 3))
attempt(lambda: x.expand(3))
attempt(lambda: torch.cat([torch.ones(2), torch.ones(2, 2)]))
attempt(lambda: torch.cat([torch.ones(2, 2), torch.ones(2, 3)]))
attempt(lambda: torch.cat([]))
attempt(lambda: torch.stack([torch.ones(2), torch.ones(3)]))
attempt(lambda: torch.stack([]))
attempt(lambda: x.permute(0))
attempt(lambda: torch.ones(2, 2, 2).t())
attempt(lambda: x + torch.ones(2))
attempt(lambda: x.split([1, 5]))
attempt(lambda: torch.cat([torch.tensor(1.0)]))
#: joins
print(torch.cat([torch.ones(1, 2), torch.zeros(2, 2)]), torch.cat((torch.ones(2, 1), torch.zeros(2, 2)), 1), torch.stack([torch.ones(2), torch.zeros(2)], -1), torch.cat([torch.ones(2), torch.tensor([1, 2])]), torch.cat([torch.zeros(0), torch.ones(2)]))
#: join gradients
a = torch.ones(2, requires_grad=True)
b = torch.ones(3, requires_grad=True)
c = torch.ones(1)
(torch.cat([a, b, c]) * torch.arange(6.0)).sum().backward()
print(a.grad, b.grad)
d = torch.ones(2, dtype=torch.float64, requires_grad=True)
torch.cat([a, d]).sum().backward()
print(a.grad, d.grad)
#: same tensor twice
a = torch.ones(2, requires_grad=True)
(torch.stack([a, a, a * 2]) * torch.arange(6.0).view(3, 2)).sum().backward()
print(a.grad)
#: sharing
x = torch.zeros(4)
y = x.view(2, 2)
y[0, 0] = 5
x[3] = 7
print(x, y, x.numpy()[0])
a = np.zeros(3)
t = torch.from_numpy(a)
t[0] = 1
a[1] = 2
print(t, a)
#: numpy round trip
a = np.arange(6).reshape(2, 3)
t = torch.from_numpy(a)
print(t, t.dtype, torch.tensor(a), torch.as_tensor(a.astype(np.float32)), torch.tensor(np.float64(2.5)), torch.tensor([np.float32(1.5)]))
attempt(lambda: torch.from_numpy(a[:, ::-1]))
attempt(lambda: torch.from_numpy([1]))
attempt(lambda: torch.from_numpy(np.array(["a"])))
x = torch.ones(2, requires_grad=True)
attempt(lambda: x.numpy())
attempt(lambda: np.asarray(x))
print(x.detach().numpy(), np.asarray(x.detach()), np.array(torch.ones(2)))
#: numpy operators
x = torch.tensor([1.0, 2.0])
print(x + np.array([1.0, 2.0], dtype=np.float32), x * np.float64(2.0), x * np.ones((2, 1)))
#: construction errors
attempt(lambda: torch.tensor("a"))
attempt(lambda: torch.tensor([[1, 2], [3]]))
attempt(lambda: torch.tensor([1, 2], requires_grad=True))
attempt(lambda: torch.ones(2, dtype=torch.int64).requires_grad_())
attempt(lambda: torch.ones(2) * "a")
attempt(lambda: torch.ones(2) + None)
attempt(lambda: torch.ones(2).item())
attempt(lambda: bool(torch.ones(2)))
attempt(lambda: float(torch.ones(2)))
attempt(lambda: bool(torch.zeros(0)))
attempt(lambda: range(torch.tensor(1.5)))
print([10, 20, 30][torch.tensor(1)])
#: matrix products
a = torch.arange(6.0).view(2, 3).clone().requires_grad_()
b = torch.arange(12.0).view(3, 4).clone().requires_grad_()
v = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
for y in (a @ b, a.mm(b), torch.matmul(a, v), a.mv(v), v @ v, v.dot(v), v @ b, torch.stack([a, a]) @ b, torch.bmm(torch.stack([a, a]), torch.stack([b, b])), torch.outer(v, v), torch.einsum("ij,jk->ik", a, b), torch.einsum("ij->j", a), torch.einsum("i,i", v, v), torch.addmm(torch.ones(2, 4), a, b), a.unsqueeze(0) @ v, torch.linalg.norm(v) if False else v.norm()):
    for t in (a, b, v):
        t.grad = None
    y.sum().backward()
    print(y.detach(), a.grad, b.grad, v.grad)
#: product errors
a = torch.ones(2, 3)
attempt(lambda: a @ a)
attempt(lambda: a @ torch.ones(2))
attempt(lambda: torch.ones(2) @ torch.ones(3))
attempt(lambda: torch.ones(2).mm(a))
attempt(lambda: a.dot(a))
attempt(lambda: a @ a.double().t())
attempt(lambda: a @ torch.tensor(1.0))
attempt(lambda: a.bmm(a))
attempt(lambda: a @ 2)
#: diag and trace
x = torch.arange(9.0).view(3, 3).clone().requires_grad_()
(x.trace() + x.diagonal().prod() + torch.diag(x).sum() + (torch.diag(x[0]) * x).sum()).backward()
print(x.grad)
