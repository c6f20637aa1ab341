"""Every sentence of till and office is translated into every language."""

import string
from functools import cache

import pytest
from babel.messages.catalog import Message

from tests.support.catalogues import OFFICE, TILL, TRANSLATED, compiled, extracted, po, read

pytestmark = pytest.mark.slow

EACH = pytest.mark.parametrize(
    ("language", "domain"), [(one, domain) for one in TRANSLATED for domain in (TILL, OFFICE)]
)


@cache
def sentences(domain: str) -> frozenset[str | tuple[str, ...]]:
    """What the code says; one with a number as its singular and plural."""
    found = (message.id for message in extracted(domain) if message.id)
    return frozenset(one if isinstance(one, str) else tuple(one) for one in found)


def holes(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def test_the_code_has_sentences() -> None:
    assert len(sentences(TILL)) > 250
    assert len(sentences(OFFICE)) > 50
    assert all(any(isinstance(one, tuple) for one in sentences(domain)) for domain in (TILL, OFFICE))


@EACH
def test_every_sentence_is_translated_in_every_number(language: str, domain: str) -> None:
    catalogue = read(language, domain)
    missing = []
    for sentence in sentences(domain):
        found = catalogue.get(sentence[0] if isinstance(sentence, tuple) else sentence)
        wanted = catalogue.num_plurals if isinstance(sentence, tuple) else 1
        if found is None or found.fuzzy or len(forms(found)) != wanted or not all(forms(found)):
            missing.append(sentence)
    assert missing == []


@EACH
def test_no_number_and_no_name_is_lost_in_translation(language: str, domain: str) -> None:
    wrong = []
    for message in read(language, domain):
        if not message.id:
            continue
        sentence = message.id if isinstance(message.id, str) else message.id[-1]
        wrong += [form for form in forms(message) if holes(form) != holes(sentence)]
    assert wrong == []


@EACH
def test_no_translation_is_left_of_a_sentence_that_is_gone(language: str, domain: str) -> None:
    catalogue = read(language, domain)
    assert {message.id for message in catalogue if message.id} == sentences(domain)
    assert not catalogue.obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_the_till_reads_is_what_was_translated(language: str) -> None:
    """`python -m tests.support.catalogues` compiles the catalogues."""
    assert po(language).with_suffix(".mo").read_bytes() == compiled(read(language))
