"""torch's operations by family. Each module has a dictionary `FUNCTIONS`: what is both `torch.name(x)` and
`x.name()`; `runtime.methods` joins them."""
