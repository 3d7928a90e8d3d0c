"""Clothes, and what is worn on face and head."""
