// Single keys as shortcuts, a sheet that lists them, and a switch that turns them off (WCAG 2.1.4): whoever speaks to the
// computer would press them by accident.
"use strict";
globalThis.agfd ??= {};
{
  const OFF = "agfd.keys.off";

  // A browser may refuse storage to pages of the file system: the switch then holds for this visit.
  function stored() {
    try {
      return localStorage.getItem(OFF) === "yes";
    } catch {
      return false;
    }
  }

  function store(off) {
    try {
      localStorage.setItem(OFF, off ? "yes" : "no");
    } catch {
      // Held in `off` below.
    }
  }

  // A box that is ticked takes no keys but its own.
  const typing = (node) =>
    node.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]") !== null;

  function sheet(shortcuts, isOff, turn) {
    const box = agfd.el("input", { type: "checkbox", id: "keys-on" });
    box.checked = !isOff();
    box.addEventListener("change", () => turn(!box.checked));
    return agfd.el(
      "dialog",
      { class: "sheet", "aria-labelledby": "keys-title" },
      agfd.el("h2", { id: "keys-title" }, "Keyboard shortcuts"),
      agfd.el(
        "dl",
        {},
        shortcuts.filter(({ says }) => says).map(({ key, says, shows = key }) => agfd.el("div", {}, agfd.el("dt", {}, agfd.el("kbd", {}, shows)), agfd.el("dd", {}, says))),
      ),
      agfd.el("label", { for: "keys-on" }, box, "Single keys work as shortcuts"),
      agfd.el("form", { method: "dialog" }, agfd.el("button", {}, "Close")),
    );
  }

  // shortcuts: [{key, says, run, shows?, when?}]. `shows`: what the sheet has for the key; `when()`: whether the key means
  // this now; without `run` a line is in the sheet only, without `says` it is not there. `button` opens the sheet, and so does "?".
  agfd.shortcuts = (shortcuts, button) => {
    let off = stored();
    const help = { key: "?", says: "this list", run: () => dialog.showModal() };
    const every = [...shortcuts, help];
    const dialog = sheet(
      every,
      () => off,
      (now) => {
        off = now;
        store(off);
      },
    );
    document.body.append(dialog);
    button.addEventListener("click", help.run);
    // A click on the dialog itself is one beside its contents.
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    document.addEventListener("keydown", (event) => {
      // Arrows are pressed by nobody who speaks: the switch is for characters.
      if ((off && event.key.length === 1) || dialog.open || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      const found = every.find(({ key, run, when = () => true }) => key === event.key && run && when());
      if (!found) return;
      event.preventDefault();
      found.run();
    });
  };
}
