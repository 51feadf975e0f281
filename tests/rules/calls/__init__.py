"""Calls of library functions, one expression a line, by the arguments that a program may give them."""
