"""A kind node image, and an engine to run it, for machines that can pull no image: made of registry packages."""
