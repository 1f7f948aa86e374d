// Buttons that copy the text of another element.

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  const source = document.getElementById(button.dataset.copy);
  try {
    await navigator.clipboard.writeText(source.textContent);
  } catch {
    // Without HTTPS browsers give no clipboard: the text is selected, so that keys copy it.
    getSelection().selectAllChildren(source);
    source.focus();
    if (!document.execCommand("copy")) return;
  }
  const label = button.querySelector("span");
  const before = label.textContent;
  label.textContent = button.dataset.done;
  document.getElementById("announcements").textContent = button.dataset.done;
  setTimeout(() => { label.textContent = before; }, 2000);
});
