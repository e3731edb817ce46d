"""What it means: arrays in, arrays out; nothing here searches, and nothing draws."""
