"""What published programs do and no other program here did: each is one such thing, in other words."""

import math

import numpy as np

from tests.programs.corpus import program


def turned(yaw, pitch, points):
    """Rotations as they are written in every textbook: rows of whole numbers among rows of cosines."""
    c, s = math.cos(yaw), math.sin(yaw)
    about_z = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
    c, s = math.cos(pitch), math.sin(pitch)
    about_y = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    pose = np.asarray([(1, 0, 0), (0, 1, 0), (0, yaw, pitch)])
    return np.sum((about_z @ about_y @ points) ** 3) + np.linalg.det(pose @ about_y)


program(turned, lambda r: (0.4, -0.7, r.normal(size=(3, 4))), argnums=(0, 1, 2), analytic=False,
        tags="int-rows array-display")
