// What the test puts into the page, and what it asks of every page. No dependency of its own.

/** Runs in the page before its own scripts: a microphone that speaks when the test says so. */
export function fakeMicrophone() {
  let context;
  let destination;
  const ensure = async () => {
    context ??= new AudioContext();
    if (destination === undefined) {
      destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
      // A microphone hears silence, too; without a source there would be no sound at all.
      const silence = new ConstantSourceNode(context, { offset: 0 });
      silence.connect(destination);
      silence.start();
    }
    if (context.state !== "running") await context.resume();
    return destination;
  };
  const device = { deviceId: "fake", groupId: "fake", kind: "audioinput", label: "Test microphone" };
  navigator.mediaDevices.getUserMedia = async () => {
    if (window.__microphone.denied) throw new DOMException("denied", "NotAllowedError");
    const { stream } = await ensure();
    // A copy, as a page stops what it was given.
    return stream.clone();
  };
  navigator.mediaDevices.enumerateDevices = async () => [{ ...device, toJSON: () => device }];
  window.__microphone = {
    denied: false,
    async speak(base64) {
      const bytes = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      const out = await ensure();
      const buffer = await context.decodeAudioData(bytes.buffer);
      const source = new AudioBufferSourceNode(context, { buffer });
      source.connect(out);
      await new Promise((resolve) => {
        source.onended = resolve;
        source.start();
      });
    },
  };

  // Listens to whatever the page sends to the loudspeaker.
  const taps = [];
  const connect = AudioNode.prototype.connect;
  AudioNode.prototype.connect = function (target, ...rest) {
    if (target instanceof AudioDestinationNode) {
      const tap = new AnalyserNode(target.context, { fftSize: 2048 });
      connect.call(this, tap);
      taps.push(tap);
    }
    return connect.call(this, target, ...rest);
  };
  window.__loudest = 0;
  setInterval(() => {
    for (const tap of taps) {
      const samples = new Float32Array(tap.fftSize);
      tap.getFloatTimeDomainData(samples);
      for (const sample of samples) window.__loudest = Math.max(window.__loudest, Math.abs(sample));
    }
  }, 40);
}

/** Runs in the page: everything about it that somebody could not use. */
export function faults() {
  const found = [];
  const visible = (element) => {
    const box = element.getBoundingClientRect();
    const style = getComputedStyle(element);
    return box.width > 1 && box.height > 1 && style.visibility !== "hidden" && style.display !== "none";
  };
  const describe = (element) =>
    `<${element.tagName.toLowerCase()} class="${element.className}"> ${(element.textContent ?? "").trim().slice(0, 40)}`;

  // Headings, landmarks, language.
  if (document.documentElement.lang === "") found.push("the page has no language");
  if (document.title.trim() === "") found.push("the page has no title");
  const tops = [...document.querySelectorAll("h1")].filter(visible);
  if (tops.length !== 1) found.push(`${tops.length} top headings`);
  if (document.querySelectorAll("main").length !== 1) found.push("not one main landmark");
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  if (new Set(ids).size !== ids.length) found.push("an id is used twice");
  for (const element of document.querySelectorAll("[aria-labelledby],[aria-describedby]")) {
    for (const key of ["aria-labelledby", "aria-describedby"]) {
      for (const id of (element.getAttribute(key) ?? "").split(" ").filter(Boolean)) {
        if (!document.getElementById(id)) found.push(`${key} of ${describe(element)} points at nothing`);
      }
    }
  }

  // Names and sizes of what can be used.
  for (const element of document.querySelectorAll("a[href],button,input,select,textarea,summary")) {
    if (!visible(element)) continue;
    const name =
      element.getAttribute("aria-label") ||
      [...(element.labels ?? [])].map((label) => label.textContent).join(" ") ||
      element.textContent;
    if (!name || name.trim() === "") found.push(`no name: ${describe(element)}`);
    const target = element.matches("input") ? (element.closest("label") ?? element) : element;
    const box = target.getBoundingClientRect();
    if (!element.matches(".skip") && (box.height < 43.5 || box.width < 43.5)) {
      found.push(`small target ${Math.round(box.width)}x${Math.round(box.height)}: ${describe(element)}`);
    }
    if (element.tabIndex > 0) found.push(`forced tab order: ${describe(element)}`);
  }

  // Nothing sticks out sideways.
  if (document.documentElement.scrollWidth > window.innerWidth + 1) {
    found.push(`wider than the window: ${document.documentElement.scrollWidth}`);
  }

  // Contrast of all text, on what lies behind it.
  const colour = (text) => {
    const [r = 0, g = 0, b = 0, a = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
    return { r, g, b, a };
  };
  const over = (top, below) => ({
    r: top.r * top.a + below.r * (1 - top.a),
    g: top.g * top.a + below.g * (1 - top.a),
    b: top.b * top.a + below.b * (1 - top.a),
    a: 1,
  });
  const background = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) {
      const layer = colour(getComputedStyle(at).backgroundColor);
      if (layer.a > 0) layers.push(layer);
      if (layer.a === 1) break;
    }
    return layers.reduceRight((below, layer) => over(layer, below), { r: 255, g: 255, b: 255, a: 1 });
  };
  const luminance = ({ r, g, b }) => {
    const [x, y, z] = [r, g, b].map((value) => {
      const share = value / 255;
      return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (node.textContent.trim() === "" || !element || !visible(element)) continue;
    if (element.closest("noscript,script,style,.hidden,.skip,:disabled,option")) continue;
    const style = getComputedStyle(element);
    const behind = background(element);
    const [light, dark] = [luminance(over(colour(style.color), behind)), luminance(behind)].sort((a, b) => b - a);
    const ratio = (light + 0.05) / (dark + 0.05);
    const size = Number.parseFloat(style.fontSize);
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    if (ratio < (large ? 3 : 4.5)) found.push(`contrast ${ratio.toFixed(2)}: ${describe(element)}`);
  }
  return found;
}
