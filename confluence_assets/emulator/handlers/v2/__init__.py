"""Cloud REST v2."""
