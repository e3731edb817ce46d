"""Rate networks that are written as one step in JAX: their base, their trials and their exact gradients; the networks of
tasks that are."""
