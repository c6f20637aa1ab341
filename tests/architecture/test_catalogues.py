"""Every sentence of the till is translated into every language."""

import string

import pytest
from babel.messages.catalog import Message

from tests.support.catalogues import TRANSLATED, compiled, extracted, po, read

SENTENCES = {message.id: message for message in extracted() if message.id}


def holes(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def test_the_code_has_sentences() -> None:
    assert len(SENTENCES) > 250
    assert any(isinstance(sentence, tuple) for sentence in SENTENCES)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_is_translated_in_every_number(language: str) -> None:
    catalogue = read(language)
    missing = []
    for sentence in SENTENCES:
        found = catalogue.get(sentence[0] if isinstance(sentence, tuple) else sentence)
        wanted = catalogue.num_plurals if isinstance(sentence, tuple) else 1
        if found is None or found.fuzzy or len(forms(found)) != wanted or not all(forms(found)):
            missing.append(sentence)
    assert missing == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_number_and_no_name_is_lost_in_translation(language: str) -> None:
    wrong = []
    for message in read(language):
        if not message.id:
            continue
        sentence = message.id if isinstance(message.id, str) else message.id[-1]
        wrong += [form for form in forms(message) if holes(form) != holes(sentence)]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_is_left_of_a_sentence_that_is_gone(language: str) -> None:
    catalogue = read(language)
    assert {message.id for message in catalogue if message.id} == set(SENTENCES)
    assert not catalogue.obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_the_till_reads_is_what_was_translated(language: str) -> None:
    """`python -m tests.support.catalogues` compiles the catalogues."""
    assert po(language).with_suffix(".mo").read_bytes() == compiled(read(language))
