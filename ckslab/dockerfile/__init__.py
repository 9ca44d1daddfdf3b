"""What a Dockerfile says, as BuildKit reads it: the document that `labnode dockerfile` prints. Pure."""
