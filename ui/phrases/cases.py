"""Sentences on cases: what is in question, what a choice does, and what became of a decision."""

from loyalty import case_phrases
from terminal.interface.views import CaseView, ChoiceView, HistoryRow
from ui.phrases.history import PagePhrases
from ui.phrases.phrases import Phrases, first_name


class CasePhrases:
    """The texts of the list of cases and of one of them."""

    def __init__(self, phrases: Phrases) -> None:
        self._say, self._past = phrases, PagePhrases(phrases)
        self._ = phrases._
        self.ngettext = phrases.ngettext

    def title(self, case: CaseView) -> str:
        """The kind and whose card it is: "Balance too small: Paul Dumont"."""
        title = case_phrases.title(case.kind, self._say)
        return self._say.formats.titled(title, case.card) if case.card else title

    def second(self, case: CaseView, currency: str) -> str:
        """What is in question of one to decide; of others, what became of it."""
        if case.is_open:
            return ", ".join(part for part in (self.question(case, currency), self.where(case)) if part)
        return self.state(case)

    def sentence(self, case: CaseView) -> str:
        return case_phrases.sentence(case.kind, self._say)

    def question(self, case: CaseView, currency: str) -> str:
        """ "9 stamps, 3.15 €"; what is not known is said."""
        if not case.unit or not case.amount:
            return ""
        formats = self._say.formats
        amount = formats.stamps(case.amount) if case.unit == "stamps" else formats.points(case.amount)
        if case.stake_minor is None:
            return self._("{amount}, value not known").format(amount=amount)
        return f"{amount}, {formats.amount(case.stake_minor, currency)}"

    def where(self, case: CaseView) -> str:
        """When, at which till, and who did it."""
        parts = (self._say.formats.moment(case.occurred_at), case.terminal, first_name(case.staff))
        return ", ".join(part for part in parts if part)

    def number(self, case: CaseView) -> str:
        return self._("Case {number}").format(number=case.number)

    def state(self, case: CaseView) -> str:
        """How the case stands, in a sentence."""
        own = case.own
        if case.state == "sent" and own is not None:
            return self._("Decided here: {choice}. It waits for the company.").format(choice=self._choice(own.choice))
        if case.state == "decided":
            return self._decided(case)
        if case.state == "settled":
            return case_phrases.settled(case.settled_by, self._say)
        if own is not None and own.state == "rejected":
            said = self._("Not possible: {choice}. {why}")
            return said.format(choice=self._choice(own.choice), why=own.note).strip()
        if not case.card_id:
            return self._("It is about no card, so the office decides it.")
        return ""

    def only_in_office(self, case: CaseView) -> str:
        """What is said of one that has no choices here."""
        return self.state(case) or self._("The office decides this one.")

    def _decided(self, case: CaseView) -> str:
        choice = self._choice(case.choice or "")
        name = first_name(case.decided_by)
        said = self._("Decided: {choice}.").format(choice=choice)
        if name and case.decided_at is not None:
            at = self._say.formats.at(case.decided_at)
            said = self._("Decided {at} by {name}: {choice}.").format(at=at, name=name, choice=choice)
        own = case.own
        if own is not None and own.state != "accepted" and own.choice != case.choice:
            late = self._("The decision of this till, {choice}, came later and changes nothing.")
            said = f"{said} {late.format(choice=self._choice(own.choice))}"
        return said

    def choice(self, choice: ChoiceView) -> str:
        """The choice with what it does to the card: "Charge back to the card (-2 stamps)"."""
        name, gained = self._choice(choice.choice), self._say.formats.gained(choice.stamps, choice.points)
        return f"{name} ({gained})" if gained else name

    def effect(self, choice: ChoiceView) -> str:
        """What the choice does, in a sentence or two."""
        said = case_phrases.choice_effect(choice.choice, self._say)
        if not choice.missing:
            return said
        rest = self.ngettext("{count} stays with the company.", "{count} stay with the company.", choice.missing)
        return f"{said} {rest.format(count=self._say.formats.number(choice.missing))}"

    def decide(self, choice: ChoiceView | None) -> str:
        """The label of the button that decides."""
        if choice is None:
            return self._("Decide")
        return self._say.formats.titled(self._("Decide"), self._choice(choice.choice))

    def approval(self, case: CaseView, choice: str) -> str:
        """What a manager is asked to approve."""
        return self._say.formats.titled(self.number(case), self._choice(choice))

    def story(self, case: CaseView, currency: str) -> tuple[str, ...]:
        """A line for each thing that happened on the card, oldest first."""
        lines = [self._line(row, currency) for row in case.history]
        if case.more:
            more = self.ngettext("{count} more before that", "{count} more before that", case.more)
            lines = [more.format(count=self._say.formats.number(case.more)), *lines]
        return tuple(lines)

    def _line(self, row: HistoryRow, currency: str) -> str:
        line = f"{self._past.when(row, currency)}: {self._past.title(row)}"
        return line if row.state == "accepted" and not row.voided else f"{line}. {self._past.details(row, currency)}"

    def to_decide(self, count: int) -> str:
        return self.ngettext("{count} to decide", "{count} to decide", count).format(
            count=self._say.formats.number(count)
        )

    def _choice(self, word: str) -> str:
        return case_phrases.choice(word, self._say)
