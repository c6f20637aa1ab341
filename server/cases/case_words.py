"""What the choices of cases do and what their stories tell, for pages and the API alike."""

from collections import Counter

from babel.numbers import format_decimal

from loyalty import case_phrases
from loyalty import phrases as rules
from loyalty.card import Card
from loyalty.cases import Unit
from loyalty.decisions import Decision
from loyalty.judge import Word
from loyalty.program import Program
from loyalty.refusals import Reason, Refusal
from loyalty.transactions import (
    KIND_OF,
    Body,
    PointsEarned,
    PointsRedeemed,
    StampEarned,
    StampRedeemed,
)
from server.cases.case_detail import Option
from server.cases.story import Event, StoryLine
from server.translations import Translator


def effect(option: Option, card: Card | None, words: Translator) -> str:
    """What a choice does, and what it makes of the balance."""
    parts = [case_phrases.choice_effect(option.choice, words)]
    if option.merge is not None:
        after = option.merge.after
        said = words.gettext("It has {stamps} and {points} then.")
        stamped, pointed = (
            amount(Unit.STAMPS, after.stamp_count, words),
            amount(Unit.POINTS, after.points_balance, words),
        )
        return " ".join([*parts, said.format(stamps=stamped, points=pointed)])
    decision = option.decision
    own = [step for step in decision.steps if card is not None and step.card_id == card.id]
    stamps, points = sum(step.effect.stamps for step in own), sum(step.effect.points for step in own)
    for unit, change, before in (
        (Unit.STAMPS, stamps, 0 if card is None else card.stamp_count),
        (Unit.POINTS, points, 0 if card is None else card.points_balance),
    ):
        if change:
            said = words.gettext("The card goes from {before} to {after}.")
            parts.append(said.format(before=number(before, words), after=amount(unit, before + change, words)))
    elsewhere = Counter(step.card_id for step in decision.steps if card is None)
    if elsewhere:
        parts.append(_on_cards(elsewhere.total(), len(elsewhere), decision, words))
    if decision.shortfall:
        missing = words.gettext("{count} more are missing and stay with the company.")
        parts.append(missing.format(count=number(decision.shortfall, words)))
    return " ".join(parts)


def _on_cards(count: int, cards: int, decision: Decision, words: Translator) -> str:
    """What is taken back on several cards."""
    done = words.ngettext(
        "{count} transaction is taken back: {sums}.", "{count} transactions are taken back: {sums}.", count
    )
    where = words.ngettext("{count} card changes.", "{count} cards change.", cards)
    sums = [
        amount(unit, change, words)
        for unit, change in ((Unit.STAMPS, decision.stamps), (Unit.POINTS, decision.points))
        if change
    ]
    said = done.format(count=number(count, words), sums=", ".join(sums))
    return f"{said} {where.format(count=number(cards, words))}"


def refusal(one: Refusal | None, words: Translator) -> str | None:
    """Why a choice is impossible now."""
    return None if one is None else rules.refusal(one, words)


def amount(unit: str | None, count: int, words: Translator) -> str:
    """ "9 stamps", "1,240 points"."""
    said = number(count, words)
    if unit == Unit.STAMPS:
        return words.ngettext("{count} stamp", "{count} stamps", count).format(count=said)
    if unit == Unit.POINTS:
        return words.ngettext("{count} point", "{count} points", count).format(count=said)
    return said


def number(count: int, words: Translator) -> str:
    """1240 as "1,240"."""
    return str(format_decimal(count, locale=words.language)).replace("-", "\u2212")


def line(one: StoryLine, program: Program | None, words: Translator) -> str:
    """What a line of the story says."""
    match one.event:
        case Event.CONTACT if one.after is not None:
            said = words.gettext("Last contact before. It knew the card with {balance}.")
            return said.format(balance=amount(one.unit, one.after, words))
        case Event.CONTACT:
            return words.gettext("Last contact before.")
        case Event.JUDGED:
            return _judged(one, words)
        case _:
            return "" if one.body is None else _done(one.body, program, words)


def _done(body: Body, program: Program | None, words: Translator) -> str:
    kind = KIND_OF[type(body)]
    match body:
        case StampEarned(count=count) if count > 1:
            return amount(Unit.STAMPS, count, words)
        case PointsEarned(amount_minor=minor):
            return words.gettext("Points for {amount}").format(amount=words.money(minor))
        case StampRedeemed() if program is not None:
            return program.stamp_reward.name
        case PointsRedeemed(reward=reward_id):
            reward = None if program is None else program.reward(reward_id)
            return reward_id if reward is None else reward.name
    return rules.kind(kind, words)


def _judged(one: StoryLine, words: Translator) -> str:
    word = rules.word(Word(one.word), words) if one.word in set(Word) else ""
    parts = [words.gettext("The company's answer: {word}.").format(word=word)]
    parts += [rules.note(note, words) for note in one.notes]
    if not one.notes and one.reason is not None and one.reason in set(Reason):
        parts.append(rules.refusal(Refusal(Reason(one.reason)), words))
    if one.fact is not None and one.fact.effect.shortfall:
        said = words.gettext("{count} could not be taken, and the company bears them.")
        parts.append(said.format(count=number(one.fact.effect.shortfall, words)))
    return " ".join(parts)
