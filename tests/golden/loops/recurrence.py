# case: grad wrt=x0,rate args=x0=0.3,rate=2.5,n=6
def logistic(x0, rate, n):
    x = x0
    for i in range(n):
        x = rate * x * (1.0 - x)
    return x

# output
def logistic_vjp(x0, rate, n):
    saved = []
    saved_1 = []
    x_saved = []
    x = x0
    for i in range(n):
        x_saved.append(x)
        t = rate * x
        saved_1.append(t)
        t_1 = 1.0 - x
        saved.append(t_1)
        x = t * t_1

    # --- reverse ---
    rate_bar = 0.0
    x_bar = 1.0
    for i in reversed(range(n)):
        t_2 = saved[i]
        t_3 = saved_1[i]
        x_1 = x_saved[i]
        # adjoint of: x = rate * x * (1.0 - x)
        t_4 = x_bar * t_2
        rate_bar += t_4 * x_1
        x_bar = t_4 * rate - x_bar * t_3
    return x, (x_bar, rate_bar)
