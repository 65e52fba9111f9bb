"""Content properties written: created, changed by version, deleted. Their outcomes are looked up by key and version."""

from typing import Any

from confluence_assets.api.client.once import write_once
from confluence_assets.api.client.shapes import ContentProperty
from confluence_assets.api.client.words import conflict, copy_facts, told
from confluence_assets.api.client.writer import HolderRef, Writer
from confluence_assets.api.transport import Transport
from confluence_assets.errors import ApiError, ConflictError, NotFoundError, ProtocolError

MOST_OVERWRITES = 5


class PropertyWrites:
    """The writes of properties over one deployment's `Writer`."""

    def __init__(self, transport: Transport, writer: Writer) -> None:
        self._transport = transport
        self._writer = writer

    def get(self, holder: HolderRef, key: str) -> ContentProperty:
        """The property of that key. Raises: NotFoundError."""
        found = self._writer.find_property(holder, key)
        if found is None:
            raise NotFoundError(f"{holder.kind} {holder.id} has no property {key!r}.", method="GET")
        return found

    def create(self, holder: HolderRef, key: str, value: Any) -> ContentProperty:
        """The property that was made. Raises: ConflictError where the key is taken."""
        known = self._writer.find_property(holder, key)
        if known is not None:
            raise _taken(holder, key, known)
        try:
            return write_once(
                self._transport,
                lambda is_again: self._post(holder, key, value, is_again),
                lambda: self._arrived(holder, key, value, 1),
            )
        except ApiError as error:
            raise told(self._writer, error, f"The property {key!r} of {holder.id} was not created", holder) from None

    def _post(self, holder: HolderRef, key: str, value: Any, is_again: bool) -> ContentProperty:
        try:
            return self._writer.post_property(holder, key, value)
        except (ProtocolError, ConflictError) as error:
            known = self._writer.find_property(holder, key)
            if known is None:
                raise
            if is_again and known.get("value") == value and property_version(known) == 1:
                return known  # the attempt before arrived after all
            made = _taken(holder, key, known)
            copy_facts(made, error)
        raise made

    def update(
        self, holder: HolderRef, key: str, value: Any, message: str, expected_version: int | None, *, overwrite: bool
    ) -> ContentProperty:
        """The property after the change. Raises: ConflictError where another version stands; NotFoundError."""
        failures = 0
        while True:
            known = self.get(holder, key)
            before = property_version(known)
            if not overwrite and expected_version is not None and expected_version != before:
                raise conflict(f"The property {key!r} of {holder.id}", expected_version, before)
            try:
                return self._change(holder, known, value, message)
            except ConflictError:
                failures += 1
                if not overwrite or failures == MOST_OVERWRITES:
                    raise
            except ApiError as error:
                raise told(
                    self._writer, error, f"The property {key!r} of {holder.id} was not changed", holder
                ) from None

    def _change(self, holder: HolderRef, known: ContentProperty, value: Any, message: str) -> ContentProperty:
        number = property_version(known) + 1
        return write_once(
            self._transport,
            lambda is_again: self._put(holder, known, value, message, is_again=is_again),
            lambda: self._arrived(holder, known["key"], value, number),
        )

    def _put(
        self, holder: HolderRef, known: ContentProperty, value: Any, message: str, *, is_again: bool
    ) -> ContentProperty:
        number = property_version(known) + 1
        try:
            return self._writer.put_property(holder, known, value, number, message)
        except (ConflictError, ProtocolError) as error:
            refused: ApiError = error
        if is_again and (done := self._arrived(holder, known["key"], value, number)) is not None:
            return done  # the attempt before arrived after all
        standing = property_version(self.get(holder, known["key"]))
        if isinstance(refused, ProtocolError) and standing == number - 1:
            raise refused
        found = conflict(f"The property {known['key']!r} of {holder.id}", number - 1, standing)
        copy_facts(found, refused)
        raise found

    def _arrived(self, holder: HolderRef, key: str, value: Any, number: int) -> ContentProperty | None:
        """The property, where an attempt of unknown outcome wrote it. Raises: ConflictError where somebody else did."""
        found = self._writer.find_property(holder, key)
        if found is None or property_version(found) < number:
            return None
        if property_version(found) == number and found.get("value") == value:
            return found
        raise conflict(f"The property {key!r} of {holder.id}", number - 1, property_version(found))

    def delete(self, holder: HolderRef, key: str) -> None:
        """Gone for good: properties have no trash. Raises: NotFoundError where there is none."""
        known = self.get(holder, key)

        def send(is_again: bool) -> bool:
            try:
                self._writer.delete_property(holder, known)
            except NotFoundError:
                if not is_again:
                    raise
            return True

        def find() -> bool | None:
            return True if self._writer.find_property(holder, key) is None else None

        try:
            write_once(self._transport, send, find)
        except ApiError as error:
            raise told(self._writer, error, f"The property {key!r} of {holder.id} was not deleted", holder) from None


def property_version(found: ContentProperty) -> int:
    return int((found.get("version") or {}).get("number") or 1)


def _taken(holder: HolderRef, key: str, known: ContentProperty) -> ConflictError:
    found = ConflictError(
        f"{holder.kind} {holder.id} has a property {key!r} already, at version {property_version(known)}.",
        hint="Change it with update_property.",
    )
    found.expected_version, found.current_version = 0, property_version(known)
    return found
