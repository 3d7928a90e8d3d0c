"""People look at the images of a dataset: a local web app, what they said, and how far they and the analyzers agree."""
