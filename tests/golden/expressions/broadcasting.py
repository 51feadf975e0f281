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
    out = np.mean(table * table)

    # --- reverse ---
    # adjoint of: return np.mean(table * table)
    t = table.size
    table_bar = 2.0 / t * table
    # adjoint of: table -= row
    t_1 = np.ones(table.shape[0]) @ table * 2.0 / t
    # adjoint of: table = row * column + scale
    scale_bar = table_bar.sum()
    row_bar = table_bar.T @ column[:, 0] - t_1
    column_bar = (table_bar @ row)[:, None]
    return out, (row_bar, column_bar, scale_bar)
