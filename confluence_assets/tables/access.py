"""Who may read what: as granted, and as resolved."""

from confluence_assets.tables.columns import (
    CONTENT_TYPE,
    SPACE_KEY,
    SYNCED,
    flag_column,
    key_column,
    text_column,
    texts_column,
)
from confluence_assets.tables.model import ColumnType, Grain, Origin, Table

SPACE_PERMISSIONS = Table(
    "space_permissions",
    "One row per permission that a space grants to a principal.",
    Grain.SPACE,
    Origin.FETCHED,
    ("space_id", "principal_type", "principal_id", "operation", "target_type"),
    (
        key_column("space_id", "Id of the space."),
        key_column("principal_type", "user, group, role, access_class or anonymous."),
        key_column(
            "principal_id", "Account id, group id, role id or name of the access class; `anonymous` for anonymous."
        ),
        key_column("operation", "read, create, delete, administer, …"),
        key_column("target_type", "space, page, blogpost, comment, attachment, …"),
        SPACE_KEY,
        SYNCED,
    ),
    "access",
)


SPACE_ROLE_ASSIGNMENTS = Table(
    "space_role_assignments",
    "One row per role that a space gives to a principal.",
    Grain.SPACE,
    Origin.FETCHED,
    ("space_id", "principal_type", "principal_id", "role_id"),
    (
        key_column("space_id", "Id of the space."),
        key_column("principal_type", "user, group or access_class."),
        key_column("principal_id", "Account id, group id or name of the access class."),
        key_column("role_id", "Id of the role."),
        SPACE_KEY,
        text_column("role_name", "Name of the role."),
        texts_column("permissions", "What the role allows, as `operation/target`; sorted."),
        SYNCED,
    ),
    "access",
)


CONTENT_RESTRICTIONS = Table(
    "content_restrictions",
    "One row per principal named in a content's own restriction.",
    Grain.SPACE,
    Origin.FETCHED,
    ("content_id", "operation", "principal_type", "principal_id"),
    (
        key_column("content_id", "Id of the restricted content."),
        key_column("operation", "read or update."),
        key_column("principal_type", "user, group, or unknown where the restriction could not be read."),
        key_column("principal_id", "Account id or group id; `unknown` where the restriction could not be read."),
        CONTENT_TYPE,
        SPACE_KEY,
        text_column("principal_name", "Name of the principal when it was read."),
        SYNCED,
    ),
    "access",
)


CONTENT_ACL = Table(
    "content_acl",
    "One row per content: the access profile that it has.",
    Grain.SPACE,
    Origin.DERIVED,
    ("content_id",),
    (
        key_column("content_id", "Id of the content."),
        CONTENT_TYPE,
        SPACE_KEY,
        text_column("acl_profile_id", "Who may read it: joins acl_profiles and acl_readers."),
    ),
    "access",
)


ACL_PROFILES = Table(
    "acl_profiles",
    "One row per principal in a layer of an access profile. A reader must be let in by every layer.",
    Grain.SPACE,
    Origin.DERIVED,
    ("acl_profile_id", "layer_index", "principal_type", "principal_id"),
    (
        key_column("acl_profile_id", "Hash of the layers."),
        key_column("layer_index", "0 for the space, then from the root to the content.", ColumnType.INTEGER),
        key_column(
            "principal_type", "user, group, role, access_class, anonymous, or none for a layer that lets nobody in."
        ),
        key_column("principal_id", "Id of the principal; `none` for a layer that lets nobody in."),
        SPACE_KEY,
        text_column("layer_source_type", "space, or the type of the restricted content."),
        text_column("layer_source_id", "Id of the space or of the restricted content."),
        flag_column("is_complete", "False where the layer holds a principal that could not be resolved."),
        flag_column("is_decidable", "False where a layer could not be read: the profile lets nobody in."),
        text_column("cause", "Why it is not complete or not decidable."),
    ),
    "access",
)


ACL_READERS = Table(
    "acl_readers",
    "One row per account that an access profile lets in, once groups are resolved.",
    Grain.SPACE,
    Origin.DERIVED,
    ("acl_profile_id", "principal_type", "principal_id"),
    (
        key_column("acl_profile_id", "Access profile."),
        key_column("principal_type", "user, or anonymous."),
        key_column("principal_id", "Account id; `anonymous` for anonymous."),
        SPACE_KEY,
    ),
    "access",
)
