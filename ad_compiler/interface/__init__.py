"""What stands between a call and the compiler: arguments, structures, signatures, the objects users hold."""
