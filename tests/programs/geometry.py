"""Images, interpolation, cameras, curves."""

import numpy as np

from tests.programs.corpus import program


def rodrigues(rotation, point):
    theta2 = np.dot(rotation, rotation)
    theta = np.sqrt(theta2)
    axis = rotation / theta
    cross = np.array([axis[1] * point[2] - axis[2] * point[1], axis[2] * point[0] - axis[0] * point[2],
                      axis[0] * point[1] - axis[1] * point[0]])
    return point * np.cos(theta) + cross * np.sin(theta) + axis * np.dot(axis, point) * (1 - np.cos(theta))


def bundle_adjustment(cameras, points, weights, observations, features):
    """Reprojection errors of a pinhole camera with radial distortion: rotation, centre, f, x0, k."""
    total = 0.0
    for (c, p), feature, w in zip(observations, features, weights):
        camera = cameras[c]
        P = rodrigues(camera[:3], points[p] - camera[3:6])
        xy = P[:2] / P[2]
        r2 = np.sum(xy ** 2)
        distorted = xy * (1 + camera[9] * r2 + camera[10] * r2 ** 2)
        projected = camera[6] * distorted + camera[7:9]
        total += np.sum((w * (projected - feature)) ** 2) + (1 - w ** 2) ** 2
    return total


def cameras(r):
    return np.concatenate([0.3 * r.normal(size=(2, 3)), r.normal(size=(2, 3)), np.full((2, 1), 1.5),
                           0.1 * r.normal(size=(2, 4))], axis=1)


program(bundle_adjustment, lambda r: (cameras(r), r.normal(size=(3, 3)) + [0, 0, 8], r.uniform(0.5, 1,
                size=4),
                                      [(0, 0), (0, 2), (1, 1), (1, 2)], r.normal(size=(4, 2))),
        argnums=(0, 1, 2), analytic=True, tags="zip nested-unpacking indirect-index slices")


def bilinear_sample(image, xs, ys):
    x0, y0 = np.floor(xs).astype(int), np.floor(ys).astype(int)
    fx, fy = xs - x0, ys - y0
    top = image[y0, x0] * (1 - fx) + image[y0, x0 + 1] * fx
    bottom = image[y0 + 1, x0] * (1 - fx) + image[y0 + 1, x0 + 1] * fx
    return np.sum((top * (1 - fy) + bottom * fy) ** 2)


program(bilinear_sample, lambda r: (r.normal(size=(4, 5)), r.uniform(0.2, 3.8, size=6), r.uniform(0.2, 2.8,
                size=6)),
        argnums=(0, 1, 2), tags="fancy-indexing repeated-indices floor astype")


def natural_spline(knots, values, queries):
    """Second derivatives by a tridiagonal solve, evaluation by a search for the interval."""
    n = len(knots)
    h = np.diff(knots)
    lower, diagonal, rhs = np.zeros(n), np.ones(n), np.zeros(n)
    upper = np.zeros(n)
    for i in range(1, n - 1):
        lower[i], diagonal[i], upper[i] = h[i - 1], 2 * (h[i - 1] + h[i]), h[i]
        rhs[i] = 6 * ((values[i + 1] - values[i]) / h[i] - (values[i] - values[i - 1]) / h[i - 1])
    for i in range(1, n):
        factor = lower[i] / diagonal[i - 1]
        diagonal[i] -= factor * upper[i - 1]
        rhs[i] -= factor * rhs[i - 1]
    m = np.zeros(n)
    for i in range(n - 1, -1, -1):
        m[i] = (rhs[i] - (upper[i] * m[i + 1] if i < n - 1 else 0.0)) / diagonal[i]
    total = 0.0
    for q in queries:
        i = np.searchsorted(knots, q) - 1
        a, b = knots[i + 1] - q, q - knots[i]
        s = (m[i] * a ** 3 + m[i + 1] * b ** 3) / (6 * h[i])
        s += (values[i] / h[i] - m[i] * h[i] / 6) * a + (values[i + 1] / h[i] - m[i + 1] * h[i] / 6) * b
        total += s ** 2
    return total


program(natural_spline, lambda r: (np.arange(5) + 0.2 * r.uniform(size=5), r.normal(size=5), [0.7, 1.9, 3.3]),
        argnums=(0, 1), tags="recurrence tuple-assignment conditional-expression searchsorted diff")


def linear_interpolation(table, x):
    return np.sum(np.interp(x, np.linspace(0, 1, 5), table) ** 2)


program(linear_interpolation, lambda r: (r.normal(size=5), r.uniform(0.05, 0.95, size=4)), argnums=(0, 1),
        tags="interp linspace")


def lagrange(xs, ys, t):
    total = 0.0
    for j in range(len(xs)):
        basis = 1.0
        for m in range(len(xs)):
            if m != j:
                basis *= (t - xs[m]) / (xs[j] - xs[m])
        total += ys[j] * basis
    return total


program(lagrange, lambda r: (np.arange(4) + 0.2 * r.uniform(size=4), r.normal(size=4), 1.4),
        argnums=(0, 1, 2),
        analytic=True, tags="loops branch scalar-indexing")


def b_spline_basis(knots, coefficients, t):
    """Cox-de Boor triangle, in place."""
    degree = 2
    k = degree
    while not knots[k] <= t < knots[k + 1]:
        k += 1
    d = [coefficients[j + k - degree] for j in range(degree + 1)]
    for r in range(1, degree + 1):
        for j in range(degree, r - 1, -1):
            left = knots[j + k - degree]
            alpha = (t - left) / (knots[j + 1 + k - r] - left)
            d[j] = (1.0 - alpha) * d[j - 1] + alpha * d[j]
    return d[degree] ** 2


program(b_spline_basis, lambda r: (np.arange(8) + 0.2 * r.uniform(size=8), r.normal(size=5), 3.6),
        argnums=(0, 1, 2),
        analytic=True, tags="while chained-comparison list-store negative-step")


def total_variation(image, weight):
    dx = image[:, 1:] - image[:, :-1]
    dy = image[1:, :] - image[:-1, :]
    smooth = np.sqrt(dx[:-1] ** 2 + dy[:, :-1] ** 2 + 1e-2)
    return weight * smooth.sum() + 0.5 * np.sum((image - image.mean()) ** 2)


program(total_variation, lambda r: (r.normal(size=(4, 5)), 0.7), argnums=(0, 1), analytic=True,
        tags="slices mean")


def sobel_with_loops(image):
    kernel = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
    h, w = image.shape
    magnitude = np.zeros((h - 2, w - 2))
    for y in range(1, h - 1):
        for x in range(1, w - 1):
            gx = gy = 0.0
            for i in range(3):
                for j in range(3):
                    gx += kernel[i][j] * image[y + i - 1, x + j - 1]
                    gy += kernel[j][i] * image[y + i - 1, x + j - 1]
            magnitude[y - 1, x - 1] = np.sqrt(gx * gx + gy * gy)
    return magnitude.mean() + magnitude.max()


program(sobel_with_loops, lambda r: (r.normal(size=(4, 5)),),
        tags="loops nested-lists chained-assignment max")


def gaussian_blur(image, sigma):
    offsets = np.arange(-1, 2)
    kernel = np.exp(-offsets ** 2 / (2 * sigma ** 2))
    kernel /= kernel.sum()
    padded = np.pad(image, ((0, 0), (1, 1)), mode="reflect")
    rows = sum(k * padded[:, i:i + image.shape[1]] for i, k in enumerate(kernel))
    padded = np.pad(rows, ((1, 1), (0, 0)), mode="constant")
    blurred = sum(k * padded[i:i + image.shape[0]] for i, k in enumerate(kernel))
    return np.sum((image - blurred) ** 2)


program(gaussian_blur, lambda r: (r.normal(size=(4, 4)), 0.8), argnums=(0, 1),
        tags="pad generator enumerate slices",
        analytic=True)


def bilateral_filter(image, spread):
    h, w = image.shape
    out = image.copy()
    for y in range(h):
        for x in range(w):
            patch = image[max(y - 1, 0):y + 2, max(x - 1, 0):x + 2]
            weights = np.exp(-(patch - image[y, x]) ** 2 / spread)
            out[y, x] = np.sum(weights * patch) / np.sum(weights)
    return np.sum(out ** 2)


program(bilateral_filter, lambda r: (r.normal(size=(3, 4)), 0.5), argnums=(0, 1),
        tags="loops variable-slices max-of-ints",
        analytic=True)


def polygon_area_and_centroid(vertices):
    area = cx = cy = 0.0
    for (x0, y0), (x1, y1) in zip(vertices, np.roll(vertices, -1, axis=0)):
        cross = x0 * y1 - x1 * y0
        area += cross / 2
        cx += (x0 + x1) * cross
        cy += (y0 + y1) * cross
    return area + (cx * cy) / (36 * area ** 2)


program(polygon_area_and_centroid, lambda r: (np.array([[0.0, 0.0], [2.0, 0.3], [1.5, 1.8], [0.2, 1.1]]),),
        analytic=True, tags="nested-unpacking zip roll chained-assignment row-unpacking")


def k_means_loss(points, centres):
    """Two rounds of assignment and mean; clusters by boolean masks."""
    for _ in range(2):
        distance = np.linalg.norm(points[:, None] - centres[None], axis=2)
        nearest = distance.argmin(axis=1)
        new = np.zeros_like(centres)
        for k in range(len(centres)):
            members = points[nearest == k]
            new[k] = members.mean(axis=0) if len(members) else centres[k]
        centres = 0.5 * (centres + new)
    return np.sum((points - centres[nearest]) ** 2)


program(k_means_loss, lambda r: (r.normal(size=(6, 2)), r.normal(size=(2, 2))), argnums=(0, 1),
        tags="norm argmin mask fancy-indexing conditional-expression")


def ray_march(centre, radius, steps):
    """Sphere tracing of one ray until it touches."""
    direction = np.array([0.0, 0.1, 1.0])
    direction /= np.linalg.norm(direction)
    position = np.zeros(3)
    for _ in range(steps):
        distance = np.linalg.norm(position - centre) - radius
        if distance < 1e-6:
            break
        position = position + distance * direction
    normal = (position - centre) / radius
    return normal @ np.array([0.3, 0.5, -0.8]) + position[2]


program(ray_march, lambda r: (np.array([0.2, 0.3, 5.0]), 1.0, 100), argnums=(0, 1),
        tags="break norm in-place")


def inverse_kinematics(angles, lengths, target):
    x = y = heading = 0.0
    for angle, length in zip(angles, lengths):
        heading += angle
        x += length * np.cos(heading)
        y += length * np.sin(heading)
    return (x - target[0]) ** 2 + (y - target[1]) ** 2


program(inverse_kinematics, lambda r: (r.normal(size=3), r.uniform(1, 2, size=3), (1.0, 0.5)),
        argnums=(0, 1, 2),
        analytic=True, tags="zip chained-assignment recurrence argument-tuple")
