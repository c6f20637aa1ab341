// Keeps a customer's last pages for when there is no network: the network first, and after two seconds what was kept, which
// says so. It serves one company's pages; what leads away from the card deletes everything.
"use strict";
const SLUG = new URL(self.registration.scope).pathname.split("/")[1];
const KEPT = `card-${SLUG}`;
const PAGES = ["card", "rewards", "history"].map((name) => `/${SLUG}/${name}`);
const PATIENCE_MS = 2000;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

const keep = async (request, answer) => {
  const cache = await caches.open(KEPT);
  const headers = new Headers(answer.headers);
  headers.set("x-kept-at", String(Date.now()));
  await cache.put(request, new Response(await answer.blob(), { status: answer.status, headers }));
};

const kept = async (request) => {
  const answer = await (await caches.open(KEPT)).match(request, { ignoreSearch: true });
  if (!answer) return undefined;
  const headers = new Headers(answer.headers);
  const html = (await answer.text()).replace("<html ", `<html data-kept-at="${headers.get("x-kept-at")}" `);
  return new Response(html, { headers });
};

const page = async (request) => {
  const asked = fetch(request).then(async (answer) => {
    if (answer.status === 200 && !answer.redirected) await keep(request.url.split("?")[0], answer.clone());
    else if (answer.status === 401 || answer.redirected || answer.type === "opaqueredirect") await caches.delete(KEPT);
    return answer;
  });
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const first = await Promise.race([asked.catch(() => undefined), late]);
  return first ?? (await kept(request)) ?? asked;
};

const file = async (request) => {
  const cache = await caches.open(KEPT);
  const found = await cache.match(request);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
};

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== self.location.origin || event.request.method !== "GET") return;
  if (PAGES.includes(url.pathname)) event.respondWith(page(event.request));
  else if (url.pathname.startsWith("/static/") || [`/${SLUG}/look.css`, `/${SLUG}/logo`].includes(url.pathname))
    event.respondWith(file(event.request));
});
