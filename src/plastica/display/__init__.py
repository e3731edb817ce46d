"""What a person sees on a terminal: a file for each thing that is shown; nothing here computes or draws."""
