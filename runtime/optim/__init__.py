"""`torch.optim`: SGD, Adam and AdamW with torch's numbers."""
from runtime.optim.adam import Adam, AdamW
from runtime.optim.optimizer import Optimizer
from runtime.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer"]
