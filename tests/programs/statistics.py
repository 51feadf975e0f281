"""Likelihoods, regressions, mixtures, Markov models, time series."""

import math

import numpy as np

from tests.programs.corpus import program


def logsumexp(a, axis=None):
    top = np.max(a, axis=axis, keepdims=True)
    return (top + np.log(np.sum(np.exp(a - top), axis=axis, keepdims=True))).squeeze(axis=axis)


def logistic_regression(w, b, X, y):
    z = X @ w + b
    return np.mean(np.logaddexp(0, -y * z)) + 0.01 * np.sum(w ** 2)


program(logistic_regression, lambda r: (r.normal(size=3), 0.2, r.normal(size=(6, 3)),
                np.sign(r.normal(size=6))),
        argnums=(0, 1), tags="vector logaddexp")


def logistic_by_rows(w, X, y):
    loss = 0.0
    for row, label in zip(X, y):
        score = 0.0
        for weight, feature in zip(w, row):
            score += weight * feature
        p = 1 / (1 + math.exp(-score))
        loss -= label * math.log(p) + (1 - label) * math.log(1 - p)
    return loss


program(logistic_by_rows, lambda r: (r.normal(size=3), r.normal(size=(5, 3)), np.array([0, 1, 1, 0, 1])),
        argnums=(0, 1), tags="loops zip math row-iteration")


def poisson_regression(theta, X, counts):
    eta = X.dot(theta[:-1]) + theta[-1]
    return np.sum(np.exp(eta) - counts * eta)


program(poisson_regression, lambda r: (0.3 * r.normal(size=4), r.normal(size=(6, 3)), r.integers(0, 5,
                size=6)),
        analytic=True, tags="vector integer-array")


def gaussian_mixture(alphas, means, qs, ls, x):
    """Log-likelihood with Cholesky-like factors: log of the diagonal in `qs`, the rest in `ls`."""
    n, d = x.shape
    k = means.shape[0]
    total = 0.0
    for i in range(n):
        terms = np.zeros(k)
        for c in range(k):
            L = np.diag(np.exp(qs[c]))
            L[np.tril_indices(d, -1)] = ls[c]
            z = L @ (x[i] - means[c])
            terms[c] = alphas[c] + np.sum(qs[c]) - 0.5 * np.sum(z ** 2)
        total += logsumexp(terms)
    return total - n * logsumexp(alphas)


program(gaussian_mixture, lambda r: (r.normal(size=2), r.normal(size=(2, 3)), 0.3 * r.normal(size=(2, 3)),
                                     r.normal(size=(2, 3)), r.normal(size=(4, 3))), argnums=(0, 1, 2, 3),
        tags="loops fancy-store diag tril_indices logsumexp")


def mixture_vectorised(logits, mu, log_sigma, x):
    log_weights = logits - logsumexp(logits)
    scaled = (x[:, None] - mu[None, :]) / np.exp(log_sigma)
    log_density = log_weights - log_sigma - 0.5 * scaled ** 2 - 0.5 * np.log(2 * np.pi)
    return -logsumexp(log_density, axis=1).mean()


program(mixture_vectorised, lambda r: (r.normal(size=3), r.normal(size=3), 0.3 * r.normal(size=3),
                r.normal(size=5)),
        argnums=(0, 1, 2, 3), tags="vector newaxis squeeze keepdims")


def hmm_forward(log_transition, log_emission, observations):
    A = log_transition - logsumexp(log_transition, axis=1)[:, None]
    B = log_emission - logsumexp(log_emission, axis=1)[:, None]
    n = A.shape[0]
    alpha = np.full(n, -np.log(n)) + B[:, observations[0]]
    for o in observations[1:]:
        new = np.empty(n)
        for j in range(n):
            new[j] = logsumexp(alpha + A[:, j]) + B[j, o]
        alpha = new
    return logsumexp(alpha)


program(hmm_forward, lambda r: (r.normal(size=(3, 3)), r.normal(size=(3, 4)), [0, 3, 1, 1, 2]),
        argnums=(0, 1),
        tags="loops recurrence logsumexp empty integer-list full")


def hmm_scaled(pi, A, B, observations):
    alpha = pi * B[:, observations[0]]
    log_likelihood = 0.0
    for t in range(1, len(observations)):
        scale = alpha.sum()
        log_likelihood += np.log(scale)
        alpha = (alpha / scale) @ A * B[:, observations[t]]
    return log_likelihood + np.log(np.sum(alpha))


program(hmm_scaled, lambda r: (r.dirichlet(np.ones(3)), r.dirichlet(np.ones(3), 3), r.dirichlet(np.ones(2),
                3),
                               (0, 1, 1, 0)), argnums=(0, 1, 2), analytic=True,
        tags="recurrence matmul integer-list")


def viterbi_score(transition, emission):
    steps, n = emission.shape
    score = emission[0].copy()
    back = np.zeros((steps, n), dtype=int)
    for t in range(1, steps):
        candidates = score[:, None] + transition
        back[t] = np.argmax(candidates, axis=0)
        score = np.max(candidates, axis=0) + emission[t]
    state = int(np.argmax(score))
    path_energy = 0.0
    for t in range(steps - 1, 0, -1):
        path_energy += emission[t, state] ** 2
        state = back[t, state]
    return score.max() + path_energy


program(viterbi_score, lambda r: (r.normal(size=(3, 3)), r.normal(size=(4, 3))), argnums=(0, 1),
        tags="dynamic-programming argmax integer-array max indirect-index")


def gaussian_process(lengthscale, variance, noise, X, y):
    d2 = np.sum((X[:, None, :] - X[None, :, :]) ** 2, axis=-1)
    K = variance * np.exp(-0.5 * d2 / lengthscale ** 2) + noise * np.eye(len(y))
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(L.T, np.linalg.solve(L, y))
    return 0.5 * y @ alpha + np.log(np.diag(L)).sum()


program(gaussian_process, lambda r: (0.8, 1.3, 0.1, r.normal(size=(5, 2)), r.normal(size=5)),
        argnums=(0, 1, 2, 3, 4), tags="cholesky solve newaxis diag")


def gp_with_loops(theta, x, y):
    n = len(x)
    K = np.zeros((n, n))
    for i in range(n):
        for j in range(i + 1):
            K[i, j] = theta[0] ** 2 * np.exp(-(x[i] - x[j]) ** 2 / theta[1] ** 2)
            K[j, i] = K[i, j]
        K[i, i] += theta[2] ** 2
    sign, logdet = np.linalg.slogdet(K)
    return 0.5 * y @ np.linalg.inv(K) @ y + 0.5 * logdet


program(gp_with_loops, lambda r: (np.array([1.1, 0.9, 0.4]), np.sort(r.normal(size=4)), r.normal(size=4)),
        argnums=(0, 1, 2), tags="loops symmetric-store slogdet inv tuple-result")


def autoregressive(phi, sigma, series):
    p = len(phi)
    nll = 0.0
    for t in range(p, len(series)):
        predicted = 0.0
        for k in range(p):
            predicted += phi[k] * series[t - k - 1]
        nll += 0.5 * ((series[t] - predicted) / sigma) ** 2 + np.log(sigma)
    return nll


program(autoregressive, lambda r: (0.3 * r.normal(size=2), 0.7, r.normal(size=8)), argnums=(0, 1, 2),
        analytic=True,
        tags="loops recurrence indexing")


def garch(omega, alpha, beta, returns):
    h = np.empty(len(returns))
    h[0] = np.var(returns)
    for t in range(1, len(returns)):
        h[t] = omega + alpha * returns[t - 1] ** 2 + beta * h[t - 1]
    return 0.5 * np.sum(np.log(h) + returns ** 2 / h)


program(garch, lambda r: (0.1, 0.15, 0.7, r.normal(size=8)), argnums=(0, 1, 2, 3),
        tags="recurrence empty var")


def exponential_smoothing(alpha, beta, y):
    level, trend = y[0], y[1] - y[0]
    error = 0.0
    for observation in y[1:]:
        forecast = level + trend
        error += (observation - forecast) ** 2
        level, trend = (alpha * observation + (1 - alpha) * forecast,
                        beta * (alpha * observation + (1 - alpha) * forecast - level) + (1 - beta) * trend)
    return np.sqrt(error / (len(y) - 1))


program(exponential_smoothing, lambda r: (0.4, 0.3, r.normal(size=7)), argnums=(0, 1, 2), analytic=True,
        tags="recurrence tuple-assignment slice-iteration")


def kalman_1d(q, r, z):
    mean, variance = 0.0, 1.0
    loglik = 0.0
    for measurement in z:
        variance += q
        innovation_variance = variance + r
        innovation = measurement - mean
        loglik += -0.5 * (math.log(2 * math.pi * innovation_variance) + innovation ** 2 / innovation_variance)
        gain = variance / innovation_variance
        mean += gain * innovation
        variance *= 1 - gain
    return loglik


program(kalman_1d, lambda r: (0.2, 0.6, r.normal(size=6)), argnums=(0, 1, 2),
        tags="recurrence math in-place scalar")


def ordinal_regression(w, raw_cuts, X, y):
    cuts = np.cumsum(np.concatenate([raw_cuts[:1], np.exp(raw_cuts[1:])]))
    eta = X @ w
    upper = np.where(y < 2, 1 / (1 + np.exp(eta - cuts[np.minimum(y, 1)])), 1.0)
    lower = np.where(y > 0, 1 / (1 + np.exp(eta - cuts[np.maximum(y - 1, 0)])), 0.0)
    return -np.sum(np.log(upper - lower))


program(ordinal_regression, lambda r: (0.5 * r.normal(size=2), np.array([-0.5, 0.1]), r.normal(size=(6, 2)),
                                       np.array([0, 1, 2, 1, 0, 2])), argnums=(0, 1), analytic=True,
        tags="cumsum concatenate where fancy-indexing repeated-indices")


def robust_huber(params, x, y):
    residual = y - (params["slope"] * x + params["intercept"])
    small = np.abs(residual) <= params["delta"]
    loss = np.empty_like(residual)
    loss[small] = 0.5 * residual[small] ** 2
    loss[~small] = params["delta"] * (np.abs(residual[~small]) - 0.5 * params["delta"])
    return loss.sum()


program(robust_huber, lambda r: ({"slope": 0.5, "intercept": -0.2, "delta": 0.6}, r.normal(size=8),
                                 2 * r.normal(size=8)), tags="dict mask mask-store abs empty_like")


def principal_component(X):
    centred = X - X.mean(axis=0)
    values, vectors = np.linalg.eigh(np.cov(centred, rowvar=False))
    projected = centred @ vectors[:, -1]
    return values[-1] / values.sum() + np.mean(projected ** 2)


program(principal_component, lambda r: (r.normal(size=(6, 3)) * np.array([2.0, 1.0, 0.5]),),
        tags="eigh cov tuple-result")


def ridge_by_svd(X, y, penalty):
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    w = Vt.T @ (s / (s ** 2 + penalty) * (U.T @ y))
    return np.sum(w ** 2) + np.mean((X @ w - y) ** 2)


program(ridge_by_svd, lambda r: (r.normal(size=(5, 3)), r.normal(size=5), 0.3), argnums=(0, 1, 2),
        tags="svd tuple-result")


def metropolis_with_fixed_draws(mu, noise):
    """The accepted path of a random walk: decisions depend on values, not smoothly."""
    rng = np.random.default_rng(5)
    thresholds = rng.uniform(size=len(noise))
    x = 0.3 * mu
    total = 0.0
    for step, u in zip(noise, thresholds):
        proposal = x + step
        if np.log(u) < 0.5 * (x - mu) ** 2 - 0.5 * (proposal - mu) ** 2:
            x = proposal
        total += x ** 2
    return total / len(noise)


program(metropolis_with_fixed_draws, lambda r: (0.5, r.normal(size=6)), argnums=(0, 1), analytic=True,
        tags="random-fixed branch zip recurrence")
