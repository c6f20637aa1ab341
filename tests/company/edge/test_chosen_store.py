"""The store chosen in a company's bar: it stands in the address, filters what is by store, and stays chosen."""

import re
from uuid import UUID, uuid4

import pytest

from loyalty.staff import Role
from server.edge.public_url import with_store
from tests.support.office_web import Caller, reason, signed_in
from tests.support.staffed_office import SLUG, Staffed

OFFICE = f"/office/{SLUG}"
ID = UUID(int=7)  # the same in every process, as it is in the names of tests


@pytest.fixture(scope="module")
def belval(staffed: Staffed) -> str:
    """The id of a second store, with a till in each."""
    with staffed.server.units.write(staffed.shop.company_id) as conn:
        store = staffed.shop.store(conn, "Belval")
    staffed.shop.till("Till G", "Gare")
    staffed.shop.till("Till B", "Belval")
    return str(store.id)


def links(page: str) -> set[str]:
    """Addresses of the company's office that the page leads to, but those of the switch."""
    kept = re.sub(r"<details class=\"switch\">.*?</details>", "", page, flags=re.DOTALL)
    return {one.replace("&amp;", "&") for one in re.findall(rf'(?:href|action)="({OFFICE}[^"]*)"', kept)}


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        (f"/office/{SLUG}", f"/office/{SLUG}?store={ID}"),
        (f"/office/{SLUG}/staff?left=true#f", f"/office/{SLUG}/staff?left=true&store={ID}#f"),
        (f"/office/{SLUG}/cards?store=other", f"/office/{SLUG}/cards?store=other"),
        (f"/office/{SLUG}-2/staff", f"/office/{SLUG}-2/staff"),
        ("/account/sessions", "/account/sessions"),
        (f"https://elsewhere.example/office/{SLUG}", f"https://elsewhere.example/office/{SLUG}"),
    ],
)
def test_addresses_of_this_company_alone_get_the_store(address: str, kept: str) -> None:
    assert with_store(address, SLUG, ID) == kept


@pytest.mark.slow
@pytest.mark.parametrize("path", ["terminals", "staff", "program", "settings", "cards", "stores", "audit", "counter"])
def test_every_link_of_a_page_keeps_the_store(staffed: Staffed, belval: str, path: str) -> None:
    page = staffed.owner.get(f"{OFFICE}/{path}?store={belval}").text
    found = {one for one in links(page) if not re.search(r"[?&]store=", one)}
    assert found <= {f"{OFFICE}/cards", f"{OFFICE}/cards?"}, "filters of the list of cards lead back to all stores"
    assert "<small>Belval</small>" in page
    assert f'<a class="pop-item" href="{OFFICE}/{path}" data-every-store' in page


@pytest.mark.slow
def test_what_is_by_store_shows_that_store_alone(staffed: Staffed, belval: str) -> None:
    for store, shown, hidden in ((belval, "Till B", "Till G"), (staffed.store_id, "Till G", "Till B")):
        page = staffed.owner.get(f"{OFFICE}/terminals?store={store}").text
        assert shown in page
        assert hidden not in page
        listed = staffed.owner.get(f"/api/store/v1/{SLUG}/terminals?store={store}").json()
        assert [one["name"] for one in listed] == [shown]
    signed_in(staffed.server, SLUG, Role.CASHIER, "Gare", email="gabi@example.com")
    assert "gabi" in staffed.owner.get(f"{OFFICE}/staff?store={staffed.store_id}").text
    assert "gabi" not in staffed.owner.get(f"{OFFICE}/staff?store={belval}").text


@pytest.mark.slow
def test_a_cards_history_hides_nothing_of_other_stores(staffed: Staffed, belval: str) -> None:
    shop = staffed.shop
    till, card = shop.till("Till H", "Gare"), shop.blanks()[0].id
    till.enrol(card, name="Marie Weber")
    till.stamp(card)
    till.sync()
    page = staffed.owner.get(f"{OFFICE}/cards/{card}?store={belval}").text
    assert "<small>Belval</small>" in page
    assert page.count("Till H") >= 2
    assert "Till H" not in staffed.owner.get(f"{OFFICE}/cards/{card}?where={belval}").text.partition("<h2")[2]


@pytest.mark.slow
def test_where_somebody_serves_is_no_choice_for_other_pages(staffed: Staffed, belval: str) -> None:
    owner = staffed.owner.browser()
    first = owner.form(f"{OFFICE}/counter/look-up", store=belval).headers["location"]
    assert first == f"{OFFICE}/counter?at={belval}"
    assert f'href="{OFFICE}/cards"' in owner.get(first).text
    chosen = owner.form(f"{OFFICE}/counter/look-up?store={belval}", store=belval).headers["location"]
    assert chosen == f"{OFFICE}/counter?store={belval}"
    assert f'name="store" value="{belval}"' in owner.get(chosen).text, "they serve in the store that is chosen"


@pytest.mark.slow
def test_a_form_answers_in_the_same_store(staffed: Staffed, belval: str) -> None:
    page = staffed.owner.get(f"{OFFICE}/terminals?store={belval}").text
    (till,) = re.findall(r'id="t-([0-9a-f-]+)"', page)
    opened = staffed.owner.get(f"{OFFICE}/terminals?store={belval}&open={till}&act=retire").text
    (action,) = re.findall(rf'action="({OFFICE}/terminals/{till}/retire[^"]*)"', opened)
    answer = staffed.owner.browser().form(action.replace("&amp;", "&"))
    assert answer.headers["location"] == f"{OFFICE}/terminals?done={till}&store={belval}"


@pytest.mark.slow
def test_a_manager_reads_nothing_of_a_store_that_is_not_theirs(staffed: Staffed, belval: str) -> None:
    hilda = Caller(staffed.app, signed_in(staffed.server, SLUG, Role.MANAGER, "Gare", email="hilda@example.com"))
    assert reason(hilda.get(f"/api/store/v1/{SLUG}/staff?store={belval}")) == (403, "not_allowed")
    assert hilda.get(f"/api/store/v1/{SLUG}/staff?store={staffed.store_id}").status_code == 200


@pytest.mark.slow
def test_a_store_of_nobody_or_of_others_is_not_shown(staffed: Staffed, belval: str) -> None:
    assert staffed.owner.get(f"{OFFICE}/terminals?store={uuid4()}").status_code == 404
    assert staffed.owner.get(f"{OFFICE}/terminals?store=gare").status_code == 404
    assert staffed.owner.get(f"/api/store/v1/{SLUG}/staff?store=gare").status_code == 422
    assert staffed.owner.get(f"/api/store/v1/{SLUG}/staff?store={uuid4()}").status_code == 404
    gunda = Caller(staffed.app, signed_in(staffed.server, SLUG, Role.MANAGER, "Gare", email="gunda@example.com"))
    assert gunda.get(f"{OFFICE}/terminals?store={belval}").status_code == 403
    assert "data-every-store" not in gunda.get(f"{OFFICE}/terminals").text, "there is nothing to choose"


def options(page: str, name: str) -> list[str]:
    """What a form offers for a field, with the one that is chosen in it, if any, at the end."""
    (found,) = re.findall(rf'<select id="f-{name}".*?</select>', page, re.DOTALL)
    pairs = re.findall(r'<option value="([^"]*)"( selected)?>', found)
    return [value for value, _chosen in pairs] + [f"chosen {value}" for value, chosen in pairs if chosen]


KEY = str(UUID(int=9))
SHEET = {"store": "", "count": "5", "paper": "a4", "language": "fr", "second_language": "de", "_key": KEY}
TILL = {"store_id": "", "name": "Till N"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("page", "target", "sent"),
    [("enrolment?count=5", "enrolment", SHEET), ("terminals?pair=true", "terminals/pairing", TILL)],
)
def test_a_form_preselects_no_store_of_several(
    staffed: Staffed, belval: str, page: str, target: str, sent: dict[str, str]
) -> None:
    owner, field = staffed.owner.browser(), next(iter(sent))
    several = ["", belval, staffed.store_id]
    assert options(owner.get(f"{OFFICE}/{page}").text, field) == [*several, "chosen "]
    assert options(owner.get(f"{OFFICE}/{page}&store={belval}").text, field) == [*several, f"chosen {belval}"]
    refused = owner.form(f"{OFFICE}/{target}", **sent)
    assert (refused.status_code, "Please fill this in." in refused.text) == (422, True)
    assert options(refused.text, field) == [*several, "chosen "]


@pytest.mark.slow
def test_the_only_store_of_a_manager_is_chosen_in_forms(staffed: Staffed, belval: str) -> None:
    token = signed_in(staffed.server, SLUG, Role.MANAGER, "Belval", email="bert@example.com")
    page = Caller(staffed.app, token).browser().get(f"{OFFICE}/terminals?pair=true").text
    assert options(page, "store_id") == [belval]


@pytest.fixture(scope="module")
def cashier_of_gare(staffed: Staffed) -> Caller:
    token = signed_in(staffed.server, SLUG, Role.CASHIER, "Gare", email="bea@example.com")
    return Caller(staffed.app, token).browser()


@pytest.mark.slow
@pytest.mark.parametrize("page", ["counter", "counter/new", "counter/receipt"])
def test_the_counter_asks_for_the_store_before_it_serves(
    staffed: Staffed, belval: str, cashier_of_gare: Caller, page: str
) -> None:
    owner = staffed.owner.browser()
    asked = owner.get(f"{OFFICE}/{page}").text
    assert "In which store do you serve?" in asked
    assert f'action="{OFFICE}/counter' not in asked, "nothing is given before a store is chosen"
    for store in (belval, staffed.store_id):
        assert f'href="{OFFICE}/{page}?at={store}"' in asked
        assert f'value="{store}"' in owner.get(f"{OFFICE}/{page}?at={store}").text
    assert f'value="{staffed.store_id}"' in cashier_of_gare.get(f"{OFFICE}/{page}").text, "there is one store alone"


def test_a_form_of_the_counter_that_is_wrong_comes_back_in_its_store(staffed: Staffed, belval: str) -> None:
    wrong = staffed.owner.browser().form(f"{OFFICE}/counter/new", store=belval, name="x" * 81, _key=str(uuid4()))
    assert (wrong.status_code, f'name="store" value="{belval}"' in wrong.text) == (422, True)


def test_the_preview_of_a_sheet_asks_for_no_store(staffed: Staffed, belval: str) -> None:
    order = "store=&count=5&paper=a4&language=fr&second_language=de"
    assert staffed.owner.browser().get(f"{OFFICE}/enrolment?{order}").status_code == 200
