"""`torch.nn`: modules, layers, losses, initialisation.

>>> import runtime as torch
>>> model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
>>> sum(p.numel() for p in model.parameters())
13
"""
from typing import Any

from runtime.nn import attention, functional, init, more_activations, normalization, pooling, recurrent
from runtime.nn.activations import (
    ELU,
    GELU,
    BCELoss,
    BCEWithLogitsLoss,
    CrossEntropyLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    MSELoss,
    NLLLoss,
    ReLU,
    Sigmoid,
    SiLU,
    SmoothL1Loss,
    Softmax,
    Softplus,
    Tanh,
)
from runtime.nn.containers import ModuleDict, ModuleList, Sequential
from runtime.nn.layers import (
    Conv1d,
    Conv2d,
    ConvTranspose2d,
    Dropout,
    Embedding,
    Flatten,
    Identity,
    LayerNorm,
    Linear,
    Unflatten,
)
from runtime.nn.module import Module
from runtime.nn.parameter import Parameter
from runtime.nn.parameter_lists import ParameterDict, ParameterList

_MORE: dict[str, Any] = {
    name: getattr(module, name) for module, names in (
        (more_activations, ("CELU", "GLU", "SELU", "CosineSimilarity", "Hardshrink", "Hardsigmoid", "Hardswish",
                            "Hardtanh", "Mish", "PReLU", "ReLU6", "Softmin", "Softshrink", "Softsign", "Tanhshrink",
                            "Threshold")),
        (normalization, ("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm", "RMSNorm")),
        (recurrent, ("GRU", "GRUCell", "LSTM", "LSTMCell", "RNN", "RNNBase", "RNNCell", "RNNCellBase")),
        (attention, ("MultiheadAttention", "TransformerEncoder", "TransformerEncoderLayer")),
        (pooling, ("AdaptiveAvgPool2d", "AvgPool1d", "AvgPool2d", "MaxPool1d", "MaxPool2d"))) for name in names}
globals().update(_MORE)


def __getattr__(name: str) -> Any:
    if name in ("utils", "modules"):
        from importlib import import_module
        return import_module(f"runtime.nn.{name}")
    raise AttributeError(f"module 'torch.nn' has no attribute '{name}'")


__all__ = [
    "ELU", "GELU", "BCELoss", "BCEWithLogitsLoss", "Conv1d", "Conv2d", "ConvTranspose2d", "CrossEntropyLoss", "Dropout",
    "Embedding", "Flatten",
    "HuberLoss", "Identity", "KLDivLoss", "L1Loss", "LayerNorm", "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax",
    "MSELoss", "Module", "ModuleDict", "ModuleList", "NLLLoss", "Parameter", "ParameterDict", "ParameterList",
    "ReLU", "Sequential", "SiLU", "Sigmoid",
    "SmoothL1Loss", "Softmax", "Softplus", "Tanh", "Unflatten", "functional", "init", *_MORE]
