"use strict";
// Keys of the review: which one does what depends on what is being asked.
globalThis.agfd ??= {};
{
  const ALWAYS = { n: "next", ArrowRight: "next", p: "back", ArrowLeft: "back" };
  const ASKED = { a: "accept", r: "reject", u: "unsure", z: "undo", o: "overlays", i: "facts", "?": "help" };

  // Whether the key belongs to what has the focus: text that is typed, a list of the browser, a button that it presses.
  function isTaken({ key, target }) {
    if (target.closest("dialog")) return true;
    if (target.matches('input[type="checkbox"]')) return key === " ";
    if (target.matches('input[type="range"]')) return key.startsWith("Arrow");
    if (target.matches("input, select, textarea")) return key !== "Escape" || target.matches("select");
    return (key === "Enter" || key === " ") && Boolean(target.closest("button, a, summary"));
  }

  // Calls `review.press(name)` for a key that has a name here, `review.choose(key)` while something is to be chosen.
  agfd.listen = (review) => {
    addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || isTaken(event)) return;
      if (document.getElementById("review").hidden) return;
      const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
      const name = ALWAYS[key] ?? ASKED[key];
      let used;
      if (review.isChoosing) used = review.choose(key, event.repeat);
      // A key that is held down goes on and back; it says nothing again.
      else if (name && (!event.repeat || ALWAYS[key])) used = review.press(name);
      if (used) event.preventDefault();
    });
  };
}
