"""Where logins are kept: one file of mode 0600 each, or the system's keyring and a file that says so.

A login is saved whole or not at all, and its lock is the kernel's, so that threads and processes refresh a token once and a dead
process holds nobody up. Must not know how a token is asked for.
"""

import fcntl
import json
import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from confluence_assets.api.oauth import keyrings
from confluence_assets.api.oauth.login import Keeper, Login
from confluence_assets.errors import SettingsError, StorageError

_LOCK_SECONDS = 60.0
_POLL_SECONDS = 0.05
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class BusyLoginError(StorageError):
    """Somebody else holds the login's lock, and did not let go of it in time."""


class LoginStore:
    """The logins of one folder, which is made when the first one is saved."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def find(self, client_id: str, *, address: str = "", cloud_id: str | None = None) -> Login | None:
        """The app's login to the site of that address or cloudId; None where there is none.

        Raises: StorageError for a damaged one; SettingsError for one that others may read.
        """
        for path in sorted(self.folder.glob("*.json")):
            plain = self._read_file(path)
            is_site = plain.get("cloud_id") == cloud_id if cloud_id else address in plain.get("addresses", ())
            if plain.get("client_id") == client_id and is_site:
                return self.read(path.stem)
        return None

    def path_of(self, login_id: str) -> Path:
        return self.folder / f"{login_id}.json"

    def read(self, login_id: str) -> Login:
        """The login as it is now. Raises: StorageError where it is gone or damaged."""
        path = self.path_of(login_id)
        plain = self._read_file(path)
        secrets = keyrings.read(login_id) if plain.get("keeper") == "keyring" else plain
        try:
            return Login.from_json(plain, secrets)
        except StorageError as error:
            raise StorageError(f"{path} can't be used: {error.message}", hint=error.hint) from None

    def save(self, login: Login) -> None:
        """Write it, so that it stands after a power cut, too. Raises: StorageError."""
        plain, secrets = login.to_json()
        if login.keeper == "keyring":
            keyrings.write(login.login_id, secrets)
            self._write_file(self.path_of(login.login_id), plain)
        else:
            self._write_file(self.path_of(login.login_id), plain | secrets)

    def forget(self, login: Login) -> None:
        """Take it away; its tokens end by themselves."""
        with suppress(FileNotFoundError):
            self.path_of(login.login_id).unlink()
        if login.keeper == "keyring":
            keyrings.forget(login.login_id)

    @contextmanager
    def locked(self, login_id: str) -> Iterator[None]:
        """Be the only one, of all threads and processes, who changes that login. Raises: BusyLoginError after a minute; StorageError."""
        self._make_folder()
        path = self.folder / f"{login_id}.lock"
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise _lock_failure(path, error) from None
        try:
            deadline = time.monotonic() + _LOCK_SECONDS
            while not _try_lock(descriptor, path):
                if time.monotonic() > deadline:
                    raise BusyLoginError(
                        f"Somebody has been refreshing the login in {self.folder} for {_LOCK_SECONDS:.0f} seconds.",
                        hint="Look for a process that hangs.",
                    )
                time.sleep(_POLL_SECONDS)
            yield
        finally:
            with suppress(OSError):  # a file system without locks
                fcntl.flock(
                    descriptor, fcntl.LOCK_UN
                )  # closing alone would leave it to a child that was forked meanwhile
            os.close(descriptor)

    def _make_folder(self) -> None:
        try:
            make_private(self.folder)
        except OSError as error:
            raise StorageError(
                f"The folder {self.folder} can't be made: {error.strerror}.",
                hint="Set CONFLUENCE_LOGINS to a folder of yours.",
            ) from None

    def _read_file(self, path: Path) -> dict[str, Any]:
        try:
            if path.stat().st_mode & _OTHERS:
                raise SettingsError(
                    f"Others than you may read {path}, which holds a login.",
                    setting="login",
                    hint=f"Run: chmod 600 {path}",
                )
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise StorageError(f"{path} is gone.", hint="Run `confluence-assets login`.") from None
        except (OSError, ValueError):
            raise StorageError(f"{path} can't be read.", hint="Run `confluence-assets login` again.") from None
        return found if isinstance(found, dict) else {}

    def _write_file(self, path: Path, content: dict[str, Any]) -> None:
        self._make_folder()
        partial = path.with_suffix(f".{os.getpid()}.{time.monotonic_ns()}.partial")
        try:
            descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                    json.dump(content, file, indent=1)
                    file.flush()
                    os.fsync(file.fileno())
                partial.replace(path)
            finally:
                partial.unlink(missing_ok=True)
            _sync_folder(self.folder)
        except OSError as error:
            raise StorageError(
                f"The login can't be written to {path}: {error.strerror}.",
                hint="Make room or give the right to write.",
            ) from None


def choose_keeper(wanted: Keeper | None, login: Login) -> Login:
    """The login, to be kept where it is wanted; without a wish in the keyring where there is a usable one.

    Raises: SettingsError where the keyring is wanted and can't be used.
    """
    if wanted == "keyring" and (problem := keyrings.find_problem()):
        raise SettingsError(f"The keyring can't be used: {problem}.", setting="--keep", hint="Use --keep file.")
    is_keyring = wanted == "keyring" or (wanted is None and not keyrings.find_problem())
    return replace(login, keeper="keyring" if is_keyring else "file")


def make_private(folder: Path) -> None:
    """The folder and what is missing above it, each for the owner only."""
    if not folder.is_dir():
        make_private(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)


def _try_lock(descriptor: int, path: Path) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        raise _lock_failure(path, error) from None
    return True


def _lock_failure(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"The login can't be locked by {path}: {error.strerror}.",
        hint="Make room or give the right to write; or set CONFLUENCE_LOGINS to a folder of yours on a local disk.",
    )


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
