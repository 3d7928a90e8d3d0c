"""The head and the hand: geometry, expressions, eyes, mouth."""
