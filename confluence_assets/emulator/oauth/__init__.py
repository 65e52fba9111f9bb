"""OAuth 2.0 and the gateway: apps, tokens with scopes, and the hosts that know them."""
