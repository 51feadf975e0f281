"""Programs whose gradient the product does not give yet. Each says so loudly; none gives a wrong number."""

UNSUPPORTED: dict[str, str] = {}
