"""Train a neural network, written in plain NumPy, on scikit-learn's handwritten digits.

    python examples/digits.py [--epochs 30] [--output examples/output]

The network is an ordinary NumPy program: a dict of parameters, helper functions, a loop over layers.
`value_and_grad` compiles its backward pass from that text. The loss curve is saved as a picture, the last
line is the test accuracy.
"""
from __future__ import annotations

import argparse
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from rich.progress import Progress
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

from ad_compiler import value_and_grad

Params = dict[str, list[np.ndarray]]
LAYERS = (64, 64, 32, 10)


def initial_params(layers: tuple[int, ...], rng: np.random.Generator) -> Params:
    """Small random weights and zero biases."""
    pairs = list(pairwise(layers))
    return {
        "weights": [rng.normal(0.0, np.sqrt(2.0 / rows), (rows, columns)) for rows, columns in pairs],
        "biases": [np.zeros(columns) for _, columns in pairs],
    }


def relu(x):
    return np.maximum(x, 0.0)


def log_softmax(scores):
    shifted = scores - np.max(scores, axis=1, keepdims=True)
    return shifted - np.log(np.sum(np.exp(shifted), axis=1, keepdims=True))


def class_scores(params, images):
    """One row of ten scores per image."""
    hidden = images
    for weight, bias in zip(params["weights"], params["biases"], strict=True):
        scores = hidden @ weight + bias
        hidden = relu(scores)
    return scores


@value_and_grad
def loss(params, images, labels, decay=1e-4):
    """Cross-entropy of a batch, plus a little weight decay."""
    log_probability = log_softmax(class_scores(params, images))
    rows = np.arange(labels.size)
    penalty = 0.0
    for weight in params["weights"]:
        penalty += np.sum(weight**2)
    return -np.mean(log_probability[rows, labels]) + decay * penalty


def step(params: Params, gradient: Params, velocity: Params, rate: float) -> None:
    """Gradient descent with momentum; changes `params` and `velocity` in place."""
    for kind, arrays in params.items():
        for array, slope, speed in zip(arrays, gradient[kind], velocity[kind], strict=True):
            speed *= 0.9
            speed -= rate * slope
            array += speed


def accuracy(params: Params, images: np.ndarray, labels: np.ndarray) -> float:
    """Share of images whose highest score is the right digit."""
    return float(np.mean(np.argmax(class_scores(params, images), axis=1) == labels))


def train(params: Params, images: np.ndarray, labels: np.ndarray, epochs: int, rng: np.random.Generator,
          batch: int = 64, rate: float = 0.05) -> list[float]:
    """Run `epochs` passes over the images; returns the loss of every batch."""
    velocity = {kind: [np.zeros_like(array) for array in arrays] for kind, arrays in params.items()}
    losses = []
    with Progress() as progress:
        task = progress.add_task("training", total=epochs)
        for _ in range(epochs):
            order = rng.permutation(len(images))
            for start in range(0, len(order), batch):
                chosen = order[start:start + batch]
                value, gradient = loss(params, images[chosen], labels[chosen])
                step(params, gradient, velocity, rate)
                losses.append(float(value))
            progress.update(task, advance=1, description=f"training, loss {np.mean(losses[-20:]):.4f}")
    return losses


def plot(losses: list[float], path: Path) -> None:
    """Save the loss of every batch and its running mean."""
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    window = 20
    running = np.convolve(losses, np.ones(window) / window, mode="valid")
    figure, axes = plt.subplots(figsize=(7, 4))
    axes.semilogy(losses, color="0.8", label="one batch")
    axes.semilogy(np.arange(window - 1, len(losses)), running, color="C0", label=f"mean of {window}")
    axes.set(xlabel="batch", ylabel="loss", title="Handwritten digits, a network in NumPy")
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(arguments: list[str] | None = None) -> float:
    """Train, plot, report; returns the accuracy on digits that were not trained on."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--epochs", type=int, default=30)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent / "output")
    options = parser.parse_args(arguments)
    options.output.mkdir(parents=True, exist_ok=True)

    digits: Any = load_digits()
    images, test_images, labels, test_labels = train_test_split(
        digits.data / 16.0, digits.target, test_size=0.25, random_state=0, stratify=digits.target)
    rng = np.random.default_rng(0)
    params = initial_params(LAYERS, rng)
    count = sum(array.size for arrays in params.values() for array in arrays)
    print(f"{len(images)} images of 8 x 8 pixels to learn from, {len(test_images)} to test on")
    print(f"a network of {' x '.join(map(str, LAYERS))} units, {count} parameters")

    losses = train(params, images, labels, options.epochs, rng)
    picture = options.output / "digits_loss.png"
    plot(losses, picture)
    print(f"loss: {losses[0]:.3f} at first, {np.mean(losses[-20:]):.4f} at last; curve in {picture}")
    found = accuracy(params, test_images, test_labels)
    print(f"test accuracy: {found:.4f}")
    return found


if __name__ == "__main__":
    main()
