"""Losses: how far a trial is from what is asked, a file for each; nothing here simulates."""
