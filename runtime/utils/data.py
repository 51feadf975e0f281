"""`torch.utils.data`: datasets and batches of them, in one process."""
from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

import runtime as torch
from runtime.tensor import Tensor


class Dataset:
    """Base of datasets: `__getitem__(index)`, and `__len__` where it is known."""

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError("Subclasses of Dataset should implement __getitem__.")


class TensorDataset(Dataset):
    """Entries of several tensors side by side, along their first dimension."""

    def __init__(self, *tensors: Any) -> None:
        assert all(tensors[0].shape[0] == t.shape[0] for t in tensors), "Size mismatch between tensors"
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Any, ...]:
        return tuple(t[index] for t in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].shape[0]


class Subset(Dataset):
    """Some entries of a dataset."""

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, index: int) -> Any:
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(dataset: Any, lengths: Sequence[float], generator: Any = None) -> list[Subset]:
    """Disjoint random parts of a dataset; `lengths` are counts, or shares that sum to 1."""
    count = len(dataset)
    if abs(sum(lengths) - 1) < 1e-9 and not all(isinstance(n, int) for n in lengths):
        sizes = [int(count * share) for share in lengths]
        for k in range(count - sum(sizes)):
            sizes[k % len(sizes)] += 1
    else:
        sizes = [int(n) for n in lengths]
    if sum(sizes) != count:
        raise ValueError("Sum of input lengths does not equal the length of the input dataset!")
    order = torch.randperm(count, generator=generator).tolist()
    starts = np.cumsum([0, *sizes])
    return [Subset(dataset, order[a:a + n]) for a, n in zip(starts, sizes, strict=False)]


def default_collate(batch: Sequence[Any]) -> Any:
    """Entries joined: tensors stacked, numbers as a tensor, tuples and dicts part by part."""
    first = batch[0]
    if isinstance(first, Tensor):
        return torch.stack(list(batch))
    if isinstance(first, np.ndarray | np.generic):
        return torch.as_tensor(np.stack(list(batch)))
    if isinstance(first, bool | int):
        return torch.tensor(list(batch))
    if isinstance(first, float):
        return torch.tensor(list(batch), dtype=torch.float64)
    if isinstance(first, str):
        return list(batch)
    if isinstance(first, dict):
        return {key: default_collate([item[key] for item in batch]) for key in first}
    if isinstance(first, tuple | list):
        parts = [default_collate(part) for part in zip(*batch, strict=True)]
        return type(first)(*parts) if hasattr(first, "_fields") else parts
    raise TypeError(f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found "
                    f"{type(first)}")


class DataLoader:
    """The batches of a dataset, in order or shuffled anew for each run through them.

    >>> import runtime as torch
    >>> from runtime.utils.data import DataLoader, TensorDataset
    >>> [x for x, in DataLoader(TensorDataset(torch.arange(3)), batch_size=2)]
    [tensor([0, 1]), tensor([2])]
    """

    def __init__(self, dataset: Any, batch_size: int | None = 1, shuffle: bool = False, sampler: Any = None,
                 num_workers: int = 0, collate_fn: Callable[[Any], Any] | None = None, pin_memory: bool = False,
                 drop_last: bool = False, generator: Any = None) -> None:
        if batch_size is not None and batch_size <= 0:
            raise ValueError(f"batch_size should be a positive integer value, but got batch_size={batch_size}")
        self.dataset, self.batch_size, self.shuffle, self.sampler = dataset, batch_size, shuffle, sampler
        self.collate_fn, self.drop_last, self.generator = collate_fn or default_collate, drop_last, generator

    def _order(self) -> list[int]:
        if self.sampler is not None:
            return list(self.sampler)
        count = len(self.dataset)
        return torch.randperm(count, generator=self.generator).tolist() if self.shuffle else list(range(count))

    def __len__(self) -> int:
        count, size = len(self.dataset), self.batch_size or 1
        return count // size if self.drop_last else -(-count // size)

    def __iter__(self) -> Iterator[Any]:
        order = self._order()
        if self.batch_size is None:
            yield from (self.dataset[k] for k in order)
            return
        for start in range(0, len(order), self.batch_size):
            part = order[start:start + self.batch_size]
            if len(part) == self.batch_size or not self.drop_last:
                yield self.collate_fn([self.dataset[k] for k in part])


__all__ = ["DataLoader", "Dataset", "Subset", "TensorDataset", "default_collate", "random_split"]
