# case: grad wrt=row,column,scale args=row=f64[3],column=f64[4, 1],scale=0.7
import numpy as np


def loss(row, column, scale):
    table = row * column + scale
    table -= row
    return np.mean(table * table)

# output
import numpy as np


def loss_vjp(row, column, scale):
    table = row * column + scale
    table -= row
    t = table * table
    out = np.mean(t)

    # --- reverse ---
    # adjoint of: return np.mean(table * table)
    t_1 = t.size
    table_bar = table / t_1
    table_bar += table / t_1
    # adjoint of: table -= row
    row_bar = np.sum(-table_bar, axis=0)
    # adjoint of: table = row * column + scale
    scale_bar = np.sum(table_bar)
    row_bar += np.sum(table_bar * column, axis=0)
    column_bar = np.sum(table_bar * row, axis=1, keepdims=True)
    return out, (row_bar, column_bar, scale_bar)
