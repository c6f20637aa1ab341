"""A keyring that keeps secrets in plain text, as some installations have one. It asks to be used before all others."""

from keyring.backend import KeyringBackend


class Keyring(KeyringBackend):
    """Keeps everything, hides nothing."""

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
