"""What is known of a picture."""
