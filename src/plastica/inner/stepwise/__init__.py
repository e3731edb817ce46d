"""Rate networks that are written as one step in JAX: their base, their trials, their exact gradients; and those of
tasks."""
