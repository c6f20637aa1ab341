// A PouchDB client on LevelDB. Usage: node client.js FOLDER URL TASK COUNT BATCH (0: as it comes).
// Prints one JSON line of seconds: {"seconds": …} or, for live, {"p50": …, "p95": …}.
const crypto = require("crypto");
const path = require("path");
const [folder, url, task, countText, batchText] = process.argv.slice(2);
const PouchDB = require("pouchdb");
const here = (name) => path.join(folder, name);
const count = Number(countText);
const batch = Number(batchText);
const options = batch ? { batch_size: batch, batches_limit: 2 } : {};
const now = () => Number(process.hrtime.bigint()) / 1e9;

const id = (n) => "01920000-0000-7000-8000-" + String(n).padStart(12, "0");
const bytes = (n) => crypto.createHash("sha256").update(String(n)).digest("base64");

// What a till of ours sends of an entry, and what it gets of a card: the same fields, and not one more.
const entry = (n) => ({
  _id: id(n),
  v: 1,
  seq: n + 1,
  hash: bytes(n),
  kind: "points_earned",
  occurred_at: "2026-11-23T12:00:00.250967Z",
  wall: "2026-11-23T12:00:00.250967Z",
  boot: "8003afb2-90cf-493e-aecc-c9942a829e2d",
  monotonic_ms: 7465055 + n,
  running_ms: 12 + n,
  body: { amount_minor: 100 + (n % 4900), receipt: null },
  anchored_at: "2026-11-23T11:59:59.987967Z",
  card: { by: "card", id: id(n % 5000) },
  card_version: 5 + (n % 5000),
  essentials: 5005,
  program: 1,
});
const card = (n) => ({
  _id: id(n),
  token: bytes(n),
  number: bytes(-n),
  number_key: 90125577,
  number_end: String(n % 10000).padStart(4, "0"),
  created_at: "2026-11-23T12:00:00.250967Z",
  points_balance: n % 700,
});

async function fill(db, make) {
  for (let start = 0; start < count; start += 5000) {
    const rows = [];
    for (let n = start; n < Math.min(start + 5000, count); n++) rows.push(make(n));
    await db.bulkDocs(rows);
  }
}

async function main() {
  const remote = new PouchDB(url + "/company");
  const local = new PouchDB(here("till"));
  if (task === "drain") {
    await fill(local, entry);
    const from = now();
    await local.replicate.to(remote, options);
    console.log(JSON.stringify({ seconds: now() - from }));
  } else if (task === "drain-both-ways") {
    // The answers have a database of their own, so that the till need not look through its own entries again.
    const answers = new PouchDB(url + "/answers");
    await answers.info();
    await fill(local, entry);
    const from = now();
    await local.replicate.to(remote, options);
    const judged = await fetch(url + "/judge/" + count, { method: "POST" });
    if (!judged.ok) throw new Error("the server did not answer the entries");
    await new PouchDB(here("answers")).replicate.from(answers, options);
    console.log(JSON.stringify({ seconds: now() - from }));
  } else if (task === "fill") {
    await fill(remote, card);
    console.log(JSON.stringify({ seconds: 0 }));
  } else if (task === "bootstrap") {
    const from = now();
    await local.replicate.from(remote, options);
    console.log(JSON.stringify({ seconds: now() - from }));
  } else if (task === "live") {
    const other = new PouchDB(here("other"));
    const arrived = new Map();
    local.replicate.to(remote, { live: true, ...options });
    other.replicate.from(remote, { live: true, ...options });
    other.changes({ live: true, since: "now" }).on("change", (change) => arrived.get(change.id)?.());
    await new Promise((resolve) => setTimeout(resolve, 2000)); // both live replications are under way
    const waits = [];
    for (let n = 0; n < count; n++) {
      const from = now();
      const there = new Promise((resolve) => arrived.set(entry(n)._id, resolve));
      await local.put(entry(n));
      await there;
      waits.push(now() - from);
    }
    waits.sort((a, b) => a - b);
    const at = (share) => waits[Math.min(waits.length - 1, Math.floor(share * waits.length))];
    console.log(JSON.stringify({ p50: at(0.5), p95: at(0.95) }));
  }
  process.exit(0);
}

main();
