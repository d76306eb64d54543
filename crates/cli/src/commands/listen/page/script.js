"use strict";
(() => {
  const RATE = 16000;
  const PIECE_S = 8;
  const LEAST_SHOWN_MS = 400;
  const story = JSON.parse(document.getElementById("story").textContent);
  const sound = document.getElementById("sound").textContent;
  const total = Math.floor((sound.length / 4) * 3) - (sound.endsWith("==") ? 2 : sound.endsWith("=") ? 1 : 0);
  const picture = document.getElementById("picture");
  const overview = document.getElementById("overview");
  const here = document.getElementById("here");
  const position = document.getElementById("position");
  const toggle = document.getElementById("toggle");
  const rows = [...document.querySelectorAll("#rows tr")];

  const values = (text) => Uint8Array.from(atob(text ?? ""), (character) => character.charCodeAt(0));
  // a series of values, one each `step` milliseconds, as 0..1
  const series = (text, step) => ({ step, origin: Math.floor(story.from_ms / step) * step, values: values(text) });
  const candidate = series(story.candidate, story.peak_ms);
  const ours = story.interviewer === null ? null : series(story.interviewer, story.peak_ms);
  const activity = series(story.activity, story.frame_ms);

  const whole = { from: story.from_ms, to: Math.max(story.to_ms, story.from_ms + LEAST_SHOWN_MS) };
  let shown = { from: whole.from, to: Math.min(whole.to, whole.from + 30000) };
  let cursor = whole.from;

  // ---- the sound: µ-law to -1..1, queued piece by piece

  const level = Float32Array.from({ length: 256 }, (_, code) => {
    const bits = ~code & 255;
    const size = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
    return (bits & 128 ? -size : size) / 32768;
  });
  let context = null;
  let playing = null; // { from: sample played first, at: the context's time then, next: sample to queue, sources, timer }

  function decode(from, count) {
    const text = atob(sound.slice(Math.floor(from / 3) * 4, Math.ceil((from + count) / 3) * 4));
    const skip = from % 3;
    return Float32Array.from({ length: count }, (_, i) => level[text.charCodeAt(i + skip)]);
  }

  function play(ms) {
    stop();
    if (total === 0) return;
    context ??= new AudioContext();
    context.resume();
    const from = Math.max(0, Math.min(Math.floor(((ms - whole.from) * RATE) / 1000), total - 800));
    playing = { from, at: context.currentTime + 0.03, next: from, sources: new Set(), timer: 0 };
    feed();
    toggle.textContent = "Pause";
    requestAnimationFrame(follow);
  }

  function stop() {
    if (!playing) return;
    clearTimeout(playing.timer);
    for (const source of playing.sources) source.stop();
    playing = null;
    toggle.textContent = "Play";
  }

  function feed() {
    const { from, at, sources } = playing;
    const when = () => at + (playing.next - from) / RATE;
    while (playing.next < total && when() - context.currentTime < 2 * PIECE_S) {
      const count = Math.min(PIECE_S * RATE, total - playing.next);
      const buffer = context.createBuffer(1, count, RATE);
      buffer.copyToChannel(decode(playing.next, count), 0);
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(context.destination);
      source.onended = () => sources.delete(source);
      source.start(Math.max(context.currentTime, when()));
      sources.add(source);
      playing.next += count;
    }
    playing.timer = setTimeout(feed, 1000);
  }

  function follow() {
    if (!playing) return;
    const sample = playing.from + Math.max(0, context.currentTime - playing.at) * RATE;
    const ms = whole.from + (sample * 1000) / RATE;
    if (sample >= total) stop();
    if (ms > shown.to) show(shown.to, shown.to * 2 - shown.from);
    moveTo(ms, false);
    if (playing) requestAnimationFrame(follow);
  }

  // ---- what is shown

  function show(from, to) {
    const length = Math.max(LEAST_SHOWN_MS, Math.min(to - from, whole.to - whole.from));
    from = Math.max(whole.from, Math.min(from, whole.to - length));
    shown = { from, to: from + length };
    draw();
  }

  function zoom(factor, around = cursor) {
    const center = around < shown.from || around > shown.to ? (shown.from + shown.to) / 2 : around;
    show(center - (center - shown.from) * factor, center + (shown.to - center) * factor);
  }

  function moveTo(ms, aloud = true) {
    cursor = Math.max(whole.from, Math.min(ms, whole.to));
    const length = shown.to - shown.from;
    if (cursor < shown.from || cursor > shown.to) show(cursor - length / 3, cursor + (length * 2) / 3);
    else draw();
    tell(aloud);
    if (playing && aloud) play(cursor);
  }

  const clock = (ms) => `${Math.floor(ms / 60000)}:${((ms % 60000) / 1000).toFixed(2).padStart(5, "0")}`;
  const at = (series, ms) => (series.values[Math.floor((ms - series.origin) / series.step)] ?? 0) / 255;

  function tell(aloud) {
    position.textContent = `${clock(cursor)} / ${clock(whole.to)}`;
    const pause = story.pauses.find((pause) => pause.since_ms <= cursor && cursor < pause.until_ms);
    const said = story.said.find((said) => said.from_ms <= cursor && cursor < said.to_ms);
    const parts = [`voice ${at(activity, cursor).toFixed(2)}`];
    if (pause) parts.push(`pause for ${((cursor - pause.since_ms) / 1000).toFixed(2)} s`);
    if (said) parts.push(`${said.side}: “${said.text}”`);
    here.setAttribute("aria-live", aloud ? "polite" : "off");
    here.replaceChildren(Object.assign(document.createElement("strong"), { textContent: clock(cursor) }), `  ${parts.join(" · ")}`);
    picture.setAttribute("aria-valuenow", Math.round(cursor));
    picture.setAttribute("aria-valuetext", `${clock(cursor)}, ${parts.join(", ")}`);
    let current = null;
    for (const row of rows) if (!hidden(row) && Number(row.dataset.t) <= cursor + 1) current = row;
    for (const row of rows) row.classList.toggle("now", row === current);
  }

  // ---- drawing

  let colour = {};
  function readColours() {
    const style = getComputedStyle(document.documentElement);
    const names = "paper surface ink quiet rule voice voice-soft ours pause look reply cut over now".split(" ");
    colour = Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }

  function prepare(canvas) {
    const scale = devicePixelRatio || 1;
    const box = canvas.getBoundingClientRect();
    const [width, height] = [Math.round(box.width * scale), Math.round(box.height * scale)];
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const pen = canvas.getContext("2d");
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, box.width, box.height);
    return { pen, width: box.width, height: box.height };
  }

  // highest value of a series in each pixel, as x, value
  function* columns(series, range, width) {
    for (let x = 0; x < width; x += 1) {
      const place = (x) => (range.from + ((range.to - range.from) * x) / width - series.origin) / series.step;
      const from = Math.max(0, Math.floor(place(x)));
      const to = Math.max(from + 1, Math.floor(place(x + 1)));
      let highest = 0;
      for (let i = from; i < to && i < series.values.length; i += 1) highest = Math.max(highest, series.values[i]);
      yield [x, highest / 255];
    }
  }

  const loudest = (series) => Math.max(0.02, series.values.reduce((most, value) => Math.max(most, value), 0) / 255);

  function wave(pen, series, range, width, top, height, fill) {
    const most = loudest(series);
    pen.fillStyle = fill;
    for (const [x, value] of columns(series, range, width)) {
      const size = Math.max(1, (value / most) ** 0.7 * height);
      pen.fillRect(x, top + (height - size) / 2, 1, size);
    }
  }

  const LANES = { ruler: 20, wave: 92, activity: 54, turn: 64, ours: 74 };
  const names = [];
  const place = (ms, width) => ((ms - shown.from) / (shown.to - shown.from)) * width;

  function draw() {
    const { pen, width } = prepare(picture);
    let top = 0;
    ruler(pen, width);
    top += LANES.ruler;
    lane(pen, width, top, LANES.wave, "candidate");
    for (const span of story.stretches) band(pen, width, span.from_ms, span.to_ms, top, LANES.wave, colour["voice-soft"]);
    wave(pen, candidate, shown, width, top + 4, LANES.wave - 26, colour.voice);
    words(pen, width, "candidate", top + LANES.wave - 8);
    top += LANES.wave;
    lane(pen, width, top, LANES.activity, "voice activity");
    chart(pen, width, top + 4, LANES.activity - 8);
    top += LANES.activity;
    lane(pen, width, top, LANES.turn, "end of turn");
    for (const pause of story.pauses) drawPause(pen, width, pause, top, LANES.turn);
    top += LANES.turn;
    if (ours) {
      lane(pen, width, top, LANES.ours, "interviewer");
      wave(pen, ours, shown, width, top + 4, LANES.ours - 26, colour.ours);
      words(pen, width, "interviewer", top + LANES.ours - 8);
      top += LANES.ours;
    }
    nameLanes(pen);
    for (const moment of story.moments) mark(pen, width, moment, top);
    line(pen, place(cursor, width), 0, top, colour.now, 1.5);
    drawOverview();
  }

  function lane(pen, width, top, height, name) {
    pen.fillStyle = colour.rule;
    pen.fillRect(0, top, width, 1);
    names.push([name, top]);
  }

  // after everything else, so that no wave runs over them
  function nameLanes(pen) {
    pen.font = "11px system-ui, sans-serif";
    for (const [name, top] of names.splice(0)) {
      pen.fillStyle = colour.paper;
      pen.fillRect(2, top + 2, pen.measureText(name).width + 8, 15);
      pen.fillStyle = colour.quiet;
      pen.fillText(name, 6, top + 13);
    }
  }

  function band(pen, width, from, to, top, height, fill) {
    const [x, end] = [place(from, width), place(to, width)];
    if (end < 0 || x > width) return;
    pen.fillStyle = fill;
    pen.fillRect(x, top + 1, Math.max(1, end - x), height - 1);
  }

  function line(pen, x, top, height, stroke, thickness, dash = []) {
    pen.save();
    pen.strokeStyle = stroke;
    pen.lineWidth = thickness;
    pen.setLineDash(dash);
    pen.beginPath();
    pen.moveTo(x, top);
    pen.lineTo(x, top + height);
    pen.stroke();
    pen.restore();
  }

  function ruler(pen, width) {
    const steps = [100, 200, 500, 1000, 2000, 5000, 10000, 30000, 60000, 300000];
    const step = steps.find((step) => ((step * width) / (shown.to - shown.from)) > 64) ?? 600000;
    pen.font = "11px system-ui, sans-serif";
    pen.fillStyle = colour.quiet;
    for (let ms = Math.ceil(shown.from / step) * step; ms <= shown.to; ms += step) {
      const x = place(ms, width);
      line(pen, x, 14, 6, colour.quiet, 1);
      const text = step < 1000 ? clock(ms).slice(0, -1) : clock(ms).slice(0, -3);
      pen.fillText(text, Math.min(x + 3, width - 30), 12);
    }
  }

  function chart(pen, width, top, height) {
    pen.beginPath();
    pen.moveTo(0, top + height);
    for (const [x, value] of columns(activity, shown, width)) pen.lineTo(x, top + height * (1 - value));
    pen.lineTo(width, top + height);
    pen.closePath();
    pen.globalAlpha = 0.35;
    pen.fillStyle = colour.voice;
    pen.fill();
    pen.globalAlpha = 1;
    pen.save();
    pen.strokeStyle = colour.quiet;
    pen.setLineDash([2, 4]);
    pen.beginPath();
    pen.moveTo(0, top + height / 2);
    pen.lineTo(width, top + height / 2);
    pen.stroke();
    pen.restore();
  }

  // The bar is the pause; the dashed line is where it would have been the end; dots: how finished it sounded.
  function drawPause(pen, width, pause, top, height) {
    const [x, end] = [place(pause.since_ms, width), place(pause.until_ms, width)];
    const due = pause.due_ms ?? pause.until_ms;
    if (Math.max(end, place(due, width)) < 0 || x > width) return;
    band(pen, width, pause.since_ms, pause.until_ms, top + 18, height - 24, colour.pause);
    if (pause.outcome === "went_on" && due > pause.until_ms) {
      line(pen, place(due, width), top + 18, height - 24, colour.quiet, 1, [3, 3]);
    }
    if (pause.outcome === "over") {
      pen.fillStyle = colour.voice;
      pen.beginPath();
      pen.moveTo(end - 6, top + height - 6);
      pen.lineTo(end + 6, top + height - 6);
      pen.lineTo(end, top + height - 18);
      pen.fill();
    }
    for (const look of pause.looks) {
      pen.fillStyle = colour.look;
      pen.beginPath();
      pen.arc(place(look.at_ms, width), top + height - 8 - (height - 28) * look.probability, 3.5, 0, 2 * Math.PI);
      pen.fill();
    }
    const length = `${((pause.until_ms - pause.since_ms) / 1000).toFixed(2)}`;
    pen.font = "11px system-ui, sans-serif";
    pen.fillStyle = colour.quiet;
    if (end - x > 26) pen.fillText(length, Math.max(x + 2, 80), top + 14);
  }

  function words(pen, width, side, baseline) {
    pen.font = "12px system-ui, sans-serif";
    pen.fillStyle = colour.ink;
    for (const said of story.said) {
      if (said.side !== side) continue;
      const [x, end] = [Math.max(0, place(said.from_ms, width)), Math.min(width, place(said.to_ms, width))];
      if (end - x < 24) continue;
      let text = said.text;
      while (text.length > 1 && pen.measureText(text).width > end - x) text = `${text.slice(0, Math.floor(text.length * 0.9) - 1)}…`;
      pen.fillText(text, x + 1, baseline);
    }
  }

  const MARKS = { turn_over: "voice", reply: "reply", cut_in: "cut", spoken_over: "over", silence: "over" };
  function mark(pen, width, moment, bottom) {
    const name = MARKS[moment.kind];
    const x = place(moment.at_ms, width);
    if (!name || x < -2 || x > width + 2) return;
    line(pen, x, LANES.ruler, bottom - LANES.ruler, colour[name], moment.kind === "cut_in" ? 2.5 : 1.2);
  }

  function drawOverview() {
    const { pen, width, height } = prepare(overview);
    wave(pen, candidate, whole, width, 2, ours ? height / 2 - 3 : height - 4, colour.voice);
    if (ours) wave(pen, ours, whole, width, height / 2 + 1, height / 2 - 3, colour.ours);
    const x = (ms) => ((ms - whole.from) / (whole.to - whole.from)) * width;
    for (const moment of story.moments) if (moment.kind === "cut_in") line(pen, x(moment.at_ms), 0, height, colour.cut, 2);
    pen.strokeStyle = colour.now;
    pen.lineWidth = 1;
    pen.strokeRect(x(shown.from) + 0.5, 0.5, Math.max(2, x(shown.to) - x(shown.from) - 1), height - 1);
    line(pen, x(cursor), 0, height, colour.now, 1);
  }

  // ---- hands on it

  const hidden = (row) => row.offsetParent === null;
  const marked = (row) => !hidden(row) && !row.matches(".voice, .other");

  function step(forward) {
    const times = rows.filter(marked).map((row) => Number(row.dataset.t));
    const next = forward ? times.find((ms) => ms > cursor + 1) : times.findLast((ms) => ms < cursor - 1);
    if (next !== undefined) moveTo(next);
  }

  const actions = {
    " ": () => (playing ? stop() : play(cursor)),
    n: () => step(true),
    p: () => step(false),
    "+": () => zoom(0.5),
    "=": () => zoom(0.5),
    "-": () => zoom(2),
    0: () => show(whole.from, whole.to),
    Home: () => moveTo(whole.from),
    End: () => moveTo(whole.to),
    ArrowLeft: (event) => moveTo(cursor - (event.shiftKey ? 50 : 1000)),
    ArrowRight: (event) => moveTo(cursor + (event.shiftKey ? 50 : 1000)),
  };
  document.addEventListener("keydown", (event) => {
    const action = actions[event.key] ?? actions[event.key.toLowerCase()];
    const elsewhere = event.target.closest("button, input, a") && event.key === " ";
    if (!action || elsewhere || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action(event);
  });
  const onClick = (id, action) => document.getElementById(id).addEventListener("click", action);
  onClick("toggle", actions[" "]);
  onClick("before", actions.p);
  onClick("after", actions.n);
  onClick("in", actions["+"]);
  onClick("out", actions["-"]);
  onClick("whole", actions[0]);
  for (const [id, name, on] of [["pauses", "short", false], ["rest", "all", true]]) {
    const box = document.getElementById(id);
    const apply = () => document.body.classList.toggle(name, box.checked === on);
    box.addEventListener("change", apply);
    apply();
  }
  document.getElementById("rows").addEventListener("click", (event) => {
    const row = event.target.closest("tr");
    if (row && getSelection().isCollapsed) moveTo(Number(row.dataset.t));
  });

  let drag = null;
  const msAt = (canvas, range, event) => {
    const box = canvas.getBoundingClientRect();
    return range.from + ((event.clientX - box.left) / box.width) * (range.to - range.from);
  };
  picture.addEventListener("pointerdown", (event) => {
    drag = { x: event.clientX, from: shown.from, moved: false };
    picture.setPointerCapture(event.pointerId);
  });
  picture.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const moved = event.clientX - drag.x;
    drag.moved ||= Math.abs(moved) > 4;
    const length = shown.to - shown.from;
    const from = drag.from - (moved / picture.getBoundingClientRect().width) * length;
    if (drag.moved) show(from, from + length);
  });
  picture.addEventListener("pointerup", (event) => {
    if (drag && !drag.moved) moveTo(msAt(picture, shown, event));
    drag = null;
  });
  picture.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && event.deltaX === 0) return;
    event.preventDefault();
    if (event.ctrlKey) return zoom(event.deltaY > 0 ? 1.25 : 0.8, msAt(picture, shown, event));
    const by = (event.deltaX / picture.getBoundingClientRect().width) * (shown.to - shown.from);
    show(shown.from + by, shown.to + by);
  }, { passive: false });
  overview.addEventListener("click", (event) => moveTo(msAt(overview, whole, event)));

  const height = LANES.ruler + LANES.wave + LANES.activity + LANES.turn + (ours ? LANES.ours : 0);
  picture.style.height = `${height}px`;
  picture.setAttribute("aria-valuemin", Math.round(whole.from));
  picture.setAttribute("aria-valuemax", Math.round(whole.to));
  const refresh = () => { readColours(); draw(); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
  new ResizeObserver(draw).observe(picture);
  refresh();
  tell(false);
  const goToHash = () => Number(location.hash.slice(1)) > 0 && moveTo(Number(location.hash.slice(1)) * 1000);
  addEventListener("hashchange", goToHash);
  goToHash(); // page.html#206.9 opens there
})();
