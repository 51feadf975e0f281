"""Tests of the house itself: layers, light imports, module sizes, clean text, documents that run."""
