"""`python -m tests.support.catalogues`: adds new sentences to the translation catalogues and compiles them.

A new sentence stays empty until it is translated; a test reports it until then.
"""

import io
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

import resources
from terminal.interface.languages import LANGUAGES

ROOT = Path(__file__).parents[2]
BEGUN = datetime(2026, 11, 23, tzinfo=UTC)  # a fixed date, so that runs do not change the files
SPOKEN = ("loyalty", "terminal", "ui")
TRANSLATED = ("fr", "de", "lb")


def po(language: str) -> Path:
    return resources.path(f"translations/{language}/LC_MESSAGES/orion.po")


def extracted() -> Catalog:
    """All sentences marked in the code."""
    found = Catalog(project="Orion Terminal", charset="utf-8")
    for package in SPOKEN:
        for name, _line, message, _comments, _context in extract_from_dir(ROOT / package):
            if message:
                found.add(message, locations=[(f"{package}/{name}", 0)])
    return found


def read(language: str) -> Catalog:
    with po(language).open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalogue: Catalog) -> bytes:
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def renew() -> None:
    """Updates all catalogues from the code, keeping translations."""
    template = extracted()
    for language in TRANSLATED:
        catalogue = read(language) if po(language).exists() else Catalog(locale=language)
        catalogue.update(template, no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        catalogue.header_comment = f"# Orion Terminal in {LANGUAGES[language]}: what the till says."
        catalogue.msgid_bugs_address = catalogue.last_translator = catalogue.language_team = "Orion Terminal"
        catalogue.creation_date = catalogue.revision_date = BEGUN
        po(language).parent.mkdir(parents=True, exist_ok=True)
        with po(language).open("wb") as file:
            write_po(file, catalogue, width=116, no_location=True, omit_header=False, sort_output=True)
        po(language).with_suffix(".mo").write_bytes(compiled(catalogue))


if __name__ == "__main__":
    renew()
