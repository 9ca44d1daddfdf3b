"""Certificates and keys by the rules of Go's crypto packages."""
