"""Longer programs, in the way of scripts: a model, a loop, a figure of merit."""

import numpy as np

from tests.programs.corpus import program


def truss(coordinates, areas, load):
    """Compliance of a small truss by the finite element method: assembly, supports, solve."""
    bars = [(0, 1), (1, 3), (0, 2), (2, 3), (0, 3), (1, 2)]
    n = 2 * len(coordinates)
    K = np.zeros((n, n))
    for (i, j), area in zip(bars, areas):
        dx, dy = coordinates[j] - coordinates[i]
        length = np.hypot(dx, dy)
        c, s = dx / length, dy / length
        t = np.array([-c, -s, c, s])
        dofs = [2 * i, 2 * i + 1, 2 * j, 2 * j + 1]
        K[np.ix_(dofs, dofs)] += area / length * np.outer(t, t)
    free = np.arange(4, n)
    f = np.zeros(n)
    f[5] = -load
    u = np.zeros(n)
    u[free] = np.linalg.solve(K[np.ix_(free, free)], f[free])
    stress = 0.0
    for (i, j), area in zip(bars, areas):
        d = coordinates[j] - coordinates[i]
        stretch = (u[2 * j:2 * j + 2] - u[2 * i:2 * i + 2]) @ d / (d @ d)
        stress = stress + stretch ** 2 * area
    return f @ u + stress


program(truss, lambda r: (np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.1], [1.1, 1.0]]), r.uniform(1, 2,
                size=6), 0.7),
        argnums=(0, 1, 2), tags="ix_ scatter solve row-unpacking list-index outer fancy-store")


def particle_in_cell(x, v, steps):
    """Charge deposition, field solve on a periodic grid, and push."""
    cells = 6
    charge = 1.0 / len(x)
    energy = 0.0
    for _ in range(steps):
        x = x % cells
        left = np.floor(x).astype(int)
        weight = x - left
        right = (left + 1) % cells
        rho = np.zeros(cells)
        np.add.at(rho, left, charge * (1 - weight))
        np.add.at(rho, right, charge * weight)
        rho -= rho.mean()
        potential = np.zeros(cells)
        field = np.cumsum(rho)
        field -= field.mean()
        potential[1:] = np.cumsum(-field)[:-1]
        v = v + 0.1 * (field[left] * (1 - weight) + field[right] * weight)
        x = x + 0.1 * v
        energy += 0.5 * np.sum(field ** 2) + 0.01 * potential[-1]
    return energy + 0.5 * charge * np.sum(v ** 2)


program(particle_in_cell, lambda r: (r.uniform(0.3, 5.7, size=7), r.normal(size=7), 3), argnums=(0, 1),
        tags="add.at modulo floor astype fancy-indexing cumsum repeated-indices in-place")


def train_network(seed_weights, rate, epochs):
    """Gradient descent written out by hand; differentiated through the whole training."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(6, 2))
    y = (X[:, 0] * X[:, 1] > 0).astype(float)
    W = {name: value.copy() for name, value in seed_weights.items()}
    history = []
    for epoch in range(epochs):
        hidden = np.tanh(X @ W["in"])
        p = 1 / (1 + np.exp(-(hidden @ W["out"])))
        history.append(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))
        delta = (p - y) / len(y)
        grad_out = hidden.T @ delta
        grad_in = X.T @ (np.outer(delta, W["out"]) * (1 - hidden ** 2))
        for name, g in (("in", grad_in), ("out", grad_out)):
            W[name] -= rate * g
    return history[-1] + 0.1 * sum(history)


program(train_network, lambda r: ({"in": r.normal(size=(2, 3)), "out": r.normal(size=3)}, 0.5, 4),
        argnums=(0, 1),
        analytic=True, tags="dict in-place dict-comprehension list-append random-fixed unrolled-optimisation")


def climate_box(parameters, forcing):
    """Two-box energy balance with ice-albedo feedback."""
    surface, deep = 0.0, 0.0
    albedo_gain, exchange, feedback = parameters["albedo"], parameters["exchange"], parameters["feedback"]
    warmest = -np.inf
    record = {"surface": [], "deep": []}
    for year, f in enumerate(forcing):
        ice = 1 / (1 + np.exp(4 * (surface - 0.5)))
        flux = exchange * (surface - deep)
        surface += 0.1 * (f + albedo_gain * (0.5 - ice) - feedback * surface - flux)
        deep += 0.01 * flux
        record["surface"].append(surface)
        record["deep"].append(deep)
        if surface > warmest:
            warmest, when = surface, year
    trend = record["surface"][-1] - record["surface"][len(forcing) // 2]
    return warmest + trend ** 2 + 0.01 * when + max(record["deep"]) * 10


program(climate_box, lambda r: ({"albedo": 0.8, "exchange": 0.7, "feedback": 1.2}, np.linspace(0.5, 3, 8)),
        argnums=(0, 1), analytic=True, tags="dict-of-lists branch scalar argument-dict infinity")


def spiking_neuron(current, leak, threshold):
    """Leaky integrate-and-fire with reset and refractory steps."""
    v, refractory, spikes = 0.0, 0, []
    trace = 0.0
    for t, i in enumerate(current):
        if refractory > 0:
            refractory -= 1
            v = 0.0
            continue
        v += 0.5 * (-leak * v + i)
        trace += v * v
        if v >= threshold:
            overshoot = v - threshold
            spikes.append(t + overshoot)
            v, refractory = 0.2 * overshoot, 1
    return trace + sum(spikes) / (1 + len(spikes))


program(spiking_neuron, lambda r: (r.uniform(0.5, 1.5, size=12), 0.3, 1.0), argnums=(0, 1, 2), analytic=True,
        tags="continue constant-store branch list-append integer-state")


def ray_through_lenses(curvatures, gaps, index):
    """Paraxial matrices, then an exact trace of three rays."""
    system = np.eye(2)
    for c, gap in zip(curvatures, gaps):
        refraction = np.array([[1.0, 0.0], [-(index - 1) * c, 1.0]])
        transfer = np.array([[1.0, gap], [0.0, 1.0]])
        system = transfer @ refraction @ system
    merit = (system[0, 0] + 0.1) ** 2
    for height in (0.1, 0.2, 0.3):
        y, angle = height, 0.0
        for c, gap in zip(curvatures, gaps):
            incidence = np.arcsin(y * c) + angle
            angle = angle - (np.arcsin(np.sin(incidence) * index) - incidence) * np.sign(c)
            y = y + gap * np.tan(angle)
        merit += y ** 2
    return merit


program(ray_through_lenses, lambda r: ([0.5, 0.3], r.uniform(0.5, 1, size=2), 1.3), argnums=(0, 1, 2),
        tags="matmul zip nested-loops array-of-scalars list-argument")


def neural_ode_fit(theta, data):
    """A small network as right-hand side, Heun steps, loss at the measured times."""
    def unpack(vector):
        W1 = vector[:6].reshape(3, 2)
        W2 = vector[6:12].reshape(2, 3)
        return W1, vector[12:15], W2

    W1, b, W2 = unpack(theta)

    def rhs(state):
        return W2 @ np.tanh(W1 @ state + b)

    state = np.array([1.0, 0.0])
    loss = 0.0
    next_measurement = 0
    for step in range(1, 9):
        k1 = rhs(state)
        k2 = rhs(state + 0.1 * k1)
        state = state + 0.05 * (k1 + k2)
        if step % 4 == 0:
            loss += np.sum((state - data[next_measurement]) ** 2)
            next_measurement += 1
    return loss / next_measurement


program(neural_ode_fit, lambda r: (0.5 * r.normal(size=15), r.normal(size=(2, 2))), argnums=(0, 1),
        analytic=True,
        tags="closure slices reshape tuple-result modulo integer-state")


def traffic_flow(density, speed_limit, ramp):
    """Godunov fluxes of a highway; the flux picks its side by the state."""
    def flux(rho):
        return speed_limit * rho * (1 - rho)

    rho = density.copy()
    total_out = 0.0
    for step in range(5):
        F = np.zeros(len(rho) + 1)
        for i in range(1, len(rho)):
            demand = flux(rho[i - 1]) if rho[i - 1] < 0.5 else 0.25 * speed_limit
            supply = flux(rho[i]) if rho[i] > 0.5 else 0.25 * speed_limit
            F[i] = min(demand, supply)
        F[0] = ramp[step]
        F[-1] = flux(rho[-1])
        rho += 0.2 * (F[:-1] - F[1:])
        total_out += F[-1]
    return total_out + np.sum(rho ** 2)


program(traffic_flow, lambda r: (r.uniform(0.2, 0.8, size=6), 1.1, r.uniform(0.1, 0.2, size=5)),
        argnums=(0, 1, 2),
        tags="closure min conditional-expression in-place loops")


def chemistry_batch(rates, start):
    """Reactions given as stoichiometry tables; semi-implicit steps until equilibrium or a limit."""
    reactions = [({"A": 1, "B": 1}, {"C": 1}), ({"C": 1}, {"A": 1, "B": 1}), ({"C": 2}, {"D": 1})]
    amount = dict(start)
    steps = 0
    while steps < 12:
        change = {species: 0.0 for species in amount}
        for k, (used, made) in zip(rates, reactions):
            speed = k
            for species, count in used.items():
                speed = speed * amount[species] ** count
            for species, count in used.items():
                change[species] -= count * speed
            for species, count in made.items():
                change[species] += count * speed
        for species in amount:
            amount[species] += 0.05 * change[species]
        steps += 1
        if max(abs(c) for c in change.values()) < 1e-3:
            break
    return amount["D"] * 10 + amount["C"] ** 2


program(chemistry_batch, lambda r: (np.array([1.0, 0.3, 0.6]), {"A": 1.0, "B": 0.8, "C": 0.1, "D": 0.0}),
        argnums=(0, 1), tags="dict-store items nested-unpacking while break max generator argument-dict",
        analytic=True)
