"""`python -m tests.fuzz`: see `tests/fuzz/run.py`."""
import sys

from .run import main

sys.exit(main())
