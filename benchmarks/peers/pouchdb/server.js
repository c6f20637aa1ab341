// PouchDB's own server on LevelDB, as it comes. Usage: node server.js FOLDER; prints its port.
const path = require("path");
const express = require("express");
const folder = process.argv[2];
const PouchDB = require("pouchdb").defaults({ prefix: path.join(folder, "db-") });
const app = express();

// A word on every entry and the card it changed, as our server says them; nothing is looked up and no rule is asked.
const id = (n) => "01920000-0000-7000-8000-" + String(n).padStart(12, "0");
app.post("/judge/:count", async (request, response) => {
  const count = Number(request.params.count);
  const answers = new PouchDB("answers");
  for (let start = 0; start < count; start += 5000) {
    const rows = [];
    for (let n = start; n < Math.min(start + 5000, count); n++) {
      rows.push({ _id: "verdict-" + id(n), seq: n + 1, word: "accepted", card: id(n % 5000), points: n % 73 });
      if (n < 5000) rows.push({ _id: "card-" + id(n), number_end: String(n).padStart(4, "0"), points_balance: n % 700 });
    }
    await answers.bulkDocs(rows);
  }
  response.sendStatus(204);
});
app.use(
  "/",
  require("express-pouchdb")(PouchDB, {
    configPath: path.join(folder, "config.json"),
    logPath: path.join(folder, "log.txt"),
    inMemoryConfig: true,
    mode: "minimumForPouchDB",
  }),
);
const listener = app.listen(0, "127.0.0.1", () => console.log(listener.address().port));
