# case: grad wrt=kernels,image args=kernels=f64[2, 3],image=f64[5, 4]
import numpy as np


def channels(kernels, image):
    rows = image.shape[0] - kernels.shape[1] + 1
    out = np.zeros((kernels.shape[0], rows, image.shape[1]))
    for i in range(kernels.shape[1]):
        out += image[None, i:i + rows] * kernels[:, i, None, None]
    columns = image[:, None, 1:3]
    return np.sum(out ** 2) + np.sum(columns[2:] * columns[2:, 0, None, :1])

# output
import numpy as np


def channels_vjp(kernels, image):
    rows = image.shape[0] - kernels.shape[1] + 1
    out_bar = np.zeros((kernels.shape[0], rows, image.shape[1]))
    t = kernels.shape[1]
    for i in range(t):
        out_bar += image[None, i:i + rows] * kernels[:, i, None, None]
    columns = image[:, None, 1:3]
    t_1 = columns[2:]
    t_2 = columns[2:, 0, None, :1]
    out = np.sum(out_bar ** 2) + np.sum(t_1 * t_2)

    # --- reverse ---
    # adjoint of: return np.sum(out ** 2) + np.sum(columns[2:] * columns[2:, 0, None, :1])
    t_3 = np.einsum("ijk->ij", t_1)[:, :, None]
    image_bar = np.zeros_like(image)
    image_bar[:, None, 1:3][2:, 0, None, :1] += t_3
    image_bar[2:, None, 1:3] += t_2
    out_bar *= 2
    kernels_bar = np.zeros_like(kernels)
    for i in reversed(range(t)):
        t_4 = i + rows
        # adjoint of: out += image[None, i:i + rows] * kernels[:, i, None, None]
        t_5 = np.einsum("ijk,i->jk", out_bar, kernels[:, i])
        kernels_bar[:, i] = np.einsum("ijk,jk->i", out_bar, image[i:t_4])
        image_bar[i:t_4] += t_5
    return out, (kernels_bar, image_bar)
