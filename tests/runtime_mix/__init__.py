"""Compiled code and the tape together."""
