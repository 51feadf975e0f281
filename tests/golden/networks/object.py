# case: grad wrt=model args=model=Line(0.5, f64[2]),x=f64[4, 2]
import numpy as np


class Line:
    def __init__(self, bias, slope):
        self.bias = bias
        self.slope = slope

    def __call__(self, x):
        return np.cos(x @ self.slope + self.bias)


def loss(model, x):
    return np.sum(model(x) ** 2)

# output
import numpy as np


def loss_vjp(model, x):
    model_bias = model.bias
    model_slope = model.slope
    t = x @ model_slope + model_bias
    out = np.cos(t)
    out_1 = np.sum(out ** 2)

    # --- reverse ---
    # adjoint of: return np.sum(model(x) ** 2)
    out_bar = 2 * out
    del out
    # adjoint of: return np.cos(x @ self.slope + self.bias)
    out_bar *= -np.sin(t)
    model_bias_bar = out_bar.sum()
    model_slope_bar = x.T @ out_bar
    return out_1, (model_bias_bar, model_slope_bar)
