// The counter without a script is whole; this adds shortcuts, the points of an amount, the time to undo, the camera, and
// the word that the network is gone.
"use strict";
(() => {
  const page = document.getElementById("counter");
  if (!page) return;
  const field = document.getElementById("f-code");

  // Shortcuts, as at a till: Ctrl S stamps, Ctrl Enter gives the points, Ctrl R the first reward, Ctrl Z undoes.
  const buttons = new Map([...page.querySelectorAll("[data-key]")].map((each) => [each.dataset.key, each]));
  for (const each of page.querySelectorAll("kbd")) each.hidden = false;
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey) return;
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const button = buttons.get(name);
    if (name === "z" && document.activeElement.value) return;
    if (!button || (name === "r" && event.shiftKey)) return;
    event.preventDefault();
    button.click();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && field) {
      field.value = "";
      field.focus();
    }
  });

  // A button is pressed once.
  for (const form of page.querySelectorAll("form[method=post]"))
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent || page.inert) event.preventDefault();
      else form.dataset.sent = "yes";
    });
  addEventListener("pageshow", () => {
    for (const form of page.querySelectorAll("form")) delete form.dataset.sent;
  });

  // What an amount gives; the server counts it again.
  const earn = page.querySelector(".points-form");
  if (earn) {
    const amount = earn.querySelector("[name=amount]");
    const button = earn.querySelector("button");
    const label = button.querySelector("span");
    const idle = label.textContent;
    const language = earn.dataset.language;
    const digits = Number(earn.dataset.digits);
    const plural = new Intl.PluralRules(language === "lb" ? "de" : language);
    const numbers = new Intl.NumberFormat(language === "lb" ? "de" : language);
    const show = () => {
      const typed = /^(\d{1,12})(?:[.,](\d*))?$/.exec(amount.value.replace(/\s/g, ""));
      if (!typed || (typed[2] ?? "").length > digits) {
        label.textContent = idle;
        return;
      }
      const minor = BigInt(typed[1] + (typed[2] ?? "").padEnd(digits, "0"));
      const points = (minor * BigInt(earn.dataset.rate)) / 10n ** BigInt(digits + 6);
      const said = plural.select(Number(points)) === "one" ? button.dataset.one : button.dataset.many;
      const whole = `${typed[1]}${digits ? (1.1).toLocaleString(language === "lb" ? "de" : language)[1] : ""}${(typed[2] ?? "").padEnd(digits, "0")}`;
      label.textContent = button.dataset.template
        .replace("{amount}", `${whole} ${earn.querySelector(".unit").textContent}`)
        .replace("{points}", said.replace("{count}", `+${numbers.format(points)}`));
    };
    amount.addEventListener("input", show);
    show();
  }

  // Undo becomes Void after its time.
  const undo = page.querySelector("[data-undo]");
  if (undo) {
    const said = undo.querySelector("span");
    const word = said.textContent;
    let left = Number(undo.dataset.undo);
    const tick = () => {
      said.textContent = left > 0 ? `${word} ${left} s` : undo.dataset.then;
      if (left-- > 0) setTimeout(tick, 1000);
      else undo.closest("li").classList.remove("just-now");
    };
    tick();
  }

  // Without network the whole page says so.
  const offline = document.getElementById("offline");
  const say = (isOffline) => {
    if (offline.hidden !== isOffline) return;
    offline.hidden = !isOffline;
    page.inert = isOffline;
    page.classList.toggle("gone", isOffline);
    document.querySelector(".online")?.toggleAttribute("hidden", isOffline);
    if (!isOffline && field) field.focus();
  };
  const ask = async () => {
    try {
      await fetch("/health", { cache: "no-store", signal: AbortSignal.timeout(5000) });
      say(false);
    } catch {
      say(true);
    }
  };
  addEventListener("offline", () => say(true));
  addEventListener("online", ask);
  if (!navigator.onLine) say(true);
  setInterval(() => {
    if (!document.hidden) ask();
  }, 10000);

  // The camera reads the code of a card: by the browser's own decoder, else by jsQR.
  const camera = document.getElementById("camera");
  if (!camera || !navigator.mediaDevices?.getUserMedia) return;
  camera.hidden = false;
  const video = camera.querySelector("video");
  const on = camera.querySelector("[data-on]");
  const off = camera.querySelector("[data-off]");
  const words = (name) => {
    for (const each of camera.querySelectorAll("[data-said]")) each.hidden = each.dataset.said !== name;
  };
  const canvas = document.createElement("canvas");
  const drawing = canvas.getContext("2d", { willReadFrequently: true });
  let stream = null;

  const loaded = () =>
    new Promise((resolve, reject) => {
      if (window.jsQR) return resolve();
      const script = document.createElement("script");
      script.src = camera.dataset.decoder;
      script.onload = resolve;
      script.onerror = reject;
      document.head.append(script);
    });
  const decoder = async () => {
    if ("BarcodeDetector" in window && (await BarcodeDetector.getSupportedFormats()).includes("qr_code")) {
      const detector = new BarcodeDetector({ formats: ["qr_code"] });
      return async () => (await detector.detect(video))[0]?.rawValue;
    }
    await loaded();
    return async () => {
      const scale = Math.min(1, 640 / video.videoWidth);
      canvas.width = video.videoWidth * scale;
      canvas.height = video.videoHeight * scale;
      drawing.drawImage(video, 0, 0, canvas.width, canvas.height);
      const picture = drawing.getImageData(0, 0, canvas.width, canvas.height);
      return window.jsQR(picture.data, picture.width, picture.height)?.data;
    };
  };
  const stop = () => {
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = null;
    video.hidden = off.hidden = true;
    on.hidden = false;
    words("off");
    sessionStorage.removeItem("camera");
  };
  const start = async () => {
    try {
      const read = await decoder();
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      await video.play();
      video.hidden = off.hidden = false;
      on.hidden = true;
      words("");
      sessionStorage.setItem("camera", "on");
      let before = sessionStorage.getItem("seen");
      const look = async () => {
        if (!stream) return;
        const text = page.inert ? undefined : await read().catch(() => undefined);
        if (text && text !== before) {
          sessionStorage.setItem("seen", text);
          field.value = text;
          field.form.elements.by_camera.value = "true";
          field.form.requestSubmit();
          return;
        }
        if (!text && before && Date.now() - since > 2000) {
          before = null; // the card was taken away, and may be shown again
          sessionStorage.removeItem("seen");
        }
        if (text) since = Date.now();
        setTimeout(look, 120);
      };
      let since = Date.now();
      look();
    } catch {
      stop();
      words("none");
    }
  };
  on.addEventListener("click", start);
  off.addEventListener("click", stop);
  if (sessionStorage.getItem("camera")) start();
})();
