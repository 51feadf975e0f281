"""What is done to loops before they are differentiated: part of the native backend."""
