"""What checks have to know: each need with its fact and how it is found out."""
