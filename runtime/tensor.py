"""`Tensor`: torch's front of a recorded array. The operations are attached in `runtime.methods`."""
from __future__ import annotations

import weakref
from typing import Any

import numpy as np

from runtime import dtypes
from runtime.core import Output, Recorded, edge, leaf, meta, target, version
from runtime.dtypes import CPU, Size
from runtime.grad_mode import LOCAL
from runtime.hooks import LEAF_HOOKS, Hooks, add, warn_user
from runtime.versions import show_gradient

new_size = tuple.__new__  # without the checks of what users give
BACKWARD: list[Any] = []  # `runtime.autograd.differentiate.backward`, which puts itself here
NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be "
    "populated during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, "
    "use .retain_grad() on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access "
    "the leaf Tensor instead. See github.com/pytorch/pytorch/pull/30531 for more information.")


class Tensor(Recorded):
    """An n-dimensional array that can record what is done to it, with torch's names and meanings.

    >>> import runtime as torch
    >>> x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    __slots__ = ("__dict__",)

    __array_priority__ = 1000

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """`Tensor(data)` copies to the default dtype; `Tensor(2, 3)` is uninitialised memory of that shape."""
        d = dtypes.get_default_dtype().np
        if args and all(type(a) is int for a in args):
            data = np.empty(args, d)
        elif not args:
            data = np.empty((0,), d)
        else:
            data = args[0]._data if isinstance(args[0], Recorded) else np.array(args[0], d)
        return leaf(cls, data)

    # --- the graph

    @property
    def requires_grad(self) -> bool:
        """Whether gradients flow to this tensor. Settable on leaves."""
        return self._req

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not self.is_leaf:
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables." + (
                    " If you want to use a computed variable in a subgraph that doesn't require differentiation use "
                    "var_no_grad = var.detach()." if not value else ""))
        if self._req != bool(value):
            self._allow_grad(bool(value), "only Tensors of floating point and complex dtype can require gradients")

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad` in place; returns self."""
        if self._req != requires_grad:
            if requires_grad and self._data.dtype.kind not in "fc":
                raise RuntimeError("only Tensors of floating point dtype can require gradients")
            self.requires_grad = requires_grad
        return self

    def _allow_grad(self, value: bool, message: str) -> None:
        if value and self._data.dtype.kind not in "fc":
            raise RuntimeError(message)
        if value and self.is_inference() and not LOCAL.inference:
            raise RuntimeError("Setting requires_grad=True on inference tensor outside InferenceMode is not allowed.")
        if value:
            meta(self)
        if self._meta is not None and self._meta.base is not None and value:
            self._meta.base = None  # a view that did not require grad becomes a leaf of its own
        self._req = value
        if value and self._ver is not None:
            show_gradient(self._ver, self)

    @property
    def is_leaf(self) -> bool:
        """Whether the user made this tensor: no recorded operation produced it."""
        return self.grad_fn is None

    @property
    def grad_fn(self) -> Any:
        """The node that produced this tensor, or None."""
        e = self._node
        if e is None:
            if not self._req or self._meta is None or self._meta.base is None:
                return None
            e = edge(self)
        return e.node if type(e) is Output else e

    @grad_fn.setter
    def grad_fn(self, value: Any) -> None:
        raise AttributeError("attribute 'grad_fn' of 'torch._C.TensorBase' objects is not writable")

    @property
    def output_nr(self) -> int:
        """Which result of `grad_fn` this tensor is."""
        return target(edge(self))[1] if self.grad_fn is not None else 0

    @property
    def grad(self) -> Any:
        """The accumulated gradient of a leaf (or of a tensor that retains it), or None."""
        m = self._meta
        if m is not None and (m.grad is not None or m.retains):
            return m.grad
        if self._req and self.grad_fn is not None:
            warn_user(NON_LEAF_GRAD)
        return None

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is None:
            if self._meta is not None:
                self._meta.grad = None
            return
        if not isinstance(value, Tensor):
            kind = type(value).__name__
            raise TypeError(f"assigned grad expected to be a Tensor or None but got grad of type {kind}")
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if value._data.shape != self._data.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value._data.shape)}' to a tensor of size "
                f"'{list(self._data.shape)}'. Please ensure that the gradient and the tensor are the same size")
        if value._data.dtype != self._data.dtype:
            given, own = value.dtype.name.replace("float64", "double").replace("float32", "float"), self.dtype.name
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{given}' to a tensor with grad_dtype "
                f"'{dtypes.SCALAR_TYPES[own]}'. The gradient must match the tensor's grad_dtype (defaults to the "
                f"tensor's "
                "dtype). You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any "
                "dtype. Set "
                "grad_dtype with caution. Diverging the dtypes of a tensor and its gradient may break downstream "
                "systems that "
                "assume they match.")
        meta(self).grad = value

    @grad.deleter
    def grad(self) -> None:
        self.grad = None

    @property
    def retains_grad(self) -> bool:
        """Whether this is a non-leaf whose `.grad` is kept."""
        return self._meta is not None and self._meta.retains

    def retain_grad(self) -> None:
        """Keep `.grad` of this non-leaf tensor in backward."""
        if not self._req:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self.is_leaf or self.retains_grad:
            return
        node, index = target(edge(self))
        assert node is not None
        node._extra().retain[index] = weakref.ref(self)
        meta(self).retains = True

    def register_hook(self, hook: Any) -> Any:
        """`hook(grad)` runs whenever this tensor's gradient is computed; what it returns replaces it."""
        if not self._req:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            node, index = target(edge(self))
            assert node is not None
            return add(node._extra().tensor.setdefault(index, Hooks()), hook)
        m = meta(self)
        LEAF_HOOKS[0] += 1
        if m.hooks is None:
            m.hooks = Hooks()
        return add(m.hooks, hook)

    def register_post_accumulate_grad_hook(self, hook: Any) -> Any:
        """`hook(tensor)` runs after `.grad` of this leaf was accumulated."""
        if not self._req:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
        m = meta(self)
        LEAF_HOOKS[0] += 1
        if m.post_hooks is None:
            m.post_hooks = Hooks()
        return add(m.post_hooks, hook)

    def backward(self, gradient: Any = None, retain_graph: bool | None = None, create_graph: bool = False,
                 inputs: Any = None) -> None:
        """Accumulate the gradient of this tensor into the leaves it came from.

        `gradient` weights the elements; it may be left out for one element. Raises RuntimeError where no
        gradient flows, and in a second backward without `retain_graph`.
        """
        BACKWARD[0](self, gradient, retain_graph, create_graph, inputs=inputs)

    # --- memory

    @property
    def data(self) -> Tensor:
        """The same memory without history and without its version; setting it replaces the memory."""
        return leaf(Tensor, self._data)

    @data.setter
    def data(self, other: Any) -> None:
        if not isinstance(other, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(other).__name__}")
        if self._req and other._data.dtype.kind not in "fc":
            raise RuntimeError("data set to a tensor that requires gradients must be floating point or complex dtype")
        self._data = other._data

    def detach(self) -> Tensor:
        """The same memory and version without history."""
        t = leaf(Tensor, self._data)
        t._ver = version(self)
        if self.is_inference():
            meta(t).inference = True  # it shares the version cell
        return t

    def detach_(self) -> Tensor:
        """Forget the history, in place."""
        if self._meta is not None and self._meta.base is not None:
            raise RuntimeError("Can't detach views in-place. Use detach() instead. If you are using "
                               "DistributedDataParallel (DDP) for training, and gradient_as_bucket_view is set as "
                               "True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
                               "these gradients. To fix this error, please refer to the Optimizer.zero_grad() function "
                               "in torch/optim/optimizer.py as the solution.")
        self._node = None
        self._req = False
        return self

    @property
    def _version(self) -> int:
        if self.is_inference():
            raise RuntimeError("Inference tensors do not track version counter.")
        return 0 if self._ver is None else self._ver.n

    @property
    def _base(self) -> Any:
        return None if self._meta is None else self._meta.base

    def _is_view(self) -> bool:
        return self._base is not None

    def is_inference(self) -> bool:
        """Whether the tensor was made in inference mode."""
        return self._meta is not None and self._meta.inference

    # --- what it looks like

    @property
    def shape(self) -> Size:
        """The lengths of the dimensions."""
        return new_size(Size, self._data.shape)

    @property
    def dtype(self) -> dtypes.dtype:
        """The element type."""
        return dtypes.of(self._data.dtype)

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return self._data.ndim

    @property
    def device(self) -> dtypes.device:
        return CPU

    @property
    def layout(self) -> dtypes.layout:
        return dtypes.strided

    is_cuda = is_sparse = is_quantized = is_meta = False

    @property
    def itemsize(self) -> int:
        return self._data.itemsize

    @property
    def nbytes(self) -> int:
        return self._data.nbytes

    def __len__(self) -> int:
        if self._data.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return self._data.shape[0]

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        from runtime.printing import tensor_text
        return tensor_text(self)

    def __format__(self, spec: str) -> str:
        if self._data.ndim == 0 and type(self) is Tensor:
            return self._data.item().__format__(spec)
        return object.__format__(self, spec)
