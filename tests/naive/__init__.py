"""The slow, obvious twins of the fast kernels: plain loops in float64 that share no code with the package."""
