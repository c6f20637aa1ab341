"""Tables of what the server does by itself, and of what only the office shows: jobs, mails that wait to be sent, the
list of cards, sums that figures are made of, sheets of blank cards, what new versions of a program give, when
terminals were in contact, looks, and cases that managers decide.

No till receives these rows, so most have no version, and whoever writes those needs no company's lock; cases alone are
written under it.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, Text, text

from server.db.columns import Id, Moment
from server.db.schema import WIDE, index_of_some, json, metadata, times, version


def _mail() -> tuple[Column[object], ...]:
    return (
        Column("kind", Text, nullable=False),  # a `server.mail.letters.LetterKind`
        Column("language", Text, nullable=False),
        Column("address", LargeBinary),  # encrypted for the mail's id; null once wiped
        Column("body", LargeBinary),  # the same: subject, text and HTML
        Column("sealed_key", Integer, nullable=False),
        Column("state", Text, nullable=False),  # a `server.mail.outbox.MailState`
        Column("priority", Integer, nullable=False),  # small numbers first
        Column("tries", Integer, nullable=False),
        Column("next_at", Moment),  # of the next try; null once it is sent, failed or dropped
        Column("error", Text),  # what the mail server said last
    )


mails = Table(
    "mails",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("mail_id", Id, primary_key=True),
    *_mail(),
    Column("customer_id", Id),  # whom it is to; null: a member of staff
    *times(),
    index_of_some("ix_mails_next", "company_id", "next_at"),
    index_of_some("ix_mails_customer", "company_id", "customer_id"),
    Index("ix_mails_created", "company_id", "created_at"),
)

platform_mails = Table(
    "platform_mails",  # to accounts, about no company
    metadata,
    Column("mail_id", Id, primary_key=True),
    *_mail(),
    *times(),
    index_of_some("ix_platform_mails_next", "next_at"),
    Index("ix_platform_mails_created", "created_at"),
)


def _job() -> tuple[Column[object], ...]:
    return (
        Column("due_at", Moment, nullable=False),  # not before
        Column("leased_by", Id),  # a new id for every lease
        Column("lease_until", Moment),  # by the database's time
        Column("cursor", Text),  # where an unfinished run goes on; null between runs
        Column("read_version", BigInteger, nullable=False),  # up to which a job that follows changes has read them
        Column("started_at", Moment),
        Column("done_at", Moment),  # when it last ended well
        Column("done", BigInteger, nullable=False),  # what the latest run did, in the job's own unit
        Column("failed", Integer, nullable=False),  # runs that failed since
        Column("error", Text),  # the kind of the latest failure, without anybody's data
    )


jobs = Table(
    "jobs",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("name", Text, primary_key=True),
    *_job(),
    *times(),
    Index("ix_jobs_due", "due_at"),  # of all companies: who looks for work knows none of them
)

platform_jobs = Table(
    "platform_jobs",
    metadata,
    Column("name", Text, primary_key=True),
    *_job(),
    *times(),
)

_OFF = ("company_id", "last_activity_at", "card_id")  # of the few cards that are switched off

card_list = Table(
    "card_list",  # cards that somebody has, by what lists filter and sort them by; follows `cards` within seconds
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("card_id", Id, primary_key=True),
    Column("number_end", Text, nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("enrolled_store_id", Id),
    Column("last_activity_at", Moment, nullable=False),  # or enrolment
    Column("is_active", Boolean, nullable=False),
    Column("stamps", WIDE, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("words", LargeBinary, nullable=False),  # the hashes that `card_words` has of it
    *times(),
    Index("ix_card_list_activity", "company_id", "last_activity_at", "card_id"),
    Index("ix_card_list_store", "company_id", "enrolled_store_id", "last_activity_at", "card_id"),
    Index("ix_card_list_enrolled", "company_id", "enrolled_at", "card_id"),
    Index("ix_card_list_stamps", "company_id", "stamps", "card_id"),
    Index("ix_card_list_points", "company_id", "points", "card_id"),
    Index("ix_card_list_off", *_OFF, sqlite_where=text("is_active = 0"), postgresql_where=text("NOT is_active")),
)

card_days = Table(
    "card_days",  # how many cards of `card_list` were last active on each day, as counting a million takes long
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("day", Integer, primary_key=True),  # in UTC, counted from 1970
    Column("is_active", Boolean, primary_key=True),  # switched on
    Column("cards", BigInteger, nullable=False),
    Column("stamps", BigInteger, nullable=False),  # above zero, that they hold
    Column("points", BigInteger, nullable=False),  # the same
    *times(),
)

card_stores = Table(
    "card_stores",  # how many of them each store has handed out
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("store_id", Id, primary_key=True),
    Column("cards", BigInteger, nullable=False),
    *times(),
)

card_words = Table(
    "card_words",  # see `server.cards.card_words`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("word", LargeBinary, primary_key=True),
    Column("card_id", Id, primary_key=True),
    *times(),
)

tallies = Table(
    "tallies",  # sums of transactions, see `server.figures.tallies`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("dimension", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # of the company's zone, as in 2026-03-02
    Column("store_id", Id, primary_key=True),
    Column("key", Text, primary_key=True),  # within the dimension
    Column("kind", Text, primary_key=True),  # of the transactions
    Column("n", BigInteger, nullable=False),
    Column("stamps", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("reached", BigInteger, nullable=False),
    Column("taken", BigInteger, nullable=False),
    Column("shortfalls", BigInteger, nullable=False),  # redemptions that the balance did not cover
    Column("shortfall_minor", BigInteger, nullable=False),  # what that was worth, as far as it is known
    *times(),
)

gauges = Table(
    "gauges",  # what a company's cards are and hold, as it was early each day: see `server.figures.gauges`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("day", Text, primary_key=True),  # as in `tallies`
    Column("cards", BigInteger, nullable=False),
    Column("active", BigInteger, nullable=False),
    Column("stamps", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("stamps_minor", BigInteger),  # what the company owes for them; null where it is not known
    Column("points_minor", BigInteger),
    *times(),
)

tally_cursors = Table(
    "tally_cursors",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("store_id", Id, primary_key=True),
    Column("read_version", BigInteger, nullable=False),  # of the last transaction that is summed
    Column("zone", Text, nullable=False),  # in which the days are the company's
    *times(),
)

sheets = Table(
    "sheets",  # of blank cards, see `server.cards.paper.sheets`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("sheet_id", Id, primary_key=True),
    Column("store_id", Id, nullable=False),
    Column("cards", Integer, nullable=False),
    Column("paper", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("second_language", Text, nullable=False),
    Column("withdrawn_at", Moment),
    Column("withdrawn", Integer, nullable=False),  # cards
    *times(),
    Index("ix_sheets_created", "company_id", "created_at", "sheet_id"),
)

sheet_cards = Table(
    "sheet_cards",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("card_id", Id, primary_key=True),
    Column("sheet_id", Id, nullable=False),
    Column("place", Integer, nullable=False),  # from 0
    *times(),
    Index("ix_sheet_cards_sheet", "company_id", "sheet_id", "place"),
)

program_grants = Table(
    "program_grants",  # a row for each version that asks for more, see `server.ledger.judging.grants`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("number", Integer, primary_key=True),  # of the version
    Column("cards", Integer, nullable=False),  # given so far, like the next two
    Column("stamps", BigInteger, nullable=False),
    Column("points", BigInteger, nullable=False),
    Column("done_at", Moment),  # when all were given
    *times(),
)

contacts = Table(
    "contacts",  # of terminals, at most one in five minutes of each: see `server.terminals.contact_log`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("terminal_id", Id, primary_key=True),
    Column("at", Moment, primary_key=True),
    Column("last_seq", BigInteger, nullable=False),  # how long it said that its journal was
    Column("acked_seq", BigInteger, nullable=False),  # how much of it the company had after this contact
    *times(),
)

looks = Table(
    "looks",  # see `server.companies.looks`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("name", Text, nullable=False),  # empty: the company's own
    Column("colour", Text, nullable=False),
    Column("stamp", Text, nullable=False),
    Column("promises", json(), nullable=False),  # by language
    Column("logo_mark", Text),  # of the logo, if there is one
    Column("logo", LargeBinary),  # PNG
    Column("logo_icon", LargeBinary),  # the same, small and square
    version(),  # so that passes follow a change
    *times(),
)

cases = Table(
    "cases",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("case_id", Id, primary_key=True),
    Column("number", Integer, nullable=False, server_default="0"),  # for people, counted up in the company
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False, server_default="open"),  # open, decided, settled
    Column("group_id", Id),  # cases that are decided together
    Column("card_id", Id),
    Column("other_card_id", Id),
    Column("entry_id", Id),
    Column("other_entry_id", Id),  # a transaction of before that it is also about
    Column("terminal_id", Id),
    Column("store_id", Id),
    Column("staff_id", Id),  # who did it
    Column("unit", Text),  # stamps, points
    Column("amount", BigInteger, nullable=False),  # stamps or points in question; of several entries, how many
    Column("stake_minor", BigInteger),  # money at stake; null: not known
    Column("waits", Integer, nullable=False, server_default="0"),  # how often a manager let it wait longer
    Column("occurred_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", Id),
    Column("choice", Text),
    Column("note", Text),
    Column("settled_by", Text),  # why it went away by itself
    Column("sealed", LargeBinary),  # what a row of an import says that met the card, until it is decided
    Column("sealed_key", Integer),
    Column("version", BigInteger, nullable=False, server_default="0"),  # of what tills are sent of it
    *times(),
    Index("uq_cases_number", "company_id", "number", unique=True),
    Index("ix_cases_state", "company_id", "state", "number"),
    Index("ix_cases_card", "company_id", "card_id"),
    Index("ix_cases_version", "company_id", "store_id", "version"),
    index_of_some("ix_cases_entry", "company_id", "entry_id"),
    index_of_some("ix_cases_group", "company_id", "group_id"),
)

group_decisions = Table(
    "group_decisions",  # of all cases of a group, carried out by the job `case_groups`
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("decision_id", Id, primary_key=True),
    Column("group_id", Id, nullable=False),
    Column("choice", Text, nullable=False),
    Column("decided_by", Id),  # of the staff
    Column("role", Text, nullable=False),
    Column("stores", json()),  # whose cases they may decide, ids as text; null: all
    Column("done_at", Moment),  # when no case was left
    Column("done", Integer, nullable=False),
    Column("refused", Integer, nullable=False),  # cases that stay open, as the choice was impossible
    *times(),
)

erasures = Table(
    "erasures",
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("card_id", Id, primary_key=True),
    Column("staff_id", Id),  # who had it done; null: the time for which data are kept is over
    Column("entries", json(), nullable=False),  # ids as text: of entries whose side rows tills may still have
    Column("closed_at", Moment),  # since when no till is asked to follow any more
    Column("filed_at", Moment),  # when it was noted beside the keys, for restored backups
    version(),
    *times(),
    Index("ix_erasures_version", "company_id", "version"),
    Index(
        "ix_erasures_unfiled",
        "company_id",
        "card_id",
        sqlite_where=text("filed_at IS NULL"),
        postgresql_where=text("filed_at IS NULL"),
    ),
)

erasure_tills = Table(
    "erasure_tills",  # tills that wrote such entries
    metadata,
    Column("company_id", Id, primary_key=True),
    Column("card_id", Id, primary_key=True),
    Column("terminal_id", Id, primary_key=True),
    Column("done_at", Moment),  # when it said that it has erased them
    *times(),
)
