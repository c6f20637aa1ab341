// Keeps the card true while it is looked at, and what was seen last for when there is no network. Without scripts the page
// is true when it is loaded.
"use strict";
(() => {
  const HIDDEN_MS = 5 * 60_000; // then nobody looks any more
  const AGAIN_MS = 20_000; // where no stream is to be had
  const root = document.documentElement;
  const state = document.getElementById("state");
  const slug = location.pathname.split("/")[1];

  if ("serviceWorker" in navigator) {
    navigator.serviceWorker.register(`/${slug}/worker.js`, { scope: `/${slug}/` }).catch(() => {});
  }
  if (document.body.dataset.card === undefined && "caches" in window) {
    caches.delete(`card-${slug}`); // nobody's card is in this browser any more
  }
  const again = document.querySelector("[data-again]");
  if (again) setTimeout(() => location.replace(again.dataset.again), AGAIN_MS); // what is shown is not ready yet
  if (!state) return;

  const say = (keptAt) => {
    const time = new Intl.DateTimeFormat(root.lang, { hour: "2-digit", minute: "2-digit" }).format(keptAt);
    state.textContent = state.dataset.kept.replace("{time}", time);
  };
  if (root.dataset.keptAt) say(new Date(Number(root.dataset.keptAt)));

  let events = null;
  let seen = -1;
  let shownAt = new Date();

  const show = async () => {
    try {
      const answer = await fetch(location.href, { redirect: "manual", headers: { "X-Orion-Poll": "1" } });
      if (answer.type === "opaqueredirect") return location.reload();
      if (answer.status !== 200) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (page.documentElement.dataset.keptAt) return;
      const next = page.getElementById("content");
      const content = document.getElementById("content");
      if (next.innerHTML !== content.innerHTML) {
        content.replaceChildren(...next.childNodes);
        content.classList.add("moved");
      }
      state.textContent = state.dataset.fresh;
      shownAt = new Date();
    } catch {
      say(shownAt); // no network: what stands here is the latest that is known
    }
  };

  const listen = () => {
    if (events || document.hidden) return;
    events = new EventSource(`/api/customer/v1/${slug}/card/events`);
    events.onmessage = (event) => {
      const { version } = JSON.parse(event.data);
      if (seen >= 0 ? version > seen : version > Number(document.body.dataset.version)) show();
      else state.textContent = state.dataset.fresh;
      seen = version;
    };
    events.onerror = () => {
      say(shownAt);
      if (events.readyState !== EventSource.CLOSED) return; // it tries again by itself
      events = null;
      setTimeout(() => show().then(listen), AGAIN_MS);
    };
  };

  let hiding = 0;
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiding);
    if (document.hidden) {
      hiding = setTimeout(() => {
        events?.close();
        events = null;
      }, HIDDEN_MS);
    } else if (!events) {
      show().then(listen);
    }
  });
  listen();

  if ("wakeLock" in navigator) {
    const stayAwake = () => document.hidden || navigator.wakeLock.request("screen").catch(() => {});
    document.addEventListener("visibilitychange", stayAwake);
    stayAwake();
  }
})();
