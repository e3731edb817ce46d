"""The spiking neuron of section 3.3: its input, its kernels, its recording; nothing here has a rate only."""
