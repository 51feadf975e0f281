#: floats
print(torch.tensor([1.0, 2.5, -3.25]), torch.tensor([1.0, 2.0]), torch.tensor([0.1, 100.0]), torch.tensor([1e-5, 1.0]), torch.tensor([1e9, 1.0]), torch.tensor([1e5, 1e-2]))
print(torch.tensor([1000.0, 0.5]), torch.tensor([1001.0, 1.0]), torch.tensor([123456.0]), torch.tensor([1e8]), torch.tensor([1.1e8]), torch.tensor([0.0001]), torch.tensor([0.00001]))
print(torch.tensor(1e-10), torch.tensor(123456789.0), torch.tensor(3.14159265), torch.tensor(-0.0), torch.tensor([0.0, 0.0]))
#: special values
print(torch.tensor([float("nan"), 1.0]), torch.tensor([float("inf"), -float("inf"), 2.5]), torch.tensor(float("nan")), torch.tensor([float("inf"), 1.0]))
#: integers and bools
print(torch.tensor([1, -20, 300]), torch.tensor([True, False]), torch.tensor([[1, 2], [30, 4]]), torch.tensor(5), torch.tensor(True))
#: dtypes
for d in (torch.float64, torch.float16, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool, torch.complex64, torch.complex128, torch.int64, torch.float32):
    print(torch.tensor([1, 2]).to(d), d, torch.zeros(0, dtype=d))
#: nested
print(torch.arange(24).reshape(2, 3, 4), torch.arange(8.0).reshape(2, 2, 2, 1))
#: long lines
print(torch.arange(40), torch.arange(30.0) / 7, torch.arange(60.0).reshape(2, 30))
#: summarised
print(torch.arange(2000), torch.arange(2000.0).reshape(40, 50), torch.zeros(12, 10, 10))
#: empty
print(torch.zeros(0), torch.zeros(2, 0), torch.zeros(0, 3, dtype=torch.int64), torch.tensor([]))
#: requires grad suffix
x = torch.arange(30.0).requires_grad_()
print(x, x * 2, torch.ones(2, requires_grad=True), torch.ones(2, dtype=torch.float64, requires_grad=True))
#: suffix wraps
x = torch.tensor([[1.23456789, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]], requires_grad=True)
print(x.exp(), torch.arange(10.0, requires_grad=True).double() * 1.5, torch.stack([x.exp()] * 3))
print((torch.arange(8.0, requires_grad=True) * 1234.5678))
print(torch.arange(8.0, dtype=torch.float64, requires_grad=True) * 1234.5678)
#: complex
print(torch.tensor([1 + 2j, -0.5 - 1j]), torch.tensor(1j), torch.tensor([[1 + 1j]]), torch.tensor([1e5 + 1e-5j]))
#: mixed widths
print(torch.tensor([[1.0, -100.5], [22.25, 3.0]]), torch.tensor([[-1, 100], [5, -60]]))
#: repr str format
x = torch.tensor(2.5)
print(repr(x), str(x), f"{x}", f"{x:.3f}", "{}".format(torch.ones(2)), f"{torch.tensor(7):5d}", "%.2f" % x)
attempt(lambda: f"{torch.ones(2):.3f}")
#: in containers
print([torch.ones(1)], (torch.tensor(1),), {"a": torch.zeros(2)})
#: sort result
print(torch.tensor([3.0, 1.0, 2.0]).sort())
print(torch.tensor([[1.0, 5.0], [7.0, 2.0]]).max(1), torch.tensor([3, 1]).min(0), torch.tensor([3.0, 9.0, 5.0]).topk(2), torch.tensor([3.0, 1.0, 2.0]).median(0))
#: options
torch.set_printoptions(precision=2)
print(torch.tensor([1.23456, 2.0]))
torch.set_printoptions(precision=4, sci_mode=True)
print(torch.tensor([1.5, 2.0]))
torch.set_printoptions(sci_mode=False)
print(torch.tensor([1e-6, 1e6]))
torch.set_printoptions(profile="default")
print(torch.tensor([1e-6, 1e6]))
torch.set_printoptions(threshold=5, edgeitems=1)
print(torch.arange(10), torch.arange(16).view(4, 4))
torch.set_printoptions(profile="default")
#: shapes
print(torch.Size([2, 3]), torch.ones(2, 3).shape, torch.ones(()).shape, torch.ones(2, 3).shape[0], torch.ones(2, 3).shape[:1], torch.Size([2, 3]).numel(), torch.ones(2, 3).size())
#: half floats
print(torch.tensor([0.1, 1000.5], dtype=torch.float16), torch.tensor([1.0], dtype=torch.float16))
#: types as text
print(torch.float32, torch.int64, torch.bool, torch.double, torch.ones(1).device, repr(torch.ones(1).device), torch.ones(1).layout)
#: column
x = torch.ones(3, 1, requires_grad=True)
print(x, x * 2)
