// Follows a task's log: a stream of events, or pages of it where streams do not come through.

const MOST = 5000;
const PAUSE = 2000;
const PATIENCE = 5000;

const box = document.getElementById("log");
const list = box.querySelector("ol");
const form = document.getElementById("log-form");
const search = document.getElementById("log-search");
const level = document.getElementById("log-level");
const follow = document.getElementById("log-follow");
const said = document.getElementById("log-said");

let source = null;
let waiting = [];
let count = 0;
let turn = 0;
let drawing = false;

function address(kind, values = {}) {
  const query = new URLSearchParams({ search: search.value, level: level.value, ...values });
  return `/v1/tasks/${box.dataset.task}/logs${kind}?${query}`;
}

function cell(name, text) {
  const found = document.createElement(name === "time" ? "time" : "span");
  if (name !== "time") found.className = `log-${name}`;
  found.textContent = text;
  return found;
}

// The text with what was searched for marked; nothing of it is taken as HTML.
function marked(text, wanted) {
  const found = cell("text", "");
  const small = text.toLowerCase();
  let begin = 0;
  for (let at = wanted ? small.indexOf(wanted) : -1; at >= 0 && small.length === text.length; at = small.indexOf(wanted, begin)) {
    found.append(text.slice(begin, at));
    const mark = document.createElement("mark");
    mark.textContent = text.slice(at, at + wanted.length);
    found.append(mark);
    begin = at + wanted.length;
  }
  found.append(text.slice(begin));
  return found;
}

function row(line) {
  const found = document.createElement("li");
  found.className = `log-line level-${line.level}`;
  const time = cell("time", line.time.slice(11, 23));
  time.dateTime = line.time;
  found.append(time, cell("level", line.level), cell("stage", line.stage), marked(line.message, search.value.toLowerCase()));
  return found;
}

function draw() {
  drawing = false;
  const lines = waiting.splice(0);
  list.append(...lines.slice(-MOST).map(row));
  while (list.childElementCount > MOST) list.firstElementChild.remove();
  tell();
  if (follow.checked) box.scrollTop = box.scrollHeight;
}

function tell() {
  const shown = list.childElementCount;
  const wanted = search.value || level.value;
  const text = count === 0 ? (wanted ? said.dataset.none : said.dataset.waiting) : shown < count ? said.dataset.cut : said.dataset.lines;
  said.textContent = text.replace("{shown}", shown).replace("{count}", count);
}

function add(lines) {
  count += lines.length;
  waiting.push(...lines);
  if (waiting.length > 2 * MOST) waiting.splice(0, waiting.length - MOST);
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(draw);
}

function clear() {
  list.replaceChildren();
  waiting = [];
  count = 0;
}

function over() {
  return document.querySelector("#task-status[data-over]") !== null;
}

async function readPages(mine) {
  clear();
  for (let offset = 0; mine === turn;) {
    const last = over();
    const answer = await fetch(address("", { offset, lines: 1000 })).catch(() => null);
    if (mine !== turn || (answer && answer.status === 404)) return;
    const page = answer?.ok ? await answer.json() : null;
    if (page) add(page.lines);
    const more = page && page.next > offset && page.lines.length === 1000;
    if (page) offset = page.next;
    if (last && page && !more) {
      tell();
      return;
    }
    if (!more) await new Promise((done) => setTimeout(done, PAUSE));
  }
}

function begin() {
  source?.close();
  turn += 1;
  const mine = turn;
  let heard = false;
  const stream = new EventSource(address("/stream"));
  source = stream;
  const pages = () => {
    stream.close();
    if (mine === turn) readPages(mine);
  };
  const patience = setTimeout(() => { if (!heard) pages(); }, PATIENCE);
  const hear = () => {
    if (heard || mine !== turn) return;
    heard = true;
    clearTimeout(patience);
    clear();
  };
  stream.addEventListener("line", (event) => {
    hear();
    if (mine === turn) add([JSON.parse(event.data)]);
  });
  stream.addEventListener("status", () => {
    hear();
    if (mine === turn) tell();
  });
  stream.addEventListener("end", () => {
    hear();
    stream.close();
    if (mine === turn && !drawing) tell();
  });
  stream.addEventListener("error", () => {
    if (stream.readyState === EventSource.CLOSED && mine === turn) {
      clearTimeout(patience);
      setTimeout(pages, heard ? PAUSE : 0);
    }
  });
}

let typing = 0;
form.addEventListener("input", (event) => {
  if (event.target === follow) return;
  clearTimeout(typing);
  typing = setTimeout(begin, event.target === search ? 250 : 0);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  clearTimeout(typing);
  begin();
});
follow.addEventListener("change", () => { if (follow.checked) box.scrollTop = box.scrollHeight; });

// Who scrolls up wants to read: the box stops following until its end is reached again.
box.addEventListener("scroll", () => {
  const end = box.scrollHeight - box.clientHeight - box.scrollTop < 8;
  if (!end && follow.checked && !drawing) follow.checked = false;
});

begin();
