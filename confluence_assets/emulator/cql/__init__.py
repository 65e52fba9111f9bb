"""Confluence Query Language, to the extent of the facts' section 3."""
