"""What every node has, whatever the backend."""
