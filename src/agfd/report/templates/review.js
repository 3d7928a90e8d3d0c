"use strict";
// The review: one image after the other, a verdict for each. What is said is kept (outbox.js) before anything moves on.
globalThis.agfd ??= {};
{
  const { el, screen } = agfd;
  const part = (id) => document.getElementById(id);
  const AHEAD = 10; // images that are loaded before they are looked at
  const TRAIL = 8;
  const RETRY = 1000; // milliseconds

  class Review {
    constructor(session) {
      this.session = session;
      this.at = undefined; // id of the image on the screen
      this.step = null; // half a choice: {kind: reason | value | number, ...}
      this.busy = false; // a press that this browser does not keep waits for the server
      this.view = { overlays: null, facts: false };
      this.machine = null; // {press, detail}: of the last verdict
      this.pace = new agfd.Pace(session.journal);
      this.ahead = new agfd.Ahead((id) => this.#arrived(id));
      this.outbox = new agfd.Outbox(session.journal, () => this.#sent());
      this.saved = new agfd.Saved(this.outbox);
    }

    // Opens a queue at an image, else where the reviewer was, else at the first image without a verdict.
    async open(name, id) {
      const place = id ?? agfd.kept.read(this.#placeName(name));
      await this.#load(name);
      const isOpen = this.queue.places.has(place) && (id !== undefined || !this.queue.said.has(place));
      const after = this.queue.places.has(place) ? place : undefined;
      this.go(isOpen ? place : this.queue.open(after, 1)[0]);
    }

    // What the server knows of a queue, and what waits to be sent to it.
    async #load(name) {
      const queue = new agfd.Queue(await agfd.ask(`/api/queue/${encodeURIComponent(name)}`));
      for (const [, press] of this.outbox.waiting()) queue.hear(press);
      this.queue = queue;
      part("queues").value = name;
    }

    get isChoosing() {
      return this.step !== null;
    }

    // The image of that id, or with undefined the end of the queue.
    go(id) {
      if (id !== undefined && !this.queue.places.has(id)) return;
      this.at = id;
      this.step = null;
      if (id !== undefined) agfd.kept.keep(this.#placeName(this.queue.name), id);
      history.replaceState(null, "", `#${this.queue.name}${id === undefined ? "" : `/${id}`}`);
      const near = [this.queue.beside(id, 1), this.queue.beside(id, -1), this.queue.newest(1)[0]?.image];
      this.ahead.want([id, ...this.queue.open(id, AHEAD), ...near].filter((one) => one !== undefined));
      this.show();
    }

    show() {
      screen.progress(this.queue, this.pace);
      screen.trail(this.queue.newest(TRAIL), this.at, this.ahead, (id) => this.go(id));
      const entry = this.ahead.get(this.at);
      document.body.dataset.image = this.at ?? "";
      document.body.dataset.state = this.at === undefined ? "finished" : (entry?.state ?? "loading");
      part("panel").classList.toggle("over", this.at === undefined);
      if (this.at === undefined) {
        screen.finished(this.queue);
      } else {
        screen.picture(entry, this.view.overlays);
        if (entry?.detail) screen.asked(entry.detail);
        screen.stands(this.queue.of(this.at), entry?.detail);
        this.#options();
      }
      this.#facts();
      this.#machine();
    }

    // The image that this is about is on the screen: nobody judges what they have not seen.
    get isShown() {
      return this.ahead.get(this.at)?.state === "ready" && !this.busy;
    }

    press(name) {
      if (["accept", "unsure"].includes(name)) return this.say({ opinion: name });
      if (name === "reject") return this.reject();
      return this[name]();
    }

    next() {
      const next = this.queue.beside(this.at, 1) ?? this.queue.open(this.at, 1)[0];
      if (this.at !== undefined && next !== undefined && !this.busy) this.go(next);
      return true;
    }

    back() {
      const back = this.at === undefined ? this.queue.ids.at(-1) : this.queue.beside(this.at, -1);
      if (back !== undefined && !this.busy) this.go(back);
      return true;
    }

    reject() {
      if (this.isShown) this.#choosing({ kind: "reason" });
      return true;
    }

    // A key while something is to be chosen; whether it meant anything.
    choose(key, isRepeated) {
      if (key === "Escape") return this.leave();
      if (this.step.kind === "number" || isRepeated) return false;
      if (key === "Enter") return this.#chosen(null);
      const option = this.step.options.find((one) => one.key === key && !one.off);
      return option ? this.#chosen(option) : false;
    }

    leave() {
      this.step = null;
      this.#options();
      return true;
    }

    #choosing(step) {
      const { detail } = this.ahead.get(this.at);
      if (step.kind === "reason") step.options = agfd.choice.reasons(this.session, detail);
      else step.options = agfd.choice.values(this.session, detail, step.reason.attribute);
      if (step.options === null) step.kind = "number";
      this.step = step;
      this.#options();
      part("choosing").focus({ preventScroll: step.kind !== "number" });
      if (step.kind === "number") part("number").focus();
    }

    #chosen(option) {
      const { kind, reason } = this.step;
      if (kind !== "reason") return this.say({ opinion: "reject", reason: reason.reason, attribute: reason.attribute, value: option?.value });
      if (option?.attribute) this.#choosing({ kind: "value", reason: option });
      else this.say({ opinion: "reject", reason: option?.reason });
      return true;
    }

    #typed(text) {
      const value = text === null ? undefined : Number(text.replace(",", "."));
      if (Number.isNaN(value)) part("number-said").textContent = `“${text}” is no number.`;
      else this.#chosen({ value });
    }

    #options() {
      const leave = () => this.leave();
      const { kind, reason, options } = this.step ?? {};
      part("panel").classList.toggle("choosing-now", this.isChoosing);
      if (!kind) {
        screen.opinions((opinion) => this.press(opinion));
      } else if (kind === "reason") {
        const groups = [
          ["The label is wrong", options.filter((one) => one.attribute)],
          ["The picture", options.filter((one) => !one.attribute)],
        ];
        screen.list("Rejected: why?", groups, (one) => this.#chosen(one), "No reason", leave);
      } else if (kind === "value") {
        screen.list(`What is the ${reason.name}?`, [["", options]], (one) => this.#chosen(one), "Leave it open", leave);
      } else {
        screen.number(`What is the ${reason.name}?`, (text) => this.#typed(text), "A number, or nothing to leave it open.", leave);
      }
    }

    // A verdict on the image that is shown; then the next one without a verdict.
    say(verdict) {
      if (!this.isShown) return true;
      const press = { key: crypto.randomUUID(), image: this.at, ...verdict };
      const next = this.queue.open(this.at, 1)[0];
      this.#put(press, next, () => this.pace.count(1));
      this.machine = { press, detail: this.ahead.get(press.image)?.detail };
      return true;
    }

    // Takes back the last verdict of this queue and shows its image again.
    undo() {
      const last = this.queue.newest(1)[0];
      if (!last) agfd.say("There is nothing to take back.");
      if (!last || this.busy) return true;
      this.machine = null;
      this.#put({ key: crypto.randomUUID(), image: last.image, undoes: last.key }, last.image, () => this.pace.count(-1));
      agfd.say(`Taken back: ${agfd.verdict.spoken(last)}`);
      return true;
    }

    // Keeps and sends a press, then moves on; where the browser does not keep it, only when the server has it.
    async #put(press, next, count) {
      const { kept, taken } = this.outbox.put(press);
      const moveOn = () => {
        count();
        const isKnown = this.queue.hear(press);
        this.go(next);
        return isKnown;
      };
      let isKnown = true;
      if (kept) {
        isKnown = moveOn();
      } else {
        this.#wait(true);
      }
      const refusal = await taken;
      if (!kept) {
        this.#wait(false);
        if (refusal === null) isKnown = moveOn();
      }
      if (refusal !== null || !isKnown) await this.#reload();
      await this.#learn(press);
    }

    #wait(isBusy) {
      this.busy = isBusy;
      document.body.dataset.busy = isBusy;
      if (isBusy) part("unkept").hidden = false;
    }

    // Only the server knows what stands now.
    async #reload() {
      try {
        await this.#load(this.queue.name);
      } catch (error) {
        if (error instanceof agfd.Away) setTimeout(() => this.#reload(), RETRY);
        else if (!(error instanceof agfd.Refused)) throw error;
        return;
      }
      if (!this.isChoosing) this.show();
    }

    // What the machine said of an image may be told now that the reviewer has spoken.
    async #learn(press) {
      const detail = await this.ahead.again(press.image);
      if (this.machine?.press === press) this.machine.detail = detail;
      this.#machine();
      if (press.image === this.at && !this.isChoosing) this.show();
    }

    // A press that the server refused, once more.
    again(letter) {
      this.outbox.drop(letter);
      const { press } = letter[1];
      this.#put(press, this.at, () => this.pace.count(press.undoes ? -1 : 1));
    }

    #machine() {
      const { press, detail } = this.machine ?? {};
      const isTold = part("tell").checked && detail && !detail.blind;
      part("machine").textContent = isTold ? `The one before: ${agfd.verdict.spoken(press)}. ${agfd.verdict.machine(press, detail)}` : "";
    }

    overlays() {
      this.view.overlays = this.view.overlays ? null : { shown: ["landmarks", "boxes"], changed: (names) => (this.view.overlays.shown = names) };
      part("to-overlays").setAttribute("aria-pressed", Boolean(this.view.overlays));
      screen.picture(this.ahead.get(this.at), this.view.overlays);
      return true;
    }

    facts() {
      this.view.facts = !this.view.facts;
      part("to-facts").setAttribute("aria-expanded", this.view.facts);
      this.#facts();
      return true;
    }

    #facts() {
      const detail = this.view.facts && this.ahead.get(this.at)?.detail;
      part("facts").hidden = !detail;
      if (!detail) return part("facts").replaceChildren();
      const hidden = el("p", { class: "soft" }, "What was measured is shown when you have spoken.");
      const without = detail.blind ? ["verdict", "numbers"] : [];
      part("facts").replaceChildren(detail.blind ? hidden : "", agfd.facts(detail, { without }));
    }

    help() {
      part("keys").showModal();
      return true;
    }

    #arrived(id) {
      if (id === this.at && !this.isChoosing) this.show();
    }

    #sent() {
      this.saved?.show();
      if (!this.outbox?.trouble) this.ahead.hurry();
    }

    #placeName(queue) {
      return `agfd/${this.session.journal}/place/${queue}`;
    }
  }

  agfd.Review = Review;
}
