"""The older minimisers of `scipy.optimize` and those that search a region, by the definitions that `minimize` has.

A simplex, a golden section or a population moves by comparing values: run step by step it has the derivative zero,
whatever it finds. So what searches is never run on recorded arrays: the derivative is that of the minimum, by the
implicit function theorem (`scipy_optimize`), and a search without such a definition is refused.

    >>> import scipy.optimize
    >>> DEFINITIONS[scipy.optimize.fmin].body.__name__
    'fmin'
"""
from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.optimize as so

from ad_compiler.rules.solvers_constrained import by_search
from ad_compiler.rules.written import Written
from ad_compiler.rules.written.options import unsupported
from ad_compiler.rules.written.scipy_optimize import least_squares, minimize, minimize_scalar, within


def alone(full_output: Any, retall: Any = 0) -> None:
    """Refuse the counts and lists that come beside the minimum, which no definition has."""
    if full_output or retall:
        unsupported("this function of scipy.optimize has a derivative without full_output and retall: use "
                    "scipy.optimize.minimize")


def fmin(func: Any, x0: Any, args: Any = (), xtol: Any = 1e-4, ftol: Any = 1e-4, maxiter: Any = None,
         maxfun: Any = None, full_output: Any = 0, disp: Any = 1, retall: Any = 0, callback: Any = None,
         initial_simplex: Any = None) -> Any:
    """`scipy.optimize.fmin`: the method of Nelder and Mead."""
    alone(full_output, retall)
    options = {"xatol": xtol, "fatol": ftol, "maxiter": maxiter, "maxfev": maxfun}
    return minimize(func, x0, args, method="Nelder-Mead", options=options).x


def fmin_powell(func: Any, x0: Any, args: Any = (), xtol: Any = 1e-4, ftol: Any = 1e-4, maxiter: Any = None,
                maxfun: Any = None, full_output: Any = 0, disp: Any = 1, retall: Any = 0, callback: Any = None,
                direc: Any = None) -> Any:
    """`scipy.optimize.fmin_powell`."""
    alone(full_output, retall)
    options = {"xtol": xtol, "ftol": ftol, "maxiter": maxiter, "maxfev": maxfun}
    return minimize(func, x0, args, method="Powell", options=options).x


def by_gradients(method: str) -> Callable[..., Any]:
    """`scipy.optimize.fmin_bfgs` and `fmin_cg`."""
    def find(f: Any, x0: Any, fprime: Any = None, args: Any = (), gtol: Any = 1e-5, norm: Any = np.inf,
             epsilon: Any = 1e-8, maxiter: Any = None, full_output: Any = 0, disp: Any = 1, retall: Any = 0,
             callback: Any = None) -> Any:
        alone(full_output, retall)
        return minimize(f, x0, args, method=method, options={"gtol": gtol, "norm": norm, "maxiter": maxiter}).x
    return find


def fmin_l_bfgs_b(func: Any, x0: Any, fprime: Any = None, args: Any = (), approx_grad: Any = 0, bounds: Any = None,
                  m: Any = 10, factr: Any = 1e7, pgtol: Any = 1e-5, epsilon: Any = 1e-8, *,
                  maxfun: Any = 15000, maxiter: Any = 15000, disp: Any = 0, callback: Any = None,
                  maxls: Any = 20) -> Any:
    """`scipy.optimize.fmin_l_bfgs_b`: the minimum, its value, and a dict that says nothing but that it was found."""
    options = {"maxcor": m, "ftol": factr * 2.220446049250313e-16, "gtol": pgtol, "maxiter": maxiter, "maxls": maxls}
    both = fprime is None and not approx_grad  # then the function gives its gradient as well
    found = minimize(func, x0, args, method="L-BFGS-B", jac=both, bounds=bounds, options=options)
    return found.x, found.fun, {"warnflag": 0}


def fminbound(func: Any, x1: Any, x2: Any, args: Any = (), xtol: Any = 1e-5, maxfun: Any = 500, full_output: Any = 0,
              disp: Any = 1) -> Any:
    """`scipy.optimize.fminbound`."""
    alone(full_output)
    options = {"xatol": xtol, "maxiter": maxfun}
    return minimize_scalar(func, bounds=(x1, x2), args=args, method="bounded", options=options).x


def brent(func: Any, args: Any = (), brack: Any = None, tol: Any = 1.48e-8, full_output: Any = 0,
          maxiter: Any = 500) -> Any:
    """`scipy.optimize.brent`."""
    alone(full_output)
    return minimize_scalar(func, bracket=brack, args=args, method="brent", tol=tol, options={"maxiter": maxiter}).x


def golden(func: Any, args: Any = (), brack: Any = None, tol: Any = 1.4901161193847656e-08, full_output: Any = 0,
           maxiter: Any = 5000) -> Any:
    """`scipy.optimize.golden`."""
    alone(full_output)
    return minimize_scalar(func, bracket=brack, args=args, method="golden", tol=tol, options={"maxiter": maxiter}).x


def leastsq(func: Any, x0: Any, args: Any = (), Dfun: Any = None, full_output: Any = False, col_deriv: Any = False,
            ftol: Any = 1.49012e-8, xtol: Any = 1.49012e-8, gtol: Any = 0.0, maxfev: Any = 0, epsfcn: Any = None,
            factor: Any = 100, diag: Any = None) -> Any:
    """`scipy.optimize.leastsq`: the solution, and 1 for found."""
    alone(full_output)
    more = args if isinstance(args, tuple) else (args,)
    return least_squares(func, x0, args=more, method="lm", ftol=ftol, xtol=xtol, gtol=1e-15).x, 1


def searching(name: str) -> Callable[..., Any]:
    """`scipy.optimize.differential_evolution`, `dual_annealing` and `shgo`: a minimum inside bounds, or on them."""
    def find(func: Any, bounds: Any, args: Any = (), **options: Any) -> Any:
        more = args if isinstance(args, tuple) else (args,)
        for unknown in ("constraints", "integrality", "x0", "init", "vectorized"):
            if unknown in options:
                unsupported("searches of scipy.optimize have a derivative without constraints and given populations")
        start = np.array([0.0 for _ in bounds])
        return within(lambda q: func(q, *more), start, bounds, functools.partial(by_search, name, options))
    return find


_REASON = ("a search that compares values, so that its steps have no derivative: use scipy.optimize.minimize or "
           "minimize_scalar, from what it finds")


def refused(*args: Any, **kwargs: Any) -> Any:
    """A search that has no definition."""
    return unsupported(_REASON)


_REFUSED = ("basinhopping", "bracket", "brute", "direct", "fmin_cobyla", "fmin_ncg", "fmin_slsqp", "fmin_tnc")

DEFINITIONS: dict[Any, Written] = {
    so.fmin: Written(fmin, harmless=("callback",)),
    so.fmin_powell: Written(fmin_powell, harmless=("callback",)),
    so.fmin_bfgs: Written(by_gradients("BFGS"), harmless=("callback", "epsilon")),
    so.fmin_cg: Written(by_gradients("CG"), harmless=("callback", "epsilon")),
    so.fmin_l_bfgs_b: Written(fmin_l_bfgs_b, harmless=("callback", "epsilon", "maxfun")),
    so.fminbound: Written(fminbound), so.brent: Written(brent), so.golden: Written(golden),
    so.leastsq: Written(leastsq),
    **{getattr(so, name): Written(searching(name)) for name in ("differential_evolution", "dual_annealing", "shgo")},
    **{getattr(so, name): Written(refused, reason=_REASON) for name in _REFUSED},
}
