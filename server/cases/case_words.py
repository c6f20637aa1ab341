"""What cases, their choices and their stories are in words, for pages and the API alike."""

from collections import Counter

from babel.numbers import format_decimal

from loyalty import phrases as rules
from loyalty.card import Card
from loyalty.cases import CaseKind, Choice, Unit
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


def _(message: str) -> str:
    """Marks a sentence for the catalogues; it is translated when used."""
    return message


TITLES = {
    CaseKind.BALANCE_TOO_SMALL: _("Balance too small"),
    CaseKind.STAMP_CONFLICT: _("Stamp against the rules"),
    CaseKind.PROGRAM_CHANGED: _("Old program"),
    CaseKind.CONTACT_HAS_CARD: _("Two cards, one contact"),
    CaseKind.SECOND_ENROLMENT: _("One card, two customers"),
    CaseKind.RECEIPT_REPEATED: _("Same receipt at two tills"),
    CaseKind.RETURN_TOO_LARGE: _("More returned than bought"),
    CaseKind.HELD_TOO_LONG: _("Waiting for long"),
    CaseKind.CARD_INACTIVE: _("Card was switched off"),
    CaseKind.STAFF_DISMISSED: _("Colleague had left"),
    CaseKind.REWARD_UNKNOWN: _("Unknown reward"),
    CaseKind.UNREADABLE: _("Entry cannot be read"),
    CaseKind.SALVAGED: _("Not in the books"),
    CaseKind.NOT_ALLOWED: _("Not allowed"),
    CaseKind.NOT_TAKEN_IN: _("Till takes nothing in"),
    CaseKind.UNUSUAL: _("Unusual day"),
    CaseKind.PIN_CHANGES: _("New PINs at a till"),
    CaseKind.IMPORT_CLASH: _("Import meets a card"),
}
_CHOICES = {
    Choice.ACCEPT: (_("Accept"), _("The company bears it, and the card stays as it is.")),
    Choice.CHARGE_BACK: (_("Charge back to the card"), _("The card pays what was missing, as far as it has it.")),
    Choice.REVERSE: (_("Take it back"), _("Only if nothing was handed over: what was booked is taken back.")),
    Choice.KEEP: (_("Leave it"), _("It stays as the company has counted it.")),
    Choice.GIVE: (_("Give it"), _("The customer gets what the till has given.")),
    Choice.DIFFERENT_PEOPLE: (_("Different people"), _("Both keep their card, and the new one gets its welcome.")),
    Choice.FIRST_KEEPS: (
        _("The first one keeps it"),
        _("The card stays with the first customer; the contact of the second is erased."),
    ),
    Choice.SECOND_KEEPS: (
        _("The second one keeps it"),
        _("The card goes to the second customer, whose contact is not verified."),
    ),
    Choice.NEW_CARD: (_("New card for the second"), _("The second customer gets the blank card that you scan.")),
    Choice.BOTH_SALES: (_("Both were sales"), _("This purchase gets its points too.")),
    Choice.BELONGS_HERE: (_("It belongs to this card"), _("The points go from the other card to this one.")),
    Choice.WAIT: (_("Wait 30 more days"), _("Nothing is decided, and you are asked again.")),
    Choice.THIS_CARD: (_("It is this card"), _("The entry is counted for the card that you scan.")),
    Choice.DROP: (_("Drop it"), _("It is not counted, and stays kept as it was sent.")),
    Choice.SWITCH_ON: (_("Switch the card on"), _("The card can be used again.")),
    Choice.TAKE_POINTS: (_("Take points"), _("As many points as you type are taken from the card.")),
    Choice.SET_ASIDE: (_("Set aside"), _("Nothing is booked; what was sent is kept.")),
    Choice.BOOK: (_("Book it"), _("It is judged now, as if it had come in time.")),
    Choice.IT_WAS_RIGHT: (_("It was right"), _("What the till claimed is booked.")),
    Choice.FINE: (_("That is fine"), _("Nothing changes.")),
    Choice.NEW_PINS: (_("New PINs from the office"), _("The PINs that were set there end.")),
    Choice.ADD_THERE: (_("Add to that card"), _("What the row brings is added; the customer stays as they are.")),
    Choice.OWN_CARD: (
        _("A card of its own"),
        _("The row gets a new card, as if it had met none. Both keep the contact."),
    ),
    Choice.SKIP: (_("Leave the row out"), _("Nothing of the row is imported.")),
}
_SETTLED = {
    "entry_resolved": _("What the entry waited for has come, so there is nothing to decide."),
    "booked_otherwise": _("The entry has come by another way, so there is nothing to decide."),
    "taken_in": _("The till has taken in what it was sent since."),
    "cards_merged": _("Both cards have become one, so there is nothing to decide."),
}


def title(kind: str, words: Translator) -> str:
    """The short name of a case."""
    return words.gettext(TITLES[CaseKind(kind)]) if kind in set(CaseKind) else kind


def sentence(kind: str, words: Translator) -> str:
    """What happened, in a sentence."""
    return rules.case(CaseKind(kind), words) if kind in set(CaseKind) else kind


def choice(one: str, words: Translator) -> str:
    """The name of a choice."""
    return words.gettext(_CHOICES[Choice(one)][0]) if one in set(Choice) else one


def settled(why: str | None, words: Translator) -> str:
    """Why a case went away by itself."""
    return words.gettext(_SETTLED[why]) if why in _SETTLED else ""


def effect(option: Option, card: Card | None, words: Translator) -> str:
    """What a choice does, and what it makes of the balance."""
    parts = [words.gettext(_CHOICES[option.choice][1])]
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
