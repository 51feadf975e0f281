#: backward errors
attempt(lambda: torch.ones(2).backward())
attempt(lambda: torch.ones(1).sum().backward())
attempt(lambda: (torch.ones(2, requires_grad=True) * 2).backward())
x = torch.ones(2, requires_grad=True)
attempt(lambda: (x * 2).backward(torch.ones(3)))
attempt(lambda: (x * 2).backward(2.0))
attempt(lambda: (x * 2).sum().backward(torch.ones(2)))
attempt(lambda: (x * 2).backward(torch.ones(2, dtype=torch.float64)))
print(x.grad)
#: backward twice
x = torch.ones(2, requires_grad=True)
y = (x * x).sum()
y.backward()
attempt(y.backward)
print(x.grad)
z = (x + 1).sum()
z.backward()
z.backward()
print(x.grad)
w = (x * x).sum()
w.backward(retain_graph=True)
w.backward()
print(x.grad)
attempt(w.backward)
#: second backward of unsaved ops
x = torch.ones(2, requires_grad=True)
for f in (lambda: x.sum(), lambda: (x - 1).mean(), lambda: (-x).sum(), lambda: x.view(2, 1).sum(), lambda: x[0], lambda: x.mul(2).sum(), lambda: x.div(2).sum(), lambda: x.exp().sum(), lambda: x.pow(2).sum(), lambda: x[[0, 1]].sum(), lambda: torch.cat([x, x]).sum(), lambda: x.relu().sum(), lambda: x.expand(2, 2).sum(), lambda: x.clone().sum(), lambda: x.cumsum(0).sum(), lambda: x.dot(torch.ones(2)), lambda: x.prod(), lambda: x.softmax(0).sum(), lambda: x.double().sum(), lambda: x.gather(0, torch.tensor([1])).sum()):
    y = f()
    y.backward()
    attempt(y.backward)
#: grad basics
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = torch.tensor([3.0, 4.0], requires_grad=True)
z = (x * y).sum()
print(torch.autograd.grad(z, [x, y]), x.grad)
print(torch.autograd.grad((x * y, x + y), (x, y), (torch.ones(2), torch.tensor([10.0, 20.0]))))
print(torch.autograd.grad([x * 2], [x], grad_outputs=[torch.ones(2)]))
attempt(lambda: torch.autograd.grad(x * y, x))
#: grad unused
x = torch.ones(2, requires_grad=True)
z = torch.ones(2, requires_grad=True)
y = (x * 2).sum()
attempt(lambda: torch.autograd.grad(y, [x, z], retain_graph=True))
print(torch.autograd.grad(y, [x, z], allow_unused=True, retain_graph=True))
print(torch.autograd.grad(y, [x, z], materialize_grads=True, retain_graph=True))
attempt(lambda: torch.autograd.grad(y, [torch.ones(2)]))
attempt(lambda: torch.autograd.grad(torch.ones(1), [x]))
attempt(lambda: torch.autograd.grad(y, [x], materialize_grads=True, allow_unused=False))
#: grad only inputs
x = torch.ones(2, requires_grad=True)
print(torch.autograd.grad(x.sum(), x, only_inputs=True))
print(torch.autograd.grad(x.sum(), x, only_inputs=False))
#: grad of intermediates
x = torch.tensor(2.0, requires_grad=True)
y = x * x
z = y * 3 + x
print(torch.autograd.grad(z, y, retain_graph=True), torch.autograd.grad(z, [x, y]), x.grad)
#: grad does not run what it need not
class Loud(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 1
    @staticmethod
    def backward(ctx, g):
        print("ran")
        return g
a = torch.ones(1, requires_grad=True)
b = torch.ones(1, requires_grad=True)
z = Loud.apply(a) + b * 2
print(torch.autograd.grad(z, b))
#: grad of a leaf itself
x = torch.ones(1, requires_grad=True)
print(torch.autograd.grad(x, x))
x.backward()
print(x.grad)
#: grads batched
x = torch.tensor([1.0, 2.0], requires_grad=True)
y = x * x
print(torch.autograd.grad(y, x, torch.eye(2), is_grads_batched=True))
#: create graph accumulates
x = torch.tensor(2.0, requires_grad=True)
y = x ** 3
y.backward(create_graph=True)
print(x.grad)
g = x.grad
x.grad = None
g.backward()
print(x.grad)
#: third order
x = torch.tensor(0.7, requires_grad=True)
y = torch.sin(x) * torch.exp(x)
for _ in range(4):
    y, = torch.autograd.grad(y, x, create_graph=True)
    print(y)
#: second order of many
for f in (lambda x: x.exp(), lambda x: x.log(), lambda x: x.sqrt(), lambda x: x.sigmoid(), lambda x: x.tanh(), lambda x: x.pow(3), lambda x: 1 / x, lambda x: x / (1 + x), lambda x: x.relu() * x, lambda x: x.softmax(0) * torch.tensor([1.0, 2.0]), lambda x: x.log_softmax(0) * torch.tensor([1.0, 2.0]), lambda x: x.prod(), lambda x: x.std(), lambda x: x.var(), lambda x: x.norm(), lambda x: x.cumprod(0), lambda x: x.logsumexp(0), lambda x: x @ x, lambda x: x.view(2, 1) @ x.view(1, 2), lambda x: x[0] * x[1], lambda x: torch.stack([x, x * x]).prod(0), lambda x: torch.where(x > 0.6, x * x, x), lambda x: x.clamp(0.6, 3) ** 2, lambda x: x.max() * x, lambda x: x.sort()[0] * x, lambda x: x.unsqueeze(0).expand(3, 2) ** 2, lambda x: x.flip(0) * x, lambda x: x[[1, 0]] * x, lambda x: x.double() ** x.double(), lambda x: torch.cat([x, x ** 2]) ** 2, lambda x: x.abs() * x, lambda x: x.sin() * x):
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    g, = torch.autograd.grad(f(x).sum(), x, create_graph=True)
    h, = torch.autograd.grad((g * torch.tensor([1.0, -2.0])).sum(), x, allow_unused=True)
    print(g.detach(), h)
#: inputs argument
x = torch.ones(2, requires_grad=True)
y = torch.ones(2, requires_grad=True)
(x * y).sum().backward(inputs=[x])
print(x.grad, y.grad)
z = x * 2
(z * y).sum().backward(inputs=[z, y])
print(z.grad, y.grad, x.grad)
attempt(lambda: (x * y).sum().backward(inputs=[]))
attempt(lambda: (x * y).sum().backward(inputs=[torch.ones(2)]))
#: several roots
x = torch.tensor([1.0, 2.0], requires_grad=True)
torch.autograd.backward([x.sum(), (x * x).sum()])
print(x.grad)
torch.autograd.backward([x * 2, x * 3], [torch.ones(2), torch.tensor([1.0, 0.0])])
print(x.grad)
torch.autograd.backward((x.sum(), x * 2), grad_tensors=(None, torch.ones(2)))
print(x.grad)
#: deprecated argument
x = torch.ones(2, requires_grad=True)
torch.autograd.backward([x * 2], grad_variables=[torch.ones(2)])
print(x.grad)
#: tensor hooks
x = torch.tensor([1.0, 2.0], requires_grad=True)
h = x.register_hook(lambda g: print("x", g))
y = x * 2
y.register_hook(lambda g: print("y", g))
y.register_hook(lambda g: g * 10)
y.sum().backward()
print(x.grad)
h.remove()
h.remove()
(x * 3).sum().backward()
print(x.grad)
#: hook order
w = torch.tensor(2.0, requires_grad=True)
x = torch.tensor(3.0, requires_grad=True)
b = torch.tensor(1.0, requires_grad=True)
u = w * x
v = u + b
for name, t in (("w", w), ("x", x), ("b", b), ("u", u), ("v", v)):
    t.register_hook(lambda g, name=name: print(name, g))
(v * v).backward()
#: hook errors
x = torch.ones(2, requires_grad=True)
y = x * 2
y.register_hook(lambda g: "no")
attempt(lambda: y.sum().backward())
print(x.grad)
y = x * 2
y.register_hook(lambda g: torch.ones(3))
attempt(lambda: y.sum().backward())
attempt(lambda: torch.ones(2).register_hook(print))
#: hook raises
x = torch.ones(2, requires_grad=True)
w = torch.ones(2, requires_grad=True)
y = x * 2
def bad(g):
    raise ValueError("in hook")
y.register_hook(bad)
attempt(lambda: (y * w).sum().backward())
print(x.grad, torch.is_grad_enabled())
#: hook replaces leaf gradient
x = torch.ones(2, requires_grad=True)
x.register_hook(lambda g: g * 2)
x.register_hook(lambda g: g + 1)
(x * 3).sum().backward()
print(x.grad, torch.autograd.grad((x * 3).sum(), x))
#: hooks see accumulated gradient
x = torch.ones(1, requires_grad=True)
x.register_hook(lambda g: print("hook", g))
(x * 2 + x * 3).backward()
print(x.grad)
#: post accumulate
x = torch.ones(2, requires_grad=True)
def after(t):
    print("after", t.grad)
    t.grad = None
h = x.register_post_accumulate_grad_hook(after)
(x * 2).sum().backward()
print(x.grad)
h.remove()
(x * 2).sum().backward()
print(x.grad)
attempt(lambda: (x * 2).register_post_accumulate_grad_hook(after))
attempt(lambda: torch.ones(1).register_post_accumulate_grad_hook(after))
#: node hooks
x = torch.ones(2, requires_grad=True)
y = x * 2
y.grad_fn.register_hook(lambda gi, go: print("post", gi, go))
y.grad_fn.register_prehook(lambda go: print("pre", go))
y.sum().backward()
print(x.grad)
#: node hooks replace
x = torch.ones(2, requires_grad=True)
y = x * 2
h = y.grad_fn.register_hook(lambda gi, go: (gi[0] * 5, None))
y.grad_fn.register_prehook(lambda go: (go[0] * 3,))
y.sum().backward()
print(x.grad)
y = x * 2
h = y.grad_fn.register_hook(lambda gi, go: (gi[0] * 5,))
attempt(lambda: y.sum().backward())
#: accumulator hooks
x = torch.ones(2, requires_grad=True)
y = x * 2
acc = y.grad_fn.next_functions[0][0]
acc.register_hook(lambda gi, go: print("acc", go))
acc.register_prehook(lambda go: print("acc pre", go))
y.sum().backward()
print(x.grad)
#: retain grad
x = torch.ones(2, requires_grad=True)
y = x * 2
y.retain_grad()
y.retain_grad()
(y * 3).sum().backward(retain_graph=True)
print(y.grad)
(y * 3).sum().backward()
print(y.grad)
attempt(lambda: torch.ones(1).retain_grad())
x.retain_grad()
print(x.retains_grad, y.retains_grad)
#: retain grad with hooks
x = torch.ones(2, requires_grad=True)
y = x * 2
y.retain_grad()
y.register_hook(lambda g: g * 10)
y.sum().backward()
print(y.grad, x.grad)
#: assigned gradients
x = torch.ones(2, requires_grad=True)
x.grad = torch.tensor([5.0, 6.0])
x.sum().backward()
print(x.grad)
def assign(v):
    x.grad = v
attempt(assign, torch.ones(3))
attempt(assign, 3)
attempt(assign, torch.ones(2, dtype=torch.float64))
attempt(assign, None)
#: frozen leaf
x = torch.ones(2, requires_grad=True)
y = torch.ones(2)
z = x * y
x.requires_grad_(False)
print(x.requires_grad)
w = torch.ones(2, requires_grad=True)
(w * x).sum().backward()
print(w.grad, x.grad)
#: deep chain
x = torch.tensor(1.0, requires_grad=True)
y = x
for _ in range(5000):
    y = y + 1
y.backward()
print(x.grad, y)
#: wide graph
x = torch.ones(3, requires_grad=True)
total = sum((x * k for k in range(50)), torch.zeros(3))
total.sum().backward()
print(x.grad)
#: gradients do not alias
x = torch.ones(2, requires_grad=True)
y = torch.ones(2, requires_grad=True)
(x + y).sum().backward()
x.grad.add_(1)
print(x.grad, y.grad)
g = torch.ones(2)
z = torch.ones(2, requires_grad=True)
(z + 0).backward(g)
z.grad.add_(1)
print(g, z.grad)
#: anomaly
x = torch.tensor([0.0, 1.0], requires_grad=True)
with torch.autograd.set_detect_anomaly(True):
    y = (x.sqrt() * 0).sum()
    attempt(lambda: y.backward())
print(x.grad)
#: anomaly without nan check
x = torch.tensor([0.0, 1.0], requires_grad=True)
with torch.autograd.set_detect_anomaly(True, check_nan=False):
    (x.sqrt() * 0).sum().backward()
print(x.grad)
#: saved tensors hooks
x = torch.ones(2, requires_grad=True)
def pack(t):
    print("pack", t.shape)
    return t * 2
with torch.autograd.graph.saved_tensors_hooks(pack, lambda t: t):
    y = x * x
y.sum().backward()
print(x.grad)
#: saved tensors hooks of results
x = torch.tensor([1.0, 2.0], requires_grad=True)
with torch.autograd.graph.saved_tensors_hooks(lambda t: t.numpy() if not t.requires_grad else t.detach().numpy(), lambda a: torch.from_numpy(a)):
    y = x.exp() * x
y.sum().backward()
print(x.grad)
#: mutation allowed
with torch.autograd.graph.allow_mutation_on_saved_tensors():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = y * y
    y.add_(5)
    z.sum().backward()
    print(x.grad)
#: gradient edge
x = torch.ones(2, requires_grad=True)
y = x * 2
e = torch.autograd.graph.get_gradient_edge(y)
print(e.node.name(), e.output_nr, torch.autograd.grad((y * 3).sum(), e))
#: multi grad hook
a, b = torch.ones(1, requires_grad=True), torch.ones(1, requires_grad=True)
h = torch.autograd.graph.register_multi_grad_hook([a, b], lambda gs: print("all", gs))
(a * 2 + b * 3).backward()
h.remove()
(a * 2 + b * 3).backward()
#: threads
import threading
x = torch.ones(1, requires_grad=True)
seen = []
def work():
    seen.append(torch.is_grad_enabled())
    with torch.no_grad():
        seen.append((x * 2).requires_grad)
    (x * 2).backward()
with torch.no_grad():
    t = threading.Thread(target=work)
    t.start()
    t.join()
print(seen, x.grad)
