"""Spiking networks of excitatory and inhibitory neurons whose connections learn by up to four rules at a time; nothing
here knows what a network is asked to do."""
