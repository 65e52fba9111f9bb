"""Cloud REST v1: what v2 does not replace."""
