// Netron's view with a host that asks the page around it for models, and nobody for anything else: it counts no visits,
// keeps no cookies and does not age.

import { BinaryStream } from "./base.js";
import { Host } from "./browser.js";
import { View } from "./view.js";

// A page without an origin starts workers from its own blobs alone, and these import nothing: both files become one.
const [LAYOUT, WORKER] = await Promise.all(["dagre.js", "worker.js"].map(async (name) => (await fetch(name)).text()));
const SCRIPT = `${LAYOUT.replace(/^export .*$/m, "self.found = dagre;")}
${WORKER.replaceAll(/(await )?import\('\.\/dagre\.js'\)/g, "self.found")}`;

const asked = new Map();
let number = 0;

function ask(file) {
  number += 1;
  const mine = number;
  return new Promise((resolve, reject) => {
    asked.set(mine, { resolve, reject });
    parent.postMessage({ kind: "file", number: mine, file }, "*");
  });
}

class Given {
  constructor(host, name, data) {
    this.host = host;
    this.identifier = name.split("/").pop();
    this.name = null;
    this.stream = new BinaryStream(new Uint8Array(data));
  }

  async asset(file) {
    return this.host.asset(file);
  }

  async fetch(file, encoding, base) {
    if (base !== undefined) return this.host.fetch(file, encoding, base);
    const data = await ask(file);
    return encoding ? new TextDecoder(encoding).decode(data) : new BinaryStream(new Uint8Array(data));
  }

  async require(id) {
    return this.host.require(id);
  }

  error(error) {
    this.host.exception(error);
  }
}

class FramedHost extends Host {
  async view(view) {
    this._view = view;
  }

  async start() {
    addEventListener("message", (event) => {
      if (event.source !== parent) return;
      const { kind, number: which, name, data, error } = event.data;
      if (kind === "model") this.show(name, data);
      if (kind === "file") {
        const waiting = asked.get(which);
        asked.delete(which);
        if (data) waiting?.resolve(data);
        else waiting?.reject(new Error(error));
      }
    });
    this._view.show("welcome spinner");
    parent.postMessage({ kind: "ready" }, "*");
  }

  async show(name, data) {
    const wrong = await this._openContext(new Given(this, name, data));
    if (wrong) return;
    const drawn = document.querySelector("g.node") !== null;
    parent.postMessage(drawn ? { kind: "shown" } : { kind: "failed", text: "" }, "*");
  }

  worker() {
    return new Worker(URL.createObjectURL(new Blob([SCRIPT], { type: "text/javascript" })));
  }

  async message(text, alert, action) {
    if (alert) parent.postMessage({ kind: "failed", text: String(text).slice(0, 300) }, "*");
    return super.message(text, alert, action && "OK");
  }

  openURL() {}

  exception(error) {
    console.warn(error?.message ?? error);
  }

  event() {}
}

document.getElementById("menu-button")?.setAttribute("aria-label", "Menu");
new View(new FramedHost()).start();
