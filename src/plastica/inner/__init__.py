"""The inner loop: networks, their datasets and the fast kernels that turn (rules, theta, dataset) into what a network
became; no losses, no searches."""
