"""Generators: one package each."""
