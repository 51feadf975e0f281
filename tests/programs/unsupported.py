"""Programs that the product does not differentiate yet in every way. Each says so loudly; none gives a wrong number."""

UNSUPPORTED: dict[str, str] = {
    "in_place_functions.nditer_writes": "np.nditer as a context that writes",
}
