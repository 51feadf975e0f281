"""The clock: what it says is a constant."""
from __future__ import annotations

import time

from ad_compiler.rules.row import Row, existing, zero

RULES: tuple[Row, ...] = zero(*existing(
    time, "time", "perf_counter", "process_time", "thread_time", "monotonic", "time_ns", "perf_counter_ns",
    "process_time_ns", "thread_time_ns", "monotonic_ns", "sleep"), random=True, reason="the clock")
