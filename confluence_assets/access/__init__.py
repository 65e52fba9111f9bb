"""Who may read what. Pure: rows in, rows out."""
