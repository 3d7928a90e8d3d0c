"""Building: the loop, its executors, and making one image again."""
