"""From shapes and light to pixels."""
