// A picture with what is known of it drawn over it. Pixels cannot be read back in a page from a file, so everything
// is an SVG in the picture's own pixels, or a picture laid over it.
"use strict";
globalThis.agfd ??= {};
{
  const { el, svg } = agfd;
  // The iBUG 68-point mark-up: which points make a line, and whether it closes.
  const LINES = [
    [0, 16], [17, 21], [22, 26], [27, 30], [31, 35], [36, 41, true], [42, 47, true], [48, 59, true], [60, 67, true],
  ];
  const NAMES = {
    landmarks: "Landmarks",
    five: "Measured points",
    dense: "Mesh points",
    boxes: "Face boxes",
    pose: "Pose",
    gaze: "Gaze",
    light: "Main light",
  };
  // How opaque a map is stays as it was set from one picture to the next.
  let opacity = 60;

  const pairs = (numbers) => Array.from({ length: numbers.length / 2 }, (_, i) => [numbers[2 * i], numbers[2 * i + 1]]);
  const mean = (points) => [0, 1].map((axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length);

  function landmarks(detail, unit) {
    const points = pairs(detail.landmarks);
    const lines = LINES.map(([first, last, closed]) =>
      svg(closed ? "polygon" : "polyline", { points: points.slice(first, last + 1).join(" "), class: "edge" }),
    );
    const dots = points.map(([x, y], i) =>
      svg("circle", {
        cx: x, cy: y, r: 1.15 * unit, "data-point": i,
        class: detail.visible?.[i] === "0" ? "dot hidden" : "dot",
      }),
    );
    return [...lines, ...dots];
  }

  const crosses = (detail, unit) =>
    pairs(detail.points.five).map(([x, y], i) => {
      const arm = 2.6 * unit;
      return svg("path", { d: `M${x - arm} ${y}h${2 * arm}M${x} ${y - arm}v${2 * arm}`, "data-five": i, class: "cross" });
    });

  const dense = (detail, unit) =>
    pairs(detail.dense).map(([x, y]) => svg("circle", { cx: x, cy: y, r: 0.5 * unit, class: "mesh" }));

  function boxes(detail) {
    const draw = ([x0, y0, x1, y1], kind) =>
      svg("rect", { x: x0, y: y0, width: x1 - x0, height: y1 - y0, class: `box ${kind}` });
    return [detail.box && draw(detail.box, "true"), detail.face && draw(detail.face, "measured")].filter(Boolean);
  }

  // Middle and half width of the face, in pixels.
  function middle(detail) {
    const box = detail.box ?? detail.face;
    if (box) return { at: [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], half: (box[2] - box[0]) / 2 };
    const [width, height] = detail.size;
    return { at: [width / 2, height / 2], half: Math.min(width, height) / 3 };
  }

  function arrow([x, y], [dx, dy], kind, unit) {
    const length = Math.hypot(dx, dy);
    if (length < 2 * unit) return [svg("circle", { cx: x, cy: y, r: 1.6 * unit, class: `tip ${kind}` })];
    const [ux, uy] = [dx / length, dy / length];
    const head = Math.min(4 * unit, length / 2);
    const [tx, ty] = [x + dx, y + dy];
    const wing = (side) => `${tx - head * (ux - side * 0.55 * uy)},${ty - head * (uy + side * 0.55 * ux)}`;
    const ends = { x1: x, y1: y, x2: tx, y2: ty };
    return [
      // A dark line below a coloured one is seen on light and on dark skin alike.
      svg("line", { ...ends, class: "under" }),
      svg("line", { ...ends, class: `axis ${kind}` }),
      svg("polygon", { points: `${tx},${ty} ${wing(1)} ${wing(-1)}`, class: `tip ${kind}` }),
    ];
  }

  // Right, up and front of the head in the camera's frame (x right, y down, z away): roll first, then pitch, then yaw,
  // as agfd.analyze.geometry reads them from a face.
  agfd.axes = ({ yaw, pitch, roll }) => {
    const [a, b, c] = [yaw, pitch, roll].map((degrees) => (degrees * Math.PI) / 180);
    const front = [Math.sin(a) * Math.cos(b), -Math.sin(b), -Math.cos(a) * Math.cos(b)];
    const level = [Math.cos(a), 0, Math.sin(a)];
    const down = [
      level[1] * front[2] - level[2] * front[1],
      level[2] * front[0] - level[0] * front[2],
      level[0] * front[1] - level[1] * front[0],
    ];
    const mix = (p, q, sine, cosine) => p.map((value, i) => cosine * value + sine * q[i]);
    const up = mix(down, level, -Math.sin(c), Math.cos(c)).map((value) => -value);
    return { right: mix(level, down, Math.sin(c), Math.cos(c)), up, front };
  };

  function pose(detail, unit) {
    const { at, half } = middle(detail);
    const { right, up, front } = agfd.axes(detail.pose);
    // What points away from the viewer is drawn first.
    return [["x", right], ["y", up], ["z", front]]
      .sort((one, other) => other[1][2] - one[1][2])
      .flatMap(([kind, [x, y]]) => arrow(at, [x * half, y * half], kind, unit));
  }

  function eyes(detail) {
    if (detail.landmarks) {
      const points = pairs(detail.landmarks);
      return [mean(points.slice(36, 42)), mean(points.slice(42, 48))];
    }
    return detail.points?.five ? pairs(detail.points.five).slice(0, 2) : null;
  }

  function gaze(detail, unit) {
    const { half } = middle(detail);
    return eyes(detail).flatMap((eye, i) => {
      const [x, y] = detail.looks[i];
      return arrow(eye, [x * half * 1.4, y * half * 1.4], "look", unit);
    });
  }

  // A sun where the light comes from, on a ring around the face: small and hollow where it stands behind the head.
  function light(detail, unit) {
    const { at, half } = middle(detail);
    const [x, y, z] = detail.light;
    const sun = [at[0] + x * half * 1.25, at[1] + y * half * 1.25];
    const size = (z > 0 ? 4 : 5.5) * unit;
    const rays = Array.from({ length: 8 }, (_, i) => {
      const [cos, sin] = [Math.cos((i * Math.PI) / 4), Math.sin((i * Math.PI) / 4)];
      return `M${sun[0] + cos * size * 1.4} ${sun[1] + sin * size * 1.4}L${sun[0] + cos * size * 1.9} ${sun[1] + sin * size * 1.9}`;
    });
    const way = [at[0] + x * half * 0.45, at[1] + y * half * 0.45];
    return [
      svg("circle", { cx: at[0], cy: at[1], r: half * 1.25, class: "ring" }),
      ...arrow(sun, [way[0] - sun[0], way[1] - sun[1]], "sun", unit),
      svg("path", { d: rays.join(""), class: "rays" }),
      svg("circle", { cx: sun[0], cy: sun[1], r: size, class: z > 0 ? "disc behind" : "disc" }),
    ];
  }

  const DRAWN = { landmarks, five: crosses, dense, boxes, pose, gaze, light };

  // Which overlays an image has, in the order of their switches.
  agfd.overlayNames = (detail) => {
    const there = {
      landmarks: detail.landmarks,
      five: detail.points?.five,
      dense: detail.dense,
      boxes: detail.box ?? detail.face,
      pose: detail.pose && ["yaw", "pitch", "roll"].every((angle) => Number.isFinite(detail.pose[angle])),
      gaze: detail.looks && eyes(detail),
      light: detail.light,
    };
    const drawn = Object.keys(NAMES).filter((name) => there[name]);
    return detail.size && (detail.full || detail.thumb) ? [...drawn, ...Object.keys(detail.maps ?? {})] : [];
  };

  // What an overlay shows, in words.
  function said(name, detail) {
    if (name === "pose") {
      const angles = ["yaw", "pitch", "roll"].map((angle) => `${angle} ${Math.round(detail.pose[angle])}°`);
      return `${angles.join(", ")} (${detail.pose.source})`;
    }
    if (name === "landmarks" && detail.visible?.includes("0")) return "68 true points; hollow where something hides them";
    if (name === "landmarks") return "68 true points";
    if (name === "five") return "eyes, nose and corners of the mouth as a detector saw them";
    if (name === "boxes") return [detail.box && "solid: true", detail.face && "dashed: measured"].filter(Boolean).join(", ");
    if (name === "gaze") return "where each eye looks";
    if (name === "light") return detail.light[2] > 0 ? "from behind the head" : "from the camera's side";
    // A browser makes 8 bits of the 16 that the file has.
    if (name === "depth") return "lighter is farther, in steps of 2.6 cm";
    if (name === "normals") return "red to the right, green down, blue away";
    return "";
  }

  const label = (name) => NAMES[name] ?? agfd.plain(name)[0].toUpperCase() + agfd.plain(name).slice(1);

  function veils(detail, stage, names) {
    const laid = names.map((name) => {
      const map = el("img", { src: detail.maps[name], alt: "", class: `veil ${name}`, "data-overlay": name, hidden: true });
      stage.append(map);
      return map;
    });
    const setting = el("input", { type: "range", min: 0, max: 100, value: opacity, class: "opacity" });
    const apply = () => {
      opacity = Number(setting.value);
      for (const map of laid) map.style.opacity = opacity / 100;
    };
    setting.addEventListener("input", apply);
    apply();
    return el("label", { class: "opacity-label", hidden: true }, "Opacity of maps", setting);
  }

  function legend() {
    const parts = (agfd.lexicon().parts ?? []).map(([name, colour]) =>
      el("li", {}, el("i", { class: "swatch", "--colour": colour }), agfd.plain(name)),
    );
    const note = el("p", { class: "soft" }, "l and r are the person's own left and right.");
    return el("details", { class: "legend", hidden: true }, el("summary", {}, "Parts and their colours"), el("ul", {}, parts), note);
  }

  // A figure: the picture, a switch for each overlay. Options: `shown`, names that are on; `changed(names)`, called
  // when the reader switches one; `alt`, the text of the picture.
  agfd.overlays = (detail, { shown = [], changed = () => {}, alt = "" } = {}) => {
    const source = detail.full ?? detail.thumb;
    const figure = el("figure", { class: "overlays" });
    if (!source || !detail.size) {
      figure.append(el("p", { class: "no-picture" }, alt || "There is no picture."));
      return figure;
    }
    const [width, height] = detail.size;
    const unit = Math.max(width, height) / 256;
    const picture = el("img", { src: source, alt, width, height, class: "picture" });
    const stage = el("div", { class: "stage", "--ratio": width / height }, picture);
    const names = agfd.overlayNames(detail);
    const fade = veils(detail, stage, names.filter((name) => !NAMES[name]));
    const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "drawing", "aria-hidden": "true" });
    stage.append(drawing);
    const key = legend();
    const told = el("ul", { class: "told" });
    const on = new Set(names.filter((name) => shown.includes(name)));

    const show = (name) => {
      if (NAMES[name] && on.has(name) && !drawing.querySelector(`[data-overlay="${name}"]`)) {
        drawing.append(svg("g", { "data-overlay": name, class: name }, DRAWN[name](detail, unit)));
      }
      for (const layer of stage.querySelectorAll(`[data-overlay="${name}"]`)) layer.toggleAttribute("hidden", !on.has(name));
      fade.hidden = ![...on].some((one) => !NAMES[one]);
      key.hidden = !on.has("segmentation");
      const lines = names.filter((one) => on.has(one) && said(one, detail));
      told.replaceChildren(...lines.map((one) => el("li", {}, el("b", {}, label(one)), ` ${said(one, detail)}`)));
    };
    const switches = names.map((name) => {
      const box = el("input", { type: "checkbox", "data-switch": name });
      box.checked = on.has(name);
      box.addEventListener("change", () => {
        if (box.checked) on.add(name);
        else on.delete(name);
        show(name);
        changed(names.filter((one) => on.has(one)));
      });
      return el("label", { class: "switch", title: said(name, detail) }, box, el("i", { class: `sign ${name}` }), label(name));
    });
    for (const name of names) show(name);
    figure.append(stage);
    if (names.length) figure.append(el("fieldset", { class: "switches" }, el("legend", {}, "Overlays"), switches), told, fade, key);
    return figure;
  };
}
