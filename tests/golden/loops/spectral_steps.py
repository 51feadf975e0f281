# case: grad wrt=c args=c=f64[4, 4],wind=f64[4, 4] - 0.7,k2=f64[4, 4],dt=0.1,steps=2
import numpy as np


def separate(c, wind, k2, dt, steps):
    """Steps of a phase field by Fourier transforms, which keep shapes; the mask is the same in every turn."""
    for _ in range(steps):
        mu = np.fft.fft2(c**3 - c)
        c = np.real(np.fft.ifft2((np.fft.fft2(c) - dt * k2 * mu) / (1.0 + dt * k2**2)))
        c = np.where(wind > 0.0, c * c, c)
    return np.mean(c**4)

# output
import numpy as np


def separate_vjp(c, wind, k2, dt, steps):
    """Steps of a phase field by Fourier transforms, which keep shapes; the mask is the same in every turn."""
    c_saved = []
    c_saved_1 = []
    for k in range(steps):
        c_saved_1.append(c)
        mu = np.fft.fft2(c ** 3 - c)
        c = np.real(np.fft.ifft2((np.fft.fft2(c) - dt * k2 * mu) / (1.0 + dt * k2 ** 2)))
        c_saved.append(c)
        c = np.where(wind > 0.0, c * c, c)
    out = np.mean(c ** 4)

    # --- reverse ---
    t = wind > 0.0
    t_1 = 1.0 + dt * k2 ** 2
    t_2 = dt * k2
    # adjoint of: return np.mean(c**4)
    t_3 = c ** 3
    c_bar = 4.0 / c.size * t_3
    for k in reversed(range(steps)):
        c = c_saved[k]
        c_1 = c_saved_1[k]
        # adjoint of: c = np.where(wind > 0.0, c * c, c)
        c_bar = np.where(t, c_bar * c * 2.0, c_bar)
        # adjoint of: c = np.real(np.fft.ifft2((np.fft.fft2(c) - dt * k2 * mu) / (1.0 + dt * k2**2)))
        t_4 = np.conjugate(np.fft.ifft2(c_bar)) / t_1
        mu_bar = -t_4 * t_2
        c_bar = np.real(np.fft.fft2(np.conjugate(t_4)))
        # adjoint of: mu = np.fft.fft2(c**3 - c)
        t_5 = np.real(np.fft.fft2(np.conjugate(mu_bar)))
        c_bar -= t_5
        c_bar += t_5 * (3 * c_1 ** 2)
    return out, (c_bar,)
