# case: grad wrt=c args=c=2.5
def newton(c, x):
    """A cube root, from a guess."""
    step = (x**3 - c) / (3 * x**2)
    if abs(step) < 1e-10:
        return x - step
    # not there yet
    return newton(c, x - step)


def loss(c):
    return newton(c, 1.0) * c

# output
def newton_fwd(c, x):
    """A cube root, from a guess."""
    record = None
    t = 3 * x ** 2
    step = (x ** 3 - c) / t
    t_1 = abs(step) < 1e-10
    if t_1:
        out = x - step
    else:
        # not there yet
        out, record = newton_fwd(c, x - step)
    return out, (t_1, record, t, step, x)


def newton_rev(record, out_bar):
    t = record[0]
    record_1 = record[1]
    t_1 = record[2]
    step = record[3]
    x = record[4]
    if t:
        # adjoint of: return x - step
        step_bar = -out_bar
        x_bar = out_bar
        c_bar = 0.0
    else:
        # not there yet
        c_bar, x_bar = newton_rev(record_1, out_bar)
        # adjoint of: return newton(c, x - step)
        step_bar = -x_bar
    # adjoint of: step = (x**3 - c) / (3 * x**2)
    t_2 = step_bar / t_1
    x_bar -= step_bar * (step / t_1) * 3 * (2 * x)
    c_bar -= t_2
    x_bar += t_2 * (3 * x ** 2)
    return c_bar, x_bar


def loss_vjp(c):
    out, record = newton_fwd(c, 1.0)
    out_1 = out * c

    # --- reverse ---
    c_bar, _ = newton_rev(record, c)
    # adjoint of: return newton(c, 1.0) * c
    c_bar = out + c_bar
    return out_1, (c_bar,)
