"""People, groups and the audit log."""

from confluence_assets.tables.columns import (
    SYNCED,
    flag_column,
    json_column,
    key_column,
    text_column,
    texts_column,
    time_column,
)
from confluence_assets.tables.model import Grain, Origin, Table

USERS = Table(
    "users",
    "One row per account that a current row or a group names.",
    Grain.SITE,
    Origin.FETCHED,
    ("account_id",),
    (
        key_column("account_id", "Account id; on Data Center the user key."),
        text_column("account_type", "atlassian, app, customer or unknown."),
        text_column("account_status", "active, inactive, closed or unknown."),
        text_column("display_name", "Name as shown."),
        text_column("public_name", "Public name."),
        text_column("username", "User name; Data Center only."),
        text_column("email", "E-mail address, where the account lets us see it."),
        flag_column(
            "email_hidden",
            "True where the e-mail address is not visible to this account; null where nobody asked for it yet.",
        ),
        text_column("time_zone", "Time zone, where visible."),
        flag_column("is_external", "Whether it is an external collaborator (guest)."),
        SYNCED,
    ),
    "people",
)


GROUPS = Table(
    "groups",
    "One row per group.",
    Grain.SITE,
    Origin.FETCHED,
    ("group_id",),
    (
        key_column("group_id", "Id of the group; on Data Center its name."),
        text_column("name", "Name."),
        text_column("managed_by", "ADMINS, EXTERNAL, TEAM_MEMBERS or OPEN."),
        text_column("usage_type", "USERBASE_GROUP or TEAM_COLLABORATION."),
        texts_column("access_types", "Which of user, admin and site-admin the group gives; sorted."),
        SYNCED,
    ),
    "people",
)


GROUP_MEMBERS = Table(
    "group_members",
    "One row per account in a group.",
    Grain.SITE,
    Origin.FETCHED,
    ("group_id", "account_id"),
    (key_column("group_id", "Id of the group."), key_column("account_id", "Account id."), SYNCED),
    "people",
)


AUDIT_RECORDS = Table(
    "audit_records",
    "One row per record of the site's audit log.",
    Grain.DAY,
    Origin.FETCHED,
    ("record_id",),
    (
        key_column("record_id", "SHA-256 of the record: the log has no ids."),
        time_column("created_at", "When it happened."),
        text_column("author_id", "Account that did it."),
        text_column("author_name", "Name of that account at the time."),
        text_column("remote_address", "Address that it came from."),
        text_column("category", "Category."),
        text_column("summary", "What happened."),
        text_column("description", "More of it."),
        text_column("affected_object_type", "Kind of the object."),
        text_column("affected_object_name", "Name of the object."),
        json_column("changed_values", "List of `{name, oldValue, newValue}`."),
        json_column("associated_objects", "List of `{name, objectType}`."),
        SYNCED,
    ),
    "people",
)
