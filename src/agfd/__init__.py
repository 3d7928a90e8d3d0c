"""Balanced, verified, reproducible datasets of faces of people who do not exist."""
