"""Linear rate networks (sections 3.1 and 3.2): data, kernels, exact gradients; nothing here spikes."""
