"""Camera, light, background, water."""
