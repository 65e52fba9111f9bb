"""What the command line does, one module per command; `cli` takes the words apart and calls them."""
