"""What Trivy finds in an image: the lab's frozen database, scans on this machine, and reports of anybody."""
