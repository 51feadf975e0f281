# case: gradient wrt=u0,k args=u0=f64[5],k=0.2,steps=3
import numpy as np


def energy(u0, k, steps):
    """Energy left in a rod after some explicit heat steps."""
    u = u0.copy()
    lost = 0.0
    for step in range(steps):
        # interior only: the two ends are held
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u[1:-1] += k * lap
        lost += 0.5 * np.dot(lap, lap)
    return 0.5 * np.dot(u, u) + lost

# output
import numpy as np


def energy_grad(u0, k, steps):
    """Energy left in a rod after some explicit heat steps."""
    lap_saved = []
    u = u0.copy()
    for step in range(steps):
        # interior only: the two ends are held
        lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        lap_saved.append(lap)
        u[1:-1] += k * lap

    # --- reverse ---
    u_bar = u
    k_bar = 0.0
    for step in reversed(range(steps)):
        lap = lap_saved[step]
        # adjoint of: u[1:-1] += k * lap
        t = u_bar[1:-1]
        k_bar += np.dot(t, lap)
        lap_bar = lap + t * k
        # adjoint of: lap = u[2:] - 2.0 * u[1:-1] + u[:-2]
        u_bar[:-2] += lap_bar
        u_bar[2:] += lap_bar
        u_bar[1:-1] -= 2.0 * lap_bar
    return u_bar, k_bar
