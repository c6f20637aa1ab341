// PouchDB's own server on LevelDB, as it comes. Usage: node server.js FOLDER; prints its port.
const path = require("path");
const express = require("express");
const folder = process.argv[2];
const PouchDB = require("pouchdb").defaults({ prefix: path.join(folder, "db-") });
const app = express();
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
