"""Programs with known gradients: the corpus that the compiler is judged by."""
