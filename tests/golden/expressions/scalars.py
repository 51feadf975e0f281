# case: grad wrt=s,k,t args=s=1.1,k=0.9,t=0.5
import math


def normal(d):
    return 0.5 * (1.0 + math.erf(d / math.sqrt(2.0)))


def call_price(s, k, t):
    """Price of an option, by the normal distribution."""
    spread = 0.2 * math.sqrt(t)
    d1 = (math.log(s / k) + 0.02 * t) / spread
    d2 = d1 - spread
    return s * normal(d1) - k * normal(d2)

# output
import math
import numpy as np


def call_price_vjp(s, k, t):
    """Price of an option, by the normal distribution."""
    t_1 = math.sqrt(t)
    spread = 0.2 * t_1
    t_2 = s / k
    d1 = (math.log(t_2) + 0.02 * t) / spread
    d2 = d1 - spread
    t_3 = math.sqrt(2.0)
    t_4 = d1 / t_3
    out = 0.5 * (1.0 + math.erf(t_4))
    t_5 = math.sqrt(2.0)
    t_6 = d2 / t_5
    out_1 = 0.5 * (1.0 + math.erf(t_6))
    out_2 = s * out - k * out_1

    # --- reverse ---
    # adjoint of: return s * normal(d1) - k * normal(d2)
    k_bar = -out_1
    out_bar = -k
    # adjoint of: return 0.5 * (1.0 + math.erf(d / math.sqrt(2.0)))
    d2_bar = out_bar * 0.5 * (1.1283791670955126 * np.exp(-t_6 * t_6)) / t_5
    d1_bar = s * 0.5 * (1.1283791670955126 * np.exp(-t_4 * t_4)) / t_3
    # adjoint of: d2 = d1 - spread
    d1_bar += d2_bar
    spread_bar = -d2_bar
    # adjoint of: d1 = (math.log(s / k) + 0.02 * t) / spread
    t_7 = d1_bar / spread
    spread_bar -= d1_bar * (d1 / spread)
    t_8 = t_7 / t_2
    s_bar = out + t_8 / k
    k_bar -= t_8 * (t_2 / k)
    # adjoint of: spread = 0.2 * math.sqrt(t)
    t_bar = t_7 * 0.02 + spread_bar * 0.2 * (0.5 / t_1)
    return out_2, (s_bar, k_bar, t_bar)
