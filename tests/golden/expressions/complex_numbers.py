# case: grad wrt=z,angle args=z=c128[3],angle=0.4
import numpy as np


def power(z, angle):
    turned = z * np.exp(1j * angle)
    spectrum = np.fft.fft(turned)
    return np.sum(np.abs(spectrum) ** 2 * np.arange(3)) + turned[0].real

# output
import numpy as np


def power_vjp(z, angle):
    t = np.exp(1.0j * angle)
    turned = z * t
    spectrum = np.fft.fft(turned)
    t_1 = np.abs(spectrum)
    t_2 = t_1 ** 2
    t_3 = np.arange(3)
    out = np.sum(t_2 * t_3) + turned[0].real

    # --- reverse ---
    # adjoint of: return np.sum(np.abs(spectrum) ** 2 * np.arange(3)) + turned[0].real
    turned_bar = np.zeros_like(z)
    turned_bar[0] = 1.0
    spectrum_bar = t_3.astype(np.float64) * (2 * t_1) * np.sign(spectrum)
    del turned, spectrum
    # adjoint of: spectrum = np.fft.fft(turned)
    turned_bar += np.conjugate(np.fft.fft(np.conjugate(spectrum_bar)))
    del spectrum_bar
    # adjoint of: turned = z * np.exp(1j * angle)
    t_4 = np.conjugate(t)
    z_bar = turned_bar * t_4
    angle_bar = np.real((turned_bar * np.conjugate(z)).sum() * t_4 * np.complex128(complex(0.0, -1.0)))
    return out, (z_bar, angle_bar)
