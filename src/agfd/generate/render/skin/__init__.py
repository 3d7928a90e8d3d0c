"""Skin and what is painted on it."""
