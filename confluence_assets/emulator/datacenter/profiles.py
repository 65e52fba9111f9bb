"""The versions of Data Center that can be played. What each of them has and gets wrong: `switches.py` and `urls/datacenter.py`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Profile:
    """One version. `quirks` are the switches in which it differs from the newest."""

    name: str
    version: str
    build_number: int
    build_date: str
    quirks: dict[str, object]

    @property
    def release(self) -> tuple[int, int]:
        major, minor = self.name.split(".")
        return int(major), int(minor)


PROFILES: dict[str, Profile] = {
    profile.name: profile
    for profile in (
        Profile(
            "7.19",
            "7.19.30",
            8804,
            "2025-01-20",
            {
                "wrong_next_offsets": True,
                "server_information": False,
                "user_list": False,
                "active_user_list": False,
                "global_permissions": False,
                "unknown_space_status": 500,
                "space_status_shown": False,
                "members_need_admin": False,
                "user_list_loses_rows": False,
            },
        ),
        Profile(
            "8.5",
            "8.5.20",
            9012,
            "2025-03-10",
            {
                "wrong_next_offsets": True,
                "active_user_list": False,
                "global_permissions": False,
                "unknown_space_status": 500,
                "space_list_cap": 50,
                "members_need_admin": False,
                "user_list_loses_rows": True,
            },
        ),
        Profile(
            "9.2",
            "9.2.7",
            9111,
            "2025-08-04",
            {
                "wrong_next_offsets": True,
                "active_user_list": False,
                "global_permissions": False,
                "anonymous_permissions_form": "operations",
                "members_need_admin": False,
                "user_list_loses_rows": True,
            },
        ),
        Profile("10.0", "10.0.3", 10004, "2025-10-13", {"user_list_loses_rows": True}),
    )
}
