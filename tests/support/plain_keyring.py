"""A keyring that stores plain text, as on some installations, with the highest priority."""

from keyring.backend import KeyringBackend


class Keyring(KeyringBackend):
    """Stores secrets in plain text."""

    priority = 20

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]
