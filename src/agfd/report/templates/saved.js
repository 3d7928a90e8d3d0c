"use strict";
// Whether everything that was said is safe, always in sight: what waits, what the server is like, what it refused.
globalThis.agfd ??= {};
{
  const { el, thousands } = agfd;
  const part = (id) => document.getElementById(id);
  // A press takes a few milliseconds: a line that changed twice with each of them would wear out eyes.
  const NEWS = 400; // milliseconds

  class Saved {
    constructor(outbox) {
      this.outbox = outbox;
      this.refused = null;
      this.show();
      addEventListener("beforeunload", (event) => {
        if (this.outbox.waiting().length) event.preventDefault();
      });
    }

    // Called whenever the outbox changed.
    show() {
      const count = this.outbox.waiting().length;
      part("saved").dataset.waiting = count;
      const { trouble } = this.outbox;
      const state = trouble && count ? "away" : count ? "waiting" : "saved";
      if (state !== "waiting") this.#tell(state, count, trouble);
      else this.timer ??= setTimeout(() => this.#still(), NEWS);
      this.#notices();
    }

    #still() {
      this.timer = null;
      const count = this.outbox.waiting().length;
      if (count && !this.outbox.trouble) this.#tell("waiting", count, null);
    }

    #tell(state, count, trouble) {
      clearTimeout(this.timer);
      this.timer = null;
      const line = part("saved");
      const [short, long] = words(state, count, trouble);
      const text = long ? `${short}: ${long}` : short;
      if (line.textContent !== text) line.replaceChildren(short, el("span", { class: "long" }, long ? `: ${long}` : ""));
      // Only a change of the state is read aloud, not each number.
      if (line.dataset.state !== state) agfd.say(text);
      line.dataset.state = state;
    }

    #notices() {
      const aside = this.outbox.aside();
      const now = JSON.stringify(aside.map(([name]) => name));
      if (now === this.refused) return;
      this.refused = now;
      part("refused").replaceChildren(...aside.map((letter) => this.#notice(letter)));
    }

    #notice(letter) {
      const [, { press, sentence }] = letter;
      const what = press.undoes ? "an undo" : agfd.verdict.spoken(press);
      return el(
        "div",
        { class: "warning", role: "alert" },
        el("p", {}, el("b", {}, "The server did not take one press"), ` (${what}): ${sentence}. It is kept here.`),
        el("button", { type: "button", onclick: () => look(press.image) }, "Look at the image"),
        el("button", { type: "button", onclick: () => agfd.review.again(letter) }, "Send it again"),
        el("button", { type: "button", onclick: () => this.outbox.drop(letter) }, "Throw it away"),
      );
    }
  }

  // By the address: the agreement may be on the screen.
  const look = (image) => {
    location.hash = `${part("queues").value}/${image}`;
  };

  function words(state, count, trouble) {
    if (state === "saved") return ["All saved", ""];
    const wait = `${thousands(count)} waiting`;
    if (state === "waiting") return [wait, "on the way to the server"];
    if (trouble instanceof agfd.Refused) return [`${wait}, refused`, trouble.message];
    const why = trouble.message === "nobody answers" ? "" : ` (${trouble.message})`;
    return [`${wait}, server away`, `go on, nothing is lost${why}`];
  }

  // Tells a screen reader.
  agfd.say = (text) => {
    part("spoken").textContent = text;
  };

  agfd.Saved = Saved;
}
