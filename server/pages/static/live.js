// Keeps a page true while it is looked at: it is asked for again every few seconds, and its parts that have changed are
// replaced where they stand. What would move the others, such as a new row, waits for a button; only a list that was empty
// fills by itself. A request of this kind keeps no session alive. Without a script the page is true when it is loaded.
"use strict";
(() => {
  const EVERY_MS = 3000;
  const content = document.querySelector("#content[data-is-live]");
  if (!content) return;
  const offer = document.getElementById("newer");
  let mark = ""; // of the page as it stands here
  let newest = null; // the page as it is now, where it has other parts

  const parts = (page) => new Map([...page.querySelectorAll("[data-live]")].map((part) => [part.id, part]));
  const order = (page) => [...parts(page).keys()].join(" ");

  // What somebody has opened, marked or reached by keyboard stays until they leave it.
  const isInUse = (part) => {
    const marked = getSelection();
    return (
      part.contains(document.activeElement) ||
      part.querySelector("details[open]") !== null ||
      (!marked.isCollapsed && marked.containsNode(part, true))
    );
  };

  const showNewest = () => {
    content.querySelector(".page").replaceWith(newest.querySelector(".page"));
    newest = null;
    offer.hidden = true;
  };

  // Takes over what has changed; false if some of it could not be.
  const take = (page) => {
    const found = parts(page);
    let isWhole = true;
    for (const [id, part] of parts(content)) {
      const next = found.get(id);
      if (!next || next.outerHTML === part.outerHTML) continue;
      if (isInUse(part)) isWhole = false;
      else part.replaceWith(next.cloneNode(true));
    }
    newest = order(page) === order(content) ? null : page;
    offer.hidden = newest === null;
    const isEmpty = content.querySelector("tbody") === null;
    if (newest && isEmpty && !isInUse(content)) showNewest();
    return isWhole;
  };

  const look = async () => {
    if (!document.hidden) {
      try {
        const headers = { "X-Orion-Poll": "1", ...(mark && { "If-None-Match": mark }) };
        const answer = await fetch(location.href, { headers, redirect: "manual" });
        if (answer.type === "opaqueredirect") {
          document.getElementById("newer-ended").hidden = false;
          return;
        }
        if (answer.status === 200) {
          const page = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("content");
          mark = take(page) ? answer.headers.get("ETag") : "";
        }
      } catch {
        // No network: what stands here is the latest that is known.
      }
    }
    setTimeout(look, EVERY_MS);
  };

  offer.addEventListener("click", () => {
    showNewest();
    content.focus({ preventScroll: true });
  });
  setTimeout(look, EVERY_MS);
})();
