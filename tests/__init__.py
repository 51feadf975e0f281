"""The tests; a package so that they can share the oracle and the corpus of programs."""
import os

# Tests, and the commands beside them (`python -m tests.fuzz`), must not read or fill the cache of whoever runs them;
# tests about the cache name a folder of their own.
os.environ["AD_COMPILER_CACHE"] = "off"
