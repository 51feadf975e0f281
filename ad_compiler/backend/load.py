"""From generated text to a callable that debuggers, tracebacks and `inspect.getsource` can show."""
from __future__ import annotations

import hashlib
import linecache
from collections.abc import Callable
from typing import Any

from .python import Printed


def load(printed: Printed, name: str | None = None) -> Callable[..., Any]:
    """Run the text in its namespace and return the function `name` (by default the printed one).

    The text is registered in `linecache` under a file name made of the function's name and a hash of the text, so
    equal texts share one file name.
    """
    name = name or printed.name
    digest = hashlib.blake2b(printed.text.encode(), digest_size=6).hexdigest()
    file = f"<ad_compiler {name} {digest}>"
    code = compile(printed.text, file, "exec", dont_inherit=True)
    linecache.cache[file] = (len(printed.text), None, printed.text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {"__name__": "ad_compiler.generated", **printed.namespace}
    exec(code, scope)
    return scope[name]
