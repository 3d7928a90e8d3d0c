"use strict";
// How fast it goes, how long it will take, and how many verdicts there were today.
globalThis.agfd ??= {};
{
  const WINDOW = 5 * 60000; // milliseconds that the speed is told of
  const ENOUGH = 5; // verdicts before it says anything

  class Pace {
    // `name`: of this dataset and reviewer.
    constructor(name) {
      this.name = `agfd/${name}/day`;
      this.moments = [];
      const kept = agfd.kept.read(this.name);
      this.today = kept?.day === day() ? kept.count : 0;
      this.day = day();
    }

    // A verdict more, or with -1 one less.
    count(step) {
      if (this.day !== day()) Object.assign(this, { day: day(), today: 0 });
      this.today = Math.max(0, this.today + step);
      if (step > 0) this.moments.push(performance.now());
      agfd.kept.keep(this.name, { day: this.day, count: this.today });
    }

    // "12 today · 31 a minute · 4 min to go"; `open`: images without a verdict.
    told(open) {
      const now = performance.now();
      this.moments = this.moments.filter((moment) => now - moment < WINDOW);
      const parts = [`${this.today.toLocaleString("en")} today`];
      if (this.moments.length >= ENOUGH) {
        // The first verdict only starts the clock.
        const minutes = (now - this.moments[0]) / 60000;
        const speed = (this.moments.length - 1) / Math.max(minutes, 1 / 60);
        parts.push(`${Math.round(speed)} a minute`);
        if (open) parts.push(`${Math.max(1, Math.round(open / speed))} min to go`);
      }
      return parts.join(" · ");
    }
  }

  // The day here, not in Greenwich.
  const day = () => new Date().toDateString();

  agfd.Pace = Pace;
}
