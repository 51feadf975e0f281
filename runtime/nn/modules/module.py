"""`torch.nn.modules.module`: the base of layers, and the hooks that run for every module.

>>> import runtime as torch
>>> from runtime.nn.modules.module import register_module_forward_hook
>>> with register_module_forward_hook(lambda module, args, output: print(type(module).__name__, output.shape)):
...     _ = torch.nn.Linear(2, 3)(torch.ones(2))
Linear torch.Size([3])
"""
from runtime.nn.module import Module
from runtime.nn.module_hooks import (
    register_module_backward_hook,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
)
from runtime.nn.state import IncompatibleKeys as _IncompatibleKeys

__all__ = ["Module", "_IncompatibleKeys", "register_module_backward_hook", "register_module_buffer_registration_hook",
           "register_module_forward_hook", "register_module_forward_pre_hook", "register_module_full_backward_hook",
           "register_module_full_backward_pre_hook", "register_module_module_registration_hook",
           "register_module_parameter_registration_hook"]
