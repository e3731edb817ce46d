"""What is shown: `compute` arrays in, arrays out; `draw` data and axes in, axes out; nothing here searches."""
