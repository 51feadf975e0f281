#: no grad
x = torch.ones(1, requires_grad=True)
with torch.no_grad():
    y = x * 2
    print(torch.is_grad_enabled(), y.requires_grad)
    with torch.enable_grad():
        print((x * 2).requires_grad)
print(torch.is_grad_enabled())
#: decorators
x = torch.ones(1, requires_grad=True)
@torch.no_grad()
def a(v):
    return v * 2
@torch.enable_grad()
def b(v):
    return v * 2
@torch.no_grad
def c(v):
    return v * 2
@torch.inference_mode()
def d(v):
    return v * 2
with torch.no_grad():
    print(b(x).requires_grad)
print(a(x).requires_grad, c(x).requires_grad, d(x).requires_grad, a.__name__)
#: generators
x = torch.ones(1, requires_grad=True)
@torch.no_grad()
def gen():
    print(torch.is_grad_enabled())
    yield 1
    print(torch.is_grad_enabled())
    yield 2
for v in gen():
    print(v, torch.is_grad_enabled())
#: set grad enabled
x = torch.ones(1, requires_grad=True)
torch.set_grad_enabled(False)
y = x * 2
print(y.requires_grad, torch.is_grad_enabled())
torch.set_grad_enabled(True)
with torch.set_grad_enabled(False):
    print((x * 2).requires_grad)
print((x * 2).requires_grad)
@torch.set_grad_enabled(False)
def f(v):
    return v * 2
print(f(x).requires_grad, torch.is_grad_enabled())
#: exceptions restore
try:
    with torch.no_grad():
        raise ValueError
except ValueError:
    pass
print(torch.is_grad_enabled())
@torch.no_grad()
def f():
    raise ValueError
attempt(f)
print(torch.is_grad_enabled())
#: inference mode
with torch.inference_mode():
    a = torch.ones(2)
    b = a * 2
    print(a.is_inference(), b.is_inference(), torch.is_inference_mode_enabled(), torch.is_grad_enabled())
    b.add_(1)
print(a.is_inference(), torch.is_inference_mode_enabled())
attempt(lambda: a.add_(1))
attempt(lambda: a._version)
attempt(lambda: a.requires_grad_())
x = torch.ones(2, requires_grad=True)
attempt(lambda: x * a)
print((x + a).requires_grad, a.clone().is_inference(), (a * 2).is_inference())
#: inference mode of parameters
x = torch.ones(2, requires_grad=True)
with torch.inference_mode():
    y = x * 2
    print(y.requires_grad, y.is_inference(), x.requires_grad)
with torch.inference_mode(False):
    print((x * 2).requires_grad)
#: leaves in no grad
with torch.no_grad():
    x = torch.ones(1, requires_grad=True)
    y = torch.zeros(1).requires_grad_()
print(x.requires_grad, y.requires_grad, (x * y).requires_grad)
#: backward in no grad
x = torch.ones(1, requires_grad=True)
y = x * x
with torch.no_grad():
    y.backward()
print(x.grad, x.grad.requires_grad)
#: mode objects print
print(torch.set_grad_enabled(True))
#: training step
w = torch.tensor([1.0, -1.0], requires_grad=True)
x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
for _ in range(3):
    loss = ((x @ w - 1) ** 2).mean()
    loss.backward()
    with torch.no_grad():
        w -= 0.01 * w.grad
        w.grad.zero_()
    print(loss, w)
