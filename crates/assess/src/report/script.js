"use strict";
(() => {
  const RATE = 16000;
  const PIECE_S = 8;
  const store = document.getElementById("sound");
  const total = Number(store.dataset.samples);
  const player = document.getElementById("player");
  if (!total) return;
  const sound = store.textContent;
  const toggle = document.getElementById("toggle");
  const seek = document.getElementById("seek");
  const position = document.getElementById("position");
  const timeline = document.getElementById("timeline");
  const playhead = document.getElementById("playhead");
  const marked = [...document.querySelectorAll(".w, .s.line")]
    .map((element) => ({ element, from: element.dataset.t / 1000, to: element.dataset.e / 1000 }))
    .sort((a, b) => a.from - b.from);

  // µ-law to -1..1
  const level = Float32Array.from({ length: 256 }, (_, code) => {
    const bits = ~code & 255;
    const size = ((((bits & 15) << 3) + 132) << ((bits >> 4) & 7)) - 132;
    return (bits & 128 ? -size : size) / 32768;
  });

  function decode(from, count) {
    const text = atob(sound.slice(Math.floor(from / 3) * 4, Math.ceil((from + count) / 3) * 4));
    const skip = from % 3;
    return Float32Array.from({ length: count }, (_, i) => level[text.charCodeAt(i + skip)]);
  }

  let context = null;
  let playing = null; // { from: second played first, at: the context's time then, next: sample to queue, sources, timer }
  let current = 0;
  let now = null;

  function play(second) {
    stop();
    context ??= new AudioContext();
    context.resume();
    const from = Math.max(0, Math.min(second, total / RATE - 0.05));
    playing = { from, at: context.currentTime + 0.03, next: Math.floor(from * RATE), sources: new Set(), timer: 0 };
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

  // Keeps the next pieces queued, one after the other without a gap.
  function feed() {
    const { from, at, sources } = playing;
    const ahead = () => at + playing.next / RATE - from - context.currentTime;
    while (playing.next < total && ahead() < 2 * PIECE_S) {
      const count = Math.min(PIECE_S * RATE, total - playing.next);
      const buffer = context.createBuffer(1, count, RATE);
      buffer.copyToChannel(decode(playing.next, count), 0);
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(context.destination);
      source.onended = () => sources.delete(source);
      source.start(Math.max(context.currentTime, at + playing.next / RATE - from));
      sources.add(source);
      playing.next += count;
    }
    playing.timer = setTimeout(feed, 1000);
  }

  function follow() {
    if (!playing) return;
    show(playing.from + Math.max(0, context.currentTime - playing.at));
    if (current * RATE >= total) {
      stop();
      show(0);
      return;
    }
    requestAnimationFrame(follow);
  }

  function clock(second) {
    return `${Math.floor(second / 60)}:${String(Math.floor(second % 60)).padStart(2, "0")}`;
  }

  function show(second) {
    current = second;
    if (document.activeElement !== seek || playing) seek.value = second;
    seek.setAttribute("aria-valuetext", clock(second));
    position.textContent = `${clock(second)} / ${clock(total / RATE)}`;
    const x = (second * 1000 * 10000) / Number(timeline.dataset.end);
    playhead.setAttribute("x1", x);
    playhead.setAttribute("x2", x);
    highlight(second);
  }

  function highlight(second) {
    let low = 0;
    let high = marked.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (marked[middle].from <= second) low = middle + 1;
      else high = middle;
    }
    const last = marked[low - 1];
    const next = playing && last && second < last.to + 0.15 ? last.element : null;
    if (next === now) return;
    now?.classList.remove("now");
    next?.classList.add("now");
    now = next;
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("[data-t]");
    if (target && getSelection().isCollapsed) play(target.dataset.t / 1000);
  });
  document.addEventListener("keydown", (event) => {
    if ((event.key === "Enter" || event.key === " ") && event.target.matches(".s")) {
      event.preventDefault();
      play(event.target.dataset.t / 1000);
    } else if (event.key === "Escape" && playing) {
      stop();
    }
  });
  toggle.addEventListener("click", () => {
    if (playing) {
      stop();
      highlight(current);
    } else {
      play(current);
    }
  });
  seek.addEventListener("change", () => (playing ? play(Number(seek.value)) : show(Number(seek.value))));
  timeline.addEventListener("click", (event) => {
    const box = timeline.getBoundingClientRect();
    play((((event.clientX - box.left) / box.width) * Number(timeline.dataset.end)) / 1000);
  });

  seek.max = (total / RATE).toFixed(1);
  document.body.classList.add("sounds");
  player.hidden = false;
  show(0);
})();
