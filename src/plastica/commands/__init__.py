"""The commands, a file for those that belong together: each parses, calls, prints; nothing here computes or draws."""
