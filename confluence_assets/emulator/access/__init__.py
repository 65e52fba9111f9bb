"""Who may read what: the emulator's own reading of Confluence's rules, and the oracle for the library's."""
