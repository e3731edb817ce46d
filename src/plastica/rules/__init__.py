"""What is learned: how a synapse changes, as families of rules with named coefficients; nothing here simulates."""
