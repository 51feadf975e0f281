# case: grad wrt=a args=a=3.0
def root(a):
    x = a
    while abs(x * x - a) > 1e-12:
        x = 0.5 * (x + a / x)
    return x

# output
def root_vjp(a):
    x_saved = []
    saved = []
    x = a
    trips = 0
    while abs(x * x - a) > 1e-12:
        trips += 1
        x_saved.append(x)
        t = a / x
        saved.append(t)
        x = 0.5 * (x + t)

    # --- reverse ---
    a_bar = 0.0
    x_bar = 1.0
    for _ in range(trips):
        x_1 = x_saved.pop()
        t_1 = saved.pop()
        # adjoint of: x = 0.5 * (x + a / x)
        x_bar *= 0.5
        a_bar += x_bar / x_1
        x_bar -= x_bar * (t_1 / x_1)
    a_bar += x_bar
    return x, (a_bar,)
