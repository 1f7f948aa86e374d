// What pages need beside htmx: dialogs, menus, notices, and boxes that choose rows.

const dialog = document.getElementById("dialog");

document.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target === dialog && !dialog.open) dialog.showModal();
});
dialog.addEventListener("close", () => dialog.replaceChildren());

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-close], [data-dismiss]");
  if (pressed?.matches("[data-dismiss]")) pressed.closest(".notice").remove();
  if (pressed?.matches("[data-close]") && dialog.open) {
    event.preventDefault();
    dialog.close();
  }
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Rows: one box for all of them, and a button that waits until some are chosen.
function boxes() {
  return [...document.querySelectorAll('#list input[name="ids"]')];
}

function showSelection() {
  const chosen = boxes().filter((box) => box.checked).length;
  const all = document.querySelector("[data-select-all]");
  if (all) {
    all.checked = chosen > 0 && chosen === boxes().length;
    all.indeterminate = chosen > 0 && !all.checked;
  }
  for (const button of document.querySelectorAll("[data-needs-selection]")) button.disabled = chosen === 0;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches('[data-select-all], input[name="ids"]')) showSelection();
});
document.addEventListener("htmx:afterSettle", showSelection);
showSelection();

// A row that was replaced while a button of it had the focus gives the focus to its name.
document.addEventListener("htmx:afterSwap", (event) => {
  const row = event.detail.target;
  if (!row?.id?.startsWith("row-") || document.activeElement !== document.body) return;
  document.getElementById(row.id.replace("row-", "name-"))?.focus();
});
