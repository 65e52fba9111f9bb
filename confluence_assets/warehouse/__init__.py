"""One DuckDB file, built aside and swapped in."""
