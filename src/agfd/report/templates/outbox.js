"use strict";
// Presses on their way to the server. A press lies in localStorage before the page moves on, each under a name of its
// own, so that two tabs never write over each other; it is removed only when the server says that it has its key.
globalThis.agfd ??= {};
{
  const BATCH = 100;
  const FIRST_PAUSE = 250; // milliseconds
  const LONGEST_PAUSE = 5000;
  const BAD_PRESS = 422;

  class Outbox {
    // `name`: of the journal, one dataset's and reviewer's: nobody else's presses are seen here, and no other journal gets
    // them. `changed`: called after anything changed.
    constructor(name, changed) {
      this.address = `/api/presses?journal=${encodeURIComponent(name)}`;
      this.waitingName = `agfd/${name}/waiting/`;
      this.asideName = `agfd/${name}/aside/`;
      this.lock = `agfd/${name}`;
      this.changed = changed;
      this.trouble = null; // the error of the last try, null where it went well
      this.letters = new Map(); // the presses of this tab, by name: {press, kept, resolve}
      this.stamp = 0;
      this.pause = FIRST_PAUSE;
      this.sending = false;
      addEventListener("storage", (event) => {
        if (event.key === null || event.key.startsWith(this.lock)) this.#lookAround();
      });
      addEventListener("online", () => this.flush());
    }

    // Keeps a press and begins to send it. `kept`: whether it would survive a reload. `taken` is fulfilled with null when
    // the server has it, or with the sentence of the refusal.
    put(press) {
      const name = this.waitingName + this.#next();
      const letter = { press };
      const taken = new Promise((resolve) => (letter.resolve = resolve));
      const kept = keep(name, press);
      this.letters.set(name, letter);
      letter.kept = kept;
      this.changed();
      this.flush();
      return { kept, taken };
    }

    // Presses that wait, in the order in which they were made: [name, press].
    waiting() {
      const found = new Map();
      for (const [name, letter] of this.letters) if (!letter.kept) found.set(name, letter.press);
      for (const name of names(this.waitingName)) {
        const press = read(name);
        if (press) found.set(name, press);
      }
      return [...found].sort(([a], [b]) => (a < b ? -1 : 1));
    }

    // Presses that the server refused: [name, {press, sentence}].
    aside() {
      return names(this.asideName).map((name) => [name, read(name)]).filter(([, letter]) => letter);
    }

    // Forgets a press that was refused.
    drop([name]) {
      forget(name);
      this.changed();
    }

    // Sends what waits, now. One tab at a time; another one that comes later finds nothing left to send.
    async flush() {
      if (this.sending) return;
      this.sending = true;
      clearTimeout(this.timer);
      try {
        await exclusive(this.lock, () => this.#sendAll());
        this.trouble = null;
        this.pause = FIRST_PAUSE;
      } catch (error) {
        this.trouble = error;
        this.timer = setTimeout(() => this.flush(), this.pause);
        this.pause = Math.min(2 * this.pause, LONGEST_PAUSE);
      }
      this.sending = false;
      this.changed();
      // What was put between the last look and here would wait for the next press.
      if (!this.trouble && this.waiting().length) this.flush();
    }

    async #sendAll() {
      for (let batch = this.waiting(); batch.length; batch = this.waiting()) {
        batch = batch.slice(0, BATCH);
        try {
          this.#took(batch, await agfd.ask(this.address, { presses: batch.map(([, press]) => press) }));
        } catch (error) {
          if (!(error instanceof agfd.Refused) || error.status !== BAD_PRESS) throw error;
          // None was taken, because some are wrong: those go out of the way of the others.
          batch.forEach(([name, press], place) => {
            const sentence = error.wrong ? error.wrong[place] : error.message;
            if (sentence) this.#putAside(name, press, sentence);
          });
        }
      }
    }

    #took(batch, answer) {
      const keys = new Set(answer.taken);
      const done = batch.filter(([, press]) => keys.has(press.key));
      if (!done.length) throw new agfd.Away("the server took none of the presses");
      for (const [name] of done) this.#leave(name, null);
    }

    #putAside(name, press, sentence) {
      keep(this.asideName + name.slice(this.waitingName.length), { press, sentence });
      this.#leave(name, sentence);
    }

    #leave(name, sentence) {
      forget(name);
      const letter = this.letters.get(name);
      this.letters.delete(name);
      this.trouble = null;
      if (letter) letter.resolve(sentence);
      this.changed();
    }

    // Another tab may have sent what this one kept.
    #lookAround() {
      const there = new Set(names(this.waitingName));
      for (const [name, letter] of this.letters) if (letter.kept && !there.has(name)) this.#leave(name, null);
      this.changed();
    }

    // Names sort as the presses were made, also where the clock was put back in between.
    #next() {
      const last = this.waiting().at(-1);
      const before = last ? Number.parseInt(last[0].slice(this.waitingName.length), 10) : 0;
      this.stamp = Math.max(Date.now(), this.stamp + 1, before + 1);
      return `${String(this.stamp).padStart(16, "0")}-${crypto.randomUUID()}`;
    }
  }

  function exclusive(name, work) {
    return navigator.locks ? navigator.locks.request(name, work) : work();
  }

  // Whether the browser kept it: its room may be full, and some forbid it to pages.
  function keep(name, data) {
    try {
      localStorage.setItem(name, JSON.stringify(data));
      return true;
    } catch {
      return false;
    }
  }

  function read(name) {
    try {
      return JSON.parse(localStorage.getItem(name));
    } catch {
      return null;
    }
  }

  function forget(name) {
    try {
      localStorage.removeItem(name);
    } catch {
      // Then it was never kept.
    }
  }

  function names(start) {
    try {
      return Object.keys(localStorage).filter((name) => name.startsWith(start)).sort();
    } catch {
      return [];
    }
  }

  Object.assign(agfd, { Outbox, kept: { keep, read } });
}
