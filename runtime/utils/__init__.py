"""`torch.utils`: checkpointing."""
from runtime.utils import checkpoint

__all__ = ["checkpoint"]
