"""How things look in answers. It decides nothing about who may see them."""
