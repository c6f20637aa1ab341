"""`python -m tests.support.catalogues`: adds new sentences to the translation catalogues and compiles the till's.

A new sentence stays empty until it is translated; a test reports it until then. The server reads its catalogue as it is
written, and its sentences that the till says too stand in the till's alone.
"""

import io
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import resources
from terminal.interface.languages import LANGUAGES

ROOT = Path(__file__).parents[2]
BEGUN = datetime(2026, 11, 23, tzinfo=UTC)  # a fixed date, so that runs do not change the files
TILL, OFFICE = "orion", "office"
SPOKEN = {TILL: ("loyalty", "terminal", "ui"), OFFICE: ("server",)}
SPEAKER = {TILL: "what the till says", OFFICE: "what the office says"}
METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
TRANSLATED = ("fr", "de", "lb")


def po(language: str, domain: str = TILL) -> Path:
    return resources.path(f"translations/{language}/LC_MESSAGES/{domain}.po")


def extracted(domain: str = TILL) -> Catalog:
    """All sentences marked in the code, and in the templates of pages."""
    found = Catalog(project="Orion Terminal", charset="utf-8")
    said_elsewhere = {id_of(message) for message in _marked(TILL)} if domain == OFFICE else set()
    for message in _marked(domain):
        if id_of(message) not in said_elsewhere:
            found.add(message)
    return found


def id_of(message: str | tuple[str, ...]) -> str:
    """By what a sentence is looked up: its singular."""
    return message if isinstance(message, str) else message[0]


@cache
def _marked(domain: str) -> tuple[str | tuple[str, ...], ...]:
    """The sentences marked in a domain's packages, in the order of the code."""
    found = (message for one in SPOKEN[domain] for _, _, message, _, _ in extract_from_dir(ROOT / one, METHODS))
    return tuple(message for message in found if message)


def read(language: str, domain: str = TILL) -> Catalog:
    with po(language, domain).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def renew() -> None:
    """Updates all catalogues from the code, keeping translations."""
    for domain in SPOKEN:
        template = extracted(domain)
        for language in TRANSLATED:
            file = po(language, domain)
            catalogue = read(language, domain) if file.exists() else Catalog(locale=language)
            catalogue.update(template, no_fuzzy_matching=True)
            catalogue.obsolete.clear()
            catalogue.header_comment = f"# Orion Terminal in {LANGUAGES[language]}: {SPEAKER[domain]}."
            catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = "Orion Terminal"
            catalogue.creation_date = catalogue.revision_date = BEGUN
            file.parent.mkdir(parents=True, exist_ok=True)
            with file.open("wb") as stream:
                write_po(stream, catalogue, width=116, no_location=True, omit_header=False, sort_output=True)
            if domain == TILL:
                file.with_suffix(".mo").write_bytes(compiled(catalogue))


if __name__ == "__main__":
    renew()
