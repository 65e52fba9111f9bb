"""The system's keyring, where the extra `keyring` is installed and a keyring can be opened. Knows nothing of tokens."""

import json
from typing import Any

from confluence_assets.errors import StorageError

_SERVICE = "confluence-assets"


def find_problem() -> str:
    """Why the keyring can't be used; empty where it can."""
    try:
        import keyring
    except ImportError:
        return "the extra is not installed (pip install 'confluence-assets[keyring]')"
    backend = keyring.get_keyring()
    try:
        is_usable = backend.priority >= 1
    except Exception as error:  # a backend says so in any way it likes
        return f"{type(error).__name__} where it was looked for"
    return "" if is_usable else "this machine has none"


def read(name: str) -> dict[str, Any]:
    """What is kept under that name. Raises: StorageError."""
    import_problem = _import_problem()
    if import_problem:
        raise _failure(import_problem)
    import keyring
    import keyring.errors

    try:
        text = keyring.get_password(_SERVICE, name)
    except keyring.errors.KeyringError as error:
        raise _failure(type(error).__name__) from None
    if text is None:
        raise _failure("it does not hold the login")
    found = json.loads(text)
    return found if isinstance(found, dict) else {}


def write(name: str, secrets: dict[str, Any]) -> None:
    """Keep it under that name. Raises: StorageError."""
    import keyring
    import keyring.errors

    try:
        keyring.set_password(_SERVICE, name, json.dumps(secrets))
    except keyring.errors.KeyringError as error:
        raise _failure(type(error).__name__) from None


def forget(name: str) -> None:
    """Take away what is kept under that name."""
    import keyring
    import keyring.errors

    try:
        keyring.delete_password(_SERVICE, name)
    except keyring.errors.PasswordDeleteError:
        return  # it was not there
    except keyring.errors.KeyringError as error:
        raise _failure(type(error).__name__) from None


def _import_problem() -> str:
    try:
        import keyring  # noqa: F401
    except ImportError:
        return "the extra `keyring` is not installed"
    return ""


def _failure(problem: str) -> StorageError:
    return StorageError(
        f"The login is kept in the system's keyring, which can't be used: {problem}.",
        hint="Unlock it; or, for a process that has none, run `confluence-assets login --keep file`.",
    )
