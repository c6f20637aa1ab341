"""The vectors in docs/protocol.md agree with the code, so that another implementation can rely on the page.

Tests named "by its words" follow the page's text without our code, so that both cannot share an error.
"""

import hmac
import json
import re
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.protocol import authenticity, chain, messages, pairing_secret, sealing
from tests.support.tree import ROOT

Vector = dict[str, Any]

PAGE = ROOT / "docs" / "protocol.md"
BLOCKS = re.findall(r"^```json\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
VECTORS: dict[str, Vector] = {block["vector"]: block for block in map(json.loads, BLOCKS) if "vector" in block}


def hexed(text: str) -> bytes:
    return bytes.fromhex(text)


def ids(vector: Vector) -> tuple[UUID, UUID, UUID]:
    return UUID(vector["company"]), UUID(vector["terminal"]), UUID(vector["journal"])


def test_the_page_has_a_vector_for_everything_both_ends_agree_on() -> None:
    bytes_vectors = {"chain", "head", "seal", "sealed-box", "name", "look-ups", "token", "pin-verifier"}
    bytes_vectors |= {"revocation", "new-keys", "pool", "phone", "proved-answer", "pairing"}
    assert bytes_vectors <= VECTORS.keys()


def test_the_chain_of_the_page_is_the_codes() -> None:
    vector = VECTORS["chain"]
    head = chain.genesis(*ids(vector))
    assert head == hexed(vector["genesis"])
    for row in vector["rows"]:
        assert chain.entry_hash(row["entry"].encode()) == hexed(row["entry_hash"])
        head = chain.link(head, row["seq"], hexed(row["entry_hash"]))
        assert head == hexed(row["hash"])
    written = [(row["seq"], hexed(row["entry_hash"]), hexed(row["hash"])) for row in vector["rows"]]
    assert chain.verify(hexed(vector["genesis"]), 1, written) is None


def test_the_chain_of_the_page_follows_by_its_words() -> None:
    vector = VECTORS["chain"]
    head = sha256(b"orion-journal-1" + b"".join(one.bytes for one in ids(vector))).digest()
    for row in vector["rows"]:
        head = sha256(head + bytes([0] * 7 + [row["seq"]]) + sha256(row["entry"].encode()).digest()).digest()
        assert head == hexed(row["hash"])


def test_the_signed_head_of_the_page_is_the_codes() -> None:
    vector = VECTORS["head"]
    key = chain.SigningKey(hexed(vector["private_key"]))
    said: dict[str, Any] = {"last_seq": vector["last_seq"], "head": hexed(vector["head"])}
    signature = hexed(vector["signature"])
    assert key.public == hexed(vector["public_key"])
    assert chain.head_message(*ids(vector), **said) == hexed(vector["message"])
    assert chain.sign_head(key, *ids(vector), **said) == signature  # Ed25519 has one signature for each message
    assert chain.head_is_signed(key.public, *ids(vector), **said, signature=signature)


def test_the_seal_of_the_page_is_the_codes() -> None:
    vector = VECTORS["seal"]
    key = chain.SigningKey(hexed(vector["private_key"]))
    said: dict[str, Any] = {name: vector[name] for name in ("epoch", "version", "acked_seq")}
    signature = hexed(vector["signature"])
    assert key.public == hexed(vector["public_key"])
    assert chain.seal_message(*ids(vector), **said) == hexed(vector["message"])
    assert chain.sign_seal(key, *ids(vector), **said) == signature
    assert chain.seal_is_signed(key.public, *ids(vector), **said, signature=signature)


def test_the_signed_revocation_of_the_page_is_the_codes() -> None:
    vector = VECTORS["revocation"]
    key, signature = chain.SigningKey(hexed(vector["private_key"])), hexed(vector["signature"])
    assert key.public == hexed(vector["public_key"])
    assert hexed(vector["message"]) == b"orion-revoked-1" + b"".join(one.bytes for one in ids(vector))
    assert chain.revoked_message(*ids(vector)) == hexed(vector["message"])
    assert chain.sign_revoked(key, *ids(vector)) == signature
    assert chain.revocation_is_signed(key.public, *ids(vector), signature=signature)


def test_the_signed_keys_of_the_page_are_the_codes() -> None:
    vector = VECTORS["new-keys"]
    key, signature = chain.SigningKey(hexed(vector["private_key"])), hexed(vector["signature"])
    company, terminal, keys = UUID(vector["company"]), UUID(vector["terminal"]), vector["keys"].encode()
    message = b"orion-new-keys-1" + company.bytes + terminal.bytes + sha256(keys).digest()
    assert message == hexed(vector["message"]) == chain.keys_message(company, terminal, keys)
    assert chain.sign_keys(key, company, terminal, keys) == signature
    assert chain.keys_are_signed(key.public, company, terminal, keys, signature=signature)


def test_the_sealed_box_of_the_page_opens() -> None:
    vector = VECTORS["sealed-box"]
    recipient = sealing.SealingKey(hexed(vector["recipient_private_key"]))
    ephemeral = sealing.SealingKey(hexed(vector["ephemeral_private_key"]))
    sealed = hexed(vector["sealed"])
    assert recipient.public == hexed(vector["recipient_public_key"])
    assert sealed.startswith(ephemeral.public + hexed(vector["nonce"]))
    assert len(sealed) == len(vector["plaintext"]) + 60
    assert sealing.unseal(recipient, sealed, vector["purpose"]) == vector["plaintext"].encode()


def test_the_sealed_box_of_the_page_opens_by_its_words() -> None:
    vector = VECTORS["sealed-box"]
    recipient = X25519PrivateKey.from_private_bytes(hexed(vector["recipient_private_key"]))
    sealed = hexed(vector["sealed"])
    shared = recipient.exchange(X25519PublicKey.from_public_bytes(sealed[:32]))
    assert shared == hexed(vector["shared_secret"])
    pseudorandom = hmac.digest(sealed[:32] + hexed(vector["recipient_public_key"]), shared, "sha256")  # RFC 5869
    key = hmac.digest(pseudorandom, vector["purpose"].encode() + b"\x01", "sha256")
    assert key == hexed(vector["box_key"])
    assert AESGCM(key).decrypt(sealed[32:44], sealed[44:], None) == vector["plaintext"].encode()


def test_the_pool_of_the_page_opens() -> None:
    vector = VECTORS["pool"]
    box = sealing.unseal(
        sealing.SealingKey(hexed(vector["recipient_private_key"])), hexed(vector["sealed"]), "orion-pool-1"
    )
    assert json.loads(box) == vector["message"]
    pool = messages.decode(messages.Pool, box)
    assert messages.encode(pool) == box
    assert [(one.number, one.token) for one in pool.blanks] == [("509311762248", VECTORS["token"]["token"])]


def test_the_answer_of_the_page_is_both_ends() -> None:
    vector = VECTORS["phone"]
    till, server = (sealing.SealingKey(hexed(vector[f"{end}_private_key"])) for end in ("terminal", "server"))
    publics = {"terminal_public": till.public, "server_public": server.public}
    staff = UUID(vector["staff"])
    for mine, theirs in ((till, server.public), (server, till.public)):
        key = sealing.phone_key(mine, theirs, **publics)
        assert key == hexed(vector["key"])
        company, terminal = UUID(vector["company"]), UUID(vector["terminal"])
        assert sealing.phone_answer(key, company, terminal, staff, vector["challenge"]) == vector["answer"]


def test_the_answer_of_the_page_follows_by_its_words() -> None:
    vector = VECTORS["phone"]
    till = X25519PrivateKey.from_private_bytes(hexed(vector["terminal_private_key"]))
    server = X25519PrivateKey.from_private_bytes(hexed(vector["server_private_key"]))
    publics = [one.public_key().public_bytes_raw() for one in (till, server)]
    pseudorandom = hmac.digest(b"".join(publics), till.exchange(server.public_key()), "sha256")  # RFC 5869
    key = hmac.digest(pseudorandom, b"orion-phone-1\x01", "sha256")
    assert key == hexed(vector["key"])
    ids = b"".join(UUID(vector[name]).bytes for name in ("company", "terminal", "staff"))
    digest = hmac.digest(key, b"orion-phone-1" + ids + vector["challenge"].encode("ascii"), "sha256")
    assert f"{int.from_bytes(digest[:8], 'big') % 10**8:08}" == vector["answer"]


def test_the_proofs_of_the_page_are_the_codes() -> None:
    vector = VECTORS["proved-answer"]
    own, server = (sealing.SealingKey(hexed(vector[f"{whose}_private_key"])) for whose in ("terminal", "server"))
    publics = {"terminal_public": own.public, "server_public": server.public}
    key = sealing.answer_key(own, server.public, **publics)
    assert key == sealing.answer_key(server, own.public, **publics) == hexed(vector["key"])
    nonce, token, target = (str(vector[part]) for part in ("nonce", "token", "target"))
    digest = authenticity.request_digest(nonce, token, target, vector["request"].encode())
    assert digest == hexed(vector["request_digest"])
    said = authenticity.response_mac(key, digest, vector["status"], vector["response"].encode())
    assert said == vector["response_mac"]
    assert authenticity.hint_mac(key, digest, vector["hint_number"], vector["hint"].encode()) == vector["hint_mac"]
    signing = chain.SigningKey(hexed(vector["signing_private_key"]))
    assert chain.sign_unknown(signing, digest) == hexed(vector["unknown_signature"])
    assert chain.unknown_is_signed(signing.public, digest, signature=hexed(vector["unknown_signature"]))


def test_the_proofs_of_the_page_follow_by_its_words() -> None:
    vector = VECTORS["proved-answer"]
    parts = [vector[part].encode() for part in ("nonce", "token", "target", "request")]
    digest = sha256(b"orion-request-1" + b"".join(sha256(part).digest() for part in parts)).digest()
    body = sha256(vector["response"].encode()).digest()
    message = b"orion-response-1" + digest + vector["status"].to_bytes(8, "big") + body
    assert hmac.new(hexed(vector["key"]), message, "sha256").hexdigest() == vector["response_mac"]
    data = sha256(vector["hint"].encode()).digest()
    message = b"orion-hint-1" + digest + vector["hint_number"].to_bytes(8, "big") + data
    assert hmac.new(hexed(vector["key"]), message, "sha256").hexdigest() == vector["hint_mac"]


@pytest.mark.slow
def test_the_code_of_pairing_of_the_page_is_the_codes() -> None:
    vector = VECTORS["pairing"]
    secret = pairing_secret.secret_of(vector["typed"])
    assert (secret.id, secret.key) == (hexed(vector["id"]), hexed(vector["key"]))
    digest = authenticity.request_digest(vector["nonce"], "", "POST /sync/v1/pair", vector["request"].encode())
    assert digest == hexed(vector["request_digest"])
    assert authenticity.pairing_mac(secret.key, digest) == vector["request_mac"]
    assert authenticity.response_mac(secret.key, digest, 200, vector["response"].encode()) == vector["response_mac"]


def test_the_page_names_every_purpose_of_a_sealed_box() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [purpose for purpose in sealing.Purpose if f"| `{purpose}` |" not in page] == []


def test_the_name_of_the_page_is_read() -> None:
    vector = VECTORS["name"]
    encrypted = hexed(vector["encrypted"])
    assert encrypted.startswith(hexed(vector["nonce"]))
    assert (
        sealing.decrypt(sealing.Key(1, hexed(vector["data_key"])), UUID(vector["row_id"]), encrypted) == vector["text"]
    )


@pytest.mark.parametrize(
    "lookup", VECTORS["look-ups"]["lookups"], ids=lambda lookup: f"{lookup['kind']} {lookup['typed']}"
)
def test_the_look_ups_of_the_page_are_the_codes(lookup: Vector) -> None:
    key = sealing.Key(1, hexed(VECTORS["look-ups"]["lookup_key"]))
    typed = lookup["typed"]
    normal: str | None
    found: bytes | None
    match lookup["kind"]:
        case "number":
            normal, found = typed, sealing.number_hmac(key, typed)
        case "email":
            normal, found = sealing.normal_email(typed), sealing.email_hmac(key, typed)
        case "phone":
            country = lookup["country"]
            normal, found = sealing.normal_phone(typed, country), sealing.phone_hmac(key, typed, country)
        case "code":
            normal, found = sealing.normal_old_code(typed), sealing.old_code_hmac(key, typed)
        case unknown:
            pytest.fail(f"a look-up of a kind nobody makes: {unknown}")
    assert normal == lookup["normal"]
    assert found == (None if lookup["hmac"] is None else hexed(lookup["hmac"]))


def test_the_look_ups_of_the_page_follow_by_its_words() -> None:
    key = hexed(VECTORS["look-ups"]["lookup_key"])
    for lookup in VECTORS["look-ups"]["lookups"]:
        if lookup["normal"] is not None:
            message = lookup["kind"].encode("ascii") + bytes(1) + lookup["normal"].encode()
            assert hmac.digest(key, message, "sha256") == hexed(lookup["hmac"])


def test_the_token_of_the_page_has_its_hash() -> None:
    assert sealing.token_hash(VECTORS["token"]["token"]) == hexed(VECTORS["token"]["hash"])


@pytest.mark.slow
def test_the_pin_of_the_page_matches_its_verifier() -> None:
    vector = VECTORS["pin-verifier"]
    stored = vector["verifier"]
    verifier = sealing.PinVerifier(
        **{**stored, **{name: hexed(stored[name]) for name in ("salt", "nonce", "ciphertext")}}
    )
    pepper = sealing.Key(vector["pepper"]["id"], hexed(vector["pepper"]["secret"]))
    staff_id = UUID(vector["staff_id"])
    assert sealing.pin_matches(vector["pin"], staff_id, verifier, pepper)
    assert not sealing.pin_matches(vector["pin"] + "0", staff_id, verifier, pepper)


def test_the_pin_hash_of_the_page_lies_under_its_pepper() -> None:
    vector = VECTORS["pin-verifier"]
    nonce, ciphertext = hexed(vector["verifier"]["nonce"]), hexed(vector["verifier"]["ciphertext"])
    digest = AESGCM(hexed(vector["pepper"]["secret"])).decrypt(nonce, ciphertext, UUID(vector["staff_id"]).bytes)
    assert digest == hexed(vector["argon2id"])


@pytest.mark.slow
def test_a_new_verifier_has_the_parameters_of_the_page() -> None:
    stored = VECTORS["pin-verifier"]["verifier"]
    fresh = sealing.make_verifier("4711", UUID(VECTORS["pin-verifier"]["staff_id"]), sealing.new_key())
    assert [fresh.memory_kib, fresh.time_cost, fresh.parallelism] == [
        stored[name] for name in ("memory_kib", "time_cost", "parallelism")
    ]
    assert [len(fresh.salt), len(fresh.nonce), len(fresh.ciphertext)] == [
        len(hexed(stored[name])) for name in ("salt", "nonce", "ciphertext")
    ]
