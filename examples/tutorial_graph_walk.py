"""Backward by hand: a = relu(w x + b) walked node by node, each called with the gradient that reaches it."""
import runtime as torch


def forward():
    """The leaves, the values between, and the result."""
    b = torch.tensor(1.0, requires_grad=True)
    w = torch.tensor(2.0, requires_grad=True)
    x = torch.tensor(3.0)
    u = w * x
    v = u + b
    return b, w, u, v, torch.relu(v)


def names(node):
    """The kinds of the nodes before a node."""
    return [type(before).__name__ if before is not None else None for before, _ in node.next_functions]


# What the engine does
b, w, u, v, a = forward()
u.retain_grad()
v.retain_grad()
a.backward()
print("engine: da/dv", v.grad, "da/du", u.grad, "da/db", b.grad, "da/dw", w.grad)

# The same steps by hand, from the result back to the leaves
b, w, u, v, a = forward()
print("result", a)
dv = a.grad_fn(torch.tensor(1.0))
print("da/dv", dv)
print("before relu:", names(a.grad_fn), a.grad_fn.next_functions[0][0] is v.grad_fn)
du, db = a.grad_fn.next_functions[0][0](dv)
print("da/du", du, "da/db", db)
print("before the sum:", names(v.grad_fn))

(product, _), (at_b, _) = v.grad_fn.next_functions
print("b.grad was", b.grad)
at_b(db)  # a node at a leaf adds what it is called with to the leaf's gradient
print("b.grad is", b.grad)

dw, dx = product(du)
print("da/dw", dw, "da/dx", dx)
print("before the product:", names(product))  # no gradient flows to x: there is no node
product.next_functions[0][0](dw)
print("w.grad is", w.grad)

# Which tensors are leaves, and what a non-leaf says of its gradient
print("leaves:", b.is_leaf, w.is_leaf, u.is_leaf, "made by", b.grad_fn, w.grad_fn, type(u.grad_fn).__name__)
