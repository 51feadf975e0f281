"""Programs with derivatives inside, as people write them: dynamics by potentials, inner optimisation, learning to
learn, equations and their residuals, second-order methods, pullbacks kept and called later."""
from . import compositions, dynamics, forms, learning
from .registry import PROGRAMS

__all__ = ["PROGRAMS", "compositions", "dynamics", "forms", "learning"]
