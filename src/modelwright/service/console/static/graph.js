// Hands a task's model to the frame that shows it. The frame has no session: this page reads the files for it.

const MOST = 512e6;
const MOST_BESIDE = 64e6;

const frame = document.getElementById("graph");
const said = document.getElementById("graph-said");
const names = JSON.parse(frame.dataset.names);
const folder = frame.dataset.name.split("/").slice(0, -1).map((part) => `${part}/`).join("");

async function read(name, most) {
  if (!names.includes(name)) throw new Error(`there is no file ${name}`);
  const answer = await fetch(frame.dataset.base + name.split("/").map(encodeURIComponent).join("/"));
  if (!answer.ok) throw new Error(`${name}: ${answer.status}`);
  if (Number(answer.headers.get("Content-Length")) > most) {
    answer.body?.cancel();
    throw new Error(frame.dataset.large);
  }
  return answer.arrayBuffer();
}

function tell(message, data) {
  frame.contentWindow.postMessage(message, "*", data ? [data] : []);
}

/** Says why there is no drawing, in place of an empty frame. */
function fail(reason) {
  said.textContent = `${frame.dataset.failed} ${reason || frame.dataset.empty}`;
  said.className = "notice warn";
  frame.hidden = true;
}

addEventListener("message", async (event) => {
  if (event.source !== frame.contentWindow) return;
  const { kind, number, file } = event.data;
  try {
    if (kind === "ready") {
      said.textContent = frame.dataset.loading;
      const data = await read(frame.dataset.name, MOST);
      tell({ kind: "model", name: frame.dataset.name, data }, data);
    } else if (kind === "file") {
      const data = await read(folder + file, MOST_BESIDE);
      tell({ kind: "file", number, data }, data);
    } else if (kind === "shown") {
      said.textContent = frame.dataset.shown;
    } else if (kind === "failed") {
      fail(event.data.text);
    }
  } catch (error) {
    if (kind === "file") tell({ kind: "file", number, error: error.message });
    else fail(error.message);
  }
});

frame.src = frame.dataset.src;
