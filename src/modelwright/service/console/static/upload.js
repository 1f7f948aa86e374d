// Uploads a model's folder or an archive through /v1/uploads, piece by piece; what breaks off goes on where it was.

const PIECE = 4 * 1024 * 1024;
const PAUSES = [500, 1000, 2000, 4000, 8000];

class Stopped extends Error {}
class Refused extends Error {}

/** Makes a drop zone take files; `done` hears the URL of the folder that an upload became. */
export function uploadTo(zone, done) {
  const state = zone.querySelector("[data-state]");
  const bar = zone.querySelector("progress");
  const text = zone.querySelector("[data-text]");
  let running = null;

  async function begin(files) {
    running?.abort();
    const control = new AbortController();
    running = control;
    state.hidden = false;
    zone.classList.remove("refused");
    bar.removeAttribute("value");
    try {
      const say = (key, values) => {
        text.textContent = fillIn(zone.dataset[key], values);
      };
      const url = await upload(files, zone.dataset.csrf, control.signal, say, (part) => {
        bar.value = part;
      });
      done(url);
    } catch (error) {
      if (running !== control) return;
      if (error instanceof Stopped) text.textContent = zone.dataset.stopped;
      else text.textContent = fillIn(zone.dataset.failed, { message: error.message });
      zone.classList.toggle("refused", !(error instanceof Stopped));
    } finally {
      if (running === control) {
        running = null;
        state.hidden = true;
      }
    }
  }

  function take(files) {
    const shown = files.filter(({ name }) => !name.split("/").some((part) => part.startsWith(".")));
    if (shown.length === 0) text.textContent = zone.dataset.empty;
    else begin(shown);
  }

  zone.querySelector("[data-stop]").addEventListener("click", () => running?.abort());
  for (const input of zone.querySelectorAll("[data-files]")) {
    input.addEventListener("change", () => {
      take([...input.files].map((file) => ({ name: file.webkitRelativePath || file.name, file })));
      input.value = "";
    });
  }
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) {
    zone.addEventListener(kind, (event) => {
      if (kind === "drop" || !zone.contains(event.relatedTarget)) zone.classList.remove("over");
    });
  }
  zone.addEventListener("drop", async (event) => {
    event.preventDefault();
    take(await dropped(event.dataTransfer));
  });
  window.addEventListener("beforeunload", (event) => {
    if (running) event.preventDefault();
  });
}

async function upload(files, csrf, signal, say, show) {
  const total = files.reduce((sum, { file }) => sum + file.size, 0);
  const { id } = await call("POST", "/v1/uploads", csrf, signal);
  try {
    let done = 0;
    for (const { name, file } of files) {
      await send(id, name, file, csrf, signal, say, (offset) => {
        show(total ? (done + offset) / total : 1);
        say("progress", { done: sizeText(done + offset), total: sizeText(total) });
      });
      done += file.size;
    }
    say("finishing", {});
    const url = await complete(id, csrf, signal);
    say("done", { count: files.length, total: sizeText(total) });
    return url;
  } catch (error) {
    fetch(`/v1/uploads/${id}`, { method: "DELETE", headers: { "X-CSRF-Token": csrf } }).catch(() => {});
    throw error;
  }
}

/** Ends an upload; a request that was lost may still be at work on it, which is waited for. */
async function complete(id, csrf, signal) {
  for (const pause of [...PAUSES, null]) {
    try {
      return (await call("POST", `/v1/uploads/${id}/complete`, csrf, signal)).url;
    } catch (error) {
      if (error.status !== 409 || pause === null) throw error;
      await new Promise((wake) => setTimeout(wake, pause));
    }
  }
}

/** Sends one file; when a request is lost, the server says how much of it has arrived. */
async function send(id, name, file, csrf, signal, say, show) {
  const path = `/v1/uploads/${id}/files/${name.split("/").map(encodeURIComponent).join("/")}`;
  let offset = 0;
  let failures = 0;
  do {
    try {
      const piece = file.slice(offset, offset + PIECE);
      offset = (await call("PATCH", path, csrf, signal, piece, { "Upload-Offset": String(offset) })).offset;
      failures = 0;
    } catch (error) {
      if (error instanceof Stopped || error instanceof Refused || failures >= PAUSES.length) throw error;
      say("waiting", {});
      await new Promise((wake) => setTimeout(wake, PAUSES[failures]));
      failures += 1;
      const known = await call("GET", `/v1/uploads/${id}`, csrf, signal).catch(() => null);
      if (known) offset = known.files[name] ?? 0;
    }
    show(offset);
  } while (offset < file.size);
}

async function call(method, path, csrf, signal, body, headers = {}) {
  let answer;
  try {
    answer = await fetch(path, { method, body, signal, headers: { ...headers, "X-CSRF-Token": csrf } });
  } catch (error) {
    throw signal.aborted ? new Stopped() : error;
  }
  if (answer.ok) return answer.status === 204 ? null : answer.json();
  const problem = await answer.json().catch(() => ({}));
  const details = (problem.errors ?? []).map(({ message, remedy }) => [message, remedy].filter(Boolean).join(": "));
  const message = [problem.detail ?? answer.statusText, ...details, problem.hint].filter(Boolean).join("; ");
  const again = answer.status >= 500 || [409, 429].includes(answer.status);
  throw Object.assign(again ? new Error(message) : new Refused(message), { status: answer.status });
}

/** All files of what was dropped, folders walked. */
async function dropped(transfer) {
  const entries = [...transfer.items].map((item) => item.webkitGetAsEntry?.()).filter(Boolean);
  if (entries.length === 0) return [...transfer.files].map((file) => ({ name: file.name, file }));
  const found = [];
  for (const entry of entries) await walk(entry, found);
  return found;
}

async function walk(entry, found) {
  if (entry.isFile) {
    const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
    found.push({ name: entry.fullPath.replace(/^\//, ""), file });
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const batch = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (batch.length === 0) return;
    for (const item of batch) await walk(item, found);
  }
}

function fillIn(text, values) {
  return text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all);
}

function sizeText(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let amount = bytes;
  let unit = 0;
  while (amount >= 999.5 && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  return `${unit === 0 || amount >= 99.95 ? amount.toFixed(0) : amount.toFixed(1)} ${units[unit]}`;
}
