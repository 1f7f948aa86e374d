// The form that makes a task: faults tell their fields, folders chosen in the dialog fill them in, models are uploaded.

import { uploadTo } from "./upload.js";

const dialog = document.getElementById("dialog");

function fill(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("change", { bubbles: true }));
}

// What a screen reader hears of a field follows what its faults say.
document.addEventListener("htmx:oobAfterSwap", (event) => {
  const place = event.detail.target?.id?.replace(/^faults-/, "");
  const field = place && document.getElementById(`field-${place}`);
  if (!field) return;
  if (document.getElementById(`faults-${place}`).childElementCount) field.setAttribute("aria-invalid", "true");
  else field.removeAttribute("aria-invalid");
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose]");
  const field = button && document.getElementById(`field-${button.dataset.field}`);
  if (!field) return;
  const below = dialog.querySelector("[data-new-folder]")?.value.trim();
  fill(field, button.dataset.choose + (below ? `/${below.split("/").map(encodeURIComponent).join("/")}` : ""));
  dialog.close();
  field.focus();
});

dialog.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !event.target.matches("[data-new-folder]")) return;
  event.preventDefault();
  dialog.querySelector("[data-choose]").click();
});

document.querySelector("[data-focus]")?.focus();

const drop = document.getElementById("upload");
if (drop) uploadTo(drop, (url) => fill(document.getElementById("field-input"), url));
