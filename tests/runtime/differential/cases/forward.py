#: duals
fw = torch.autograd.forward_ad
x, t = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 10.0])
with fw.dual_level():
    d = fw.make_dual(x, t)
    for y in (d * d, d.sin(), d.exp().sum(), d @ d, d / 3, 2 / d, d ** 3, d.view(2, 1) * d, d[0] * d[1], torch.stack([d, d * 2]), torch.cat([d, x]), d.softmax(0), d.relu(), d.mean(), d.prod(), d.sum(0), d.norm(), torch.where(x > 1, d, d * 2), d.max(), d.sort()[0], d.cumsum(0), d.unsqueeze(0), d.expand(2, 2), d.clone(), d - 1, -d, d.abs(), d.sigmoid(), d.log(), d.sqrt(), d.tanh(), x * d, d + x):
        print(fw.unpack_dual(y).tangent)
#: errors and ends
fw = torch.autograd.forward_ad
attempt(lambda: fw.make_dual(torch.ones(2), torch.ones(2)))
with fw.dual_level():
    d = fw.make_dual(torch.ones(2), torch.ones(2))
    print(fw.unpack_dual(d), fw.unpack_dual(torch.ones(1)))
    attempt(lambda: fw.make_dual(torch.ones(2), torch.ones(3)))
print(fw.unpack_dual(d))
#: forward over reverse
fw = torch.autograd.forward_ad
x = torch.tensor([1.0, 2.0], requires_grad=True)
with fw.dual_level():
    d = fw.make_dual(x, torch.tensor([1.0, 0.0]))
    y = (d ** 3).sum()
    print(fw.unpack_dual(y).tangent)
    g, = torch.autograd.grad(fw.unpack_dual(y).tangent, x)
    print(g)
#: custom jvp
fw = torch.autograd.forward_ad
class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_forward(x)
        return x ** 2
    @staticmethod
    def backward(ctx, g):
        return g
    @staticmethod
    def jvp(ctx, t):
        x, = ctx.saved_tensors
        return 2 * x * t
with fw.dual_level():
    d = fw.make_dual(torch.tensor([3.0]), torch.tensor([1.0]))
    print(fw.unpack_dual(Square.apply(d)).tangent)
#: in place
fw = torch.autograd.forward_ad
with fw.dual_level():
    d = fw.make_dual(torch.tensor([3.0]), torch.tensor([1.0]))
    y = d * 1
    y.mul_(5)
    print(fw.unpack_dual(y).tangent)
