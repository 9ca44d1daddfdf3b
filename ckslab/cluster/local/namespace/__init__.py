"""Becoming root of a user namespace, with ids and a view of the file system of its own."""
