"use strict";

// ---- Closed forms. The same as in theory.blockmodel and theory.margins; the tests compare them number by number. ----

const theory = {
  // Root of an increasing function on [low, high], cut at the ends.
  root(excess, low, high) {
    if (excess(high) <= 0) return high;
    if (excess(low) >= 0) return low;
    for (let k = 0; k < 200; k++) {
      const middle = (low + high) / 2;
      if (excess(middle) < 0) low = middle; else high = middle;
    }
    return (low + high) / 2;
  },

  // Where a unimodal function is least on [low, high], by golden section.
  least(value, low, high) {
    const part = (Math.sqrt(5) - 1) / 2;
    let left = high - part * (high - low), right = low + part * (high - low);
    let atLeft = value(left), atRight = value(right);
    while (high - low > 1e-9) {
      if (atLeft <= atRight) {
        [high, right, atRight] = [right, left, atLeft];
        left = high - part * (high - low);
        atLeft = value(left);
      } else {
        [low, left, atLeft] = [left, right, atRight];
        right = low + part * (high - low);
        atRight = value(right);
      }
    }
    return (low + high) / 2;
  },

  // Claim B18 (B5 for two majorities): least alpha/p of full collapse, and the cosine, as the minority's share vanishes.
  threshold(majorities, tau) {
    const fade = Math.exp(-majorities / ((majorities - 1) * tau));
    return Math.max(0, (1 - (majorities + 1) * fade) / (1 + (majorities - 1) * fade));
  },
  cosine(majorities, ratio, tau) {
    const exponent = majorities / ((majorities - 1) * tau), others = majorities - 1;
    return theory.root((c) => {
      const fade = Math.exp(-exponent * c);
      const pull = Math.exp((c - 1) / tau) * (1 - fade) / (1 + others * Math.exp(-exponent));
      return (1 - fade) / (1 + others * fade) + pull - 1 - ratio;
    }, 0, 1);
  },

  // Claims B17 and B24: two majorities, the minority at a share of its own and as connected inside (p = 1).
  merged(share, ratio, tau) {
    const rest = (1 - share) / 2, joint = share + rest, decay = Math.exp(-2 / tau);
    const z = joint + rest * decay, z3 = joint * decay + rest;
    const own = share + rest * ratio, host = share * ratio + rest;
    return {
      margin: ratio * (1 / own + 1 / host) - 2 / z + rest * decay / joint * (1 / z + 1 / z3),
      multiplier: (rest * ratio / 2 * (1 / own - 1 / host) - rest * decay * (1.5 / z + 0.5 / z3)) / tau,
    };
  },
  // The least alpha/p of full collapse at that share: merged's margin rises with it.
  thresholdAt(share, tau) {
    return theory.root((ratio) => theory.merged(share, ratio, tau).margin, 0, 1e3);
  },
  // The optimum of the population loss of those three blocks: angles of the minority and of the third block's way off -h2.
  optimum(share, ratio, tau) {
    if (theory.merged(share, ratio, tau).margin >= 0) return {minority: 0, third: 0};
    const rest = (1 - share) / 2, pi = [share, rest, rest];
    const own = share + rest * ratio, host = share * ratio + rest;
    const loss = (minority, third) => {
      const cosines = [[1, Math.cos(minority), -Math.cos(third - minority)], [0, 1, -Math.cos(third)], [0, 0, 1]];
      const g = (k, l) => cosines[Math.min(k, l)][Math.max(k, l)];
      const pairs = share * ratio * rest * (1 / own + 1 / host) * g(0, 1);  // all others are constant
      return pi.reduce((sum, p, k) =>
        sum + p * Math.log(pi.reduce((z, q, l) => z + q * Math.exp((g(k, l) - 1) / tau), 0)), -pairs / tau);
    };
    const thirdAt = (minority) => theory.least((third) => loss(minority, third), 0, minority);
    const minority = theory.least((angle) => loss(angle, thirdAt(angle)), 0, Math.PI);
    return {minority, third: thirdAt(minority)};
  },

  // Claim A3: [low, high] of the margin in logits; with a temperature on the unit sphere; null where no logits have that loss.
  marginInterval(loss, negatives, epsilon, tau) {
    if (!(loss + epsilon > 0)) return null;
    const logX = loss + Math.log(-Math.expm1(-(loss + epsilon)));
    const low = -logX, high = Math.log(negatives) - logX;
    if (tau === undefined) return [low, high];
    const width = 2 / tau;
    if (Math.abs(high) > width * (1 + 1e-9) + 1e-9) return null;
    const others = Math.log(negatives - 1) - width;
    const onSphere = -logX - Math.log(-Math.expm1(Math.min(others - logX, 0)));
    const cut = (m) => Math.max(-width, Math.min(width, m));
    return [cut(onSphere), cut(high)];
  },
};

// ---- What the reader chose, kept in the address ----

const byId = (id) => document.getElementById(id);
const filters = [...byId("filters").elements].filter((control) => control.name);
const controls = [...document.querySelectorAll("select[name], input[name]")];
const initial = (control) => control.getAttribute("value") ?? "";
let claim = "";

let waiting = 0;

// A link is a step of its own. A slider's many changes are written once it rests: browsers drop addresses that change too often.
function remember(push) {
  clearTimeout(waiting);
  if (push) write(true);
  else waiting = setTimeout(write, 150);
}

function write(push) {
  const chosen = new URLSearchParams();
  for (const control of controls) if (control.value !== initial(control)) chosen.set(control.name, control.value);
  if (claim) chosen.set("claim", claim);
  history[push ? "pushState" : "replaceState"](null, "", `#${chosen}`);
}

function recall() {
  const hash = location.hash.slice(1);
  if (byId(hash)) {  // a plain link into the page
    claim = byId(hash).matches(".claim") ? hash : "";
    if (claim) write();
  } else {
    const chosen = new URLSearchParams(hash);
    for (const control of controls) {
      const told = chosen.get(control.name);
      const known = control.options ? [...control.options].some((option) => option.value === told) : told && isFinite(told);
      control.value = known ? told : initial(control);
    }
    claim = byId(chosen.get("claim"))?.matches(".claim") ? chosen.get("claim") : "";
  }
  show();
  if (claim) {
    byId(claim).open = true;
    byId(claim).scrollIntoView();
  }
}

function show() {
  filter();
  drawCollapse();
  drawMargin();
  drawGraph();
}

function filter() {
  let count = 0;
  for (const item of document.querySelectorAll("tr[data-id], details.claim")) {
    const fits = filters.every((one) => !one.value || item.dataset[one.name] === one.value);
    item.hidden = !fits && (item.id || item.dataset.id) !== claim;
    if (fits && item.id) count++;
  }
  const all = document.querySelectorAll("details.claim").length;
  byId("count").textContent = count === all ? `${all} claims` : `${count} of ${all} claims`;
}

// ---- Pictures ----

function svg(name, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

function place(id, box, title, ...children) {
  byId(id).replaceChildren(svg("svg", {viewBox: box, role: "img", "aria-label": title}, ...children));
}

// A frame of 400 x 300 with ticks; `at` maps numbers to points, and `inside` draws within the frame.
function frame([x0, x1], [y0, y1], xLabel, yLabel, xTicks, yTicks) {
  const [left, right, top, bottom] = [48, 390, 10, 255];
  const across = (x) => left + (x - x0) / (x1 - x0) * (right - left);
  const down = (y) => bottom - (y - y0) / (y1 - y0) * (bottom - top);
  const at = (x, y) => `${across(x).toFixed(2)} ${down(y).toFixed(2)}`;
  const parts = [svg("path", {class: "axis", d: `M${left} ${top}V${bottom}H${right}`})];
  for (const x of xTicks) parts.push(svg("text", {x: across(x), y: bottom + 18, "text-anchor": "middle"}, `${x}`));
  for (const y of yTicks) parts.push(svg("text", {x: left - 6, y: down(y) + 4, "text-anchor": "end"}, `${y}`));
  parts.push(svg("text", {x: (left + right) / 2, y: bottom + 38, "text-anchor": "middle"}, xLabel));
  parts.push(svg("text", {x: 14, y: (top + bottom) / 2, "text-anchor": "middle",
    transform: `rotate(-90 14 ${(top + bottom) / 2})`}, yLabel));
  const [width, height] = [right - left, bottom - top];
  const inside = (...children) => svg("svg", {x: left, y: top, width, height, viewBox: `${left} ${top} ${width} ${height}`}, ...children);
  return {across, down, at, inside, parts, right, top};
}

const number = (id) => Number(byId(id).value);
const steps = (low, high, count) => Array.from({length: count + 1}, (_, k) => low + (high - low) * k / count);

function drawCollapse() {
  const [ratio, tau, majorities] = [number("ratio"), number("tau"), number("majorities")];
  const two = majorities === 2, share = two ? number("share") : 0;
  byId("share").disabled = !two;
  byId("share").labels[0].querySelector("output").value =
    share ? share : "vanishes";
  const edge = (t) => share ? theory.thresholdAt(share, t) : theory.threshold(majorities, t);
  const threshold = edge(tau), collapsed = ratio >= threshold;
  const angles = share ? theory.optimum(share, ratio, tau)
    : {minority: Math.acos(theory.cosine(majorities, ratio, tau)), third: 0};
  const cosine = Math.cos(angles.minority);
  const spread = share && collapsed && theory.merged(share, ratio, tau).multiplier > 0;
  byId("regime").textContent = collapsed
    ? `Full collapse: the minority and its majority share one vector (cosine 1), as α/p ≥ ${threshold.toFixed(3)}.` +
      (spread ? " But the minority's own samples spread around it." : "")
    : `No full collapse: cosine ${cosine.toFixed(3)}. Full collapse begins at α/p = ${threshold.toFixed(3)}.`;

  const chart = frame([0, 1.5], [0, 3], "α/p", "temperature τ", [0, 0.5, 1, 1.5], [0, 1, 2, 3]);
  const line = steps(0.02, 3, 120).map((t) => chart.at(edge(t), t));
  const region = svg("path", {class: "region", d: `M${line.join("L")}L${chart.at(1.5, 3)}L${chart.at(1.5, 0.02)}Z`});
  const curve = svg("path", {class: "curve", d: `M${line.join("L")}`});
  const here = svg("circle", {class: "mark", cx: chart.across(ratio), cy: chart.down(tau), r: 6});
  const word = svg("text", {x: chart.right - 8, y: chart.top + 20, "text-anchor": "end"}, "full collapse");
  place("phases", "0 0 400 300", `Phase diagram: ${byId("regime").textContent}`, ...chart.parts, chart.inside(region, curve), word, here);

  const [cx, cy, r] = [200, 150, 105];
  const parts = [svg("circle", {class: "axis", cx, cy, r})];
  const arm = (angle, length, name, kind, dy = 0) => {
    const [x, y] = [cx + length * r * Math.cos(angle), cy - length * r * Math.sin(angle)];
    parts.push(svg("line", {class: `arm ${kind}`, x1: cx, y1: cy, x2: x, y2: y}));
    const [tx, ty] = [cx + (length * r + 14) * Math.cos(angle), cy - (length * r + 14) * Math.sin(angle)];
    const anchor = Math.cos(angle) > 0.3 ? "start" : Math.cos(angle) < -0.3 ? "end" : "middle";
    parts.push(svg("text", {x: tx, y: ty + 5 + dy, "text-anchor": anchor}, name));
  };
  const close = angles.minority < 0.25;
  arm(0, 1, "its majority", "host", close ? 12 : 0);
  arm(angles.minority, 1, "minority", "minority", close ? -8 : 0);
  if (two) arm(Math.PI + angles.third, 1, "the other", "");
  else {
    arm(Math.PI, 1 / (majorities - 1), "", "");
    parts.push(svg("text", {x: cx, y: cy + r + 30, "text-anchor": "middle"}, `left: the ${majorities - 1} others, seen from the side`));
  }
  place("circle", "0 0 400 300", `The blocks' vectors: the minority at cosine ${cosine.toFixed(3)} with its majority`, ...parts);
}

function drawMargin() {
  const [loss, negatives, epsilon, tau] = [number("loss"), number("negatives"), number("epsilon"), number("sphere")];
  const valid = Number.isInteger(negatives) && negatives >= 1;
  const chart = frame([-1, 10], [-12, 8], "loss ℓ", "margin m (logits)", [0, 2, 4, 6, 8, 10], [-10, -5, 0, 5]);
  const parts = [svg("path", {class: "axis", d: `M${chart.at(-1, 0)}L${chart.at(10, 0)}`})];
  let told = "N must be a whole number from 1 on.";
  if (valid) {
    const free = theory.marginInterval(loss, negatives, epsilon);
    const sphere = theory.marginInterval(loss, negatives, epsilon, tau);
    const told2 = ([low, high]) => `from ${low.toFixed(3)} to ${high.toFixed(3)}`;
    told = !free ? `No logits have this loss: it exceeds −ε = ${(-epsilon).toFixed(2)}.`
      : `The margin lies ${told2(free)} logits. On the unit sphere: ` + (!sphere ? "no vectors have this loss at this temperature."
        : `${told2(sphere)} logits, that is ${told2(sphere.map((m) => m * tau))} in cosines.`) +
        (loss <= Math.log(2) - epsilon ? " As ℓ ≤ log 2 − ε, the margin is at least ε." : "");
    const grid = steps(-1, 10, 440).map((x) => [x, theory.marginInterval(x, negatives, epsilon)]).filter(([, m]) => m);
    const ends = [0, 1].map((k) => grid.map(([x, m]) => chart.at(x, m[k])));
    parts.push(svg("path", {class: "region", d: `M${ends[0].join("L")}L${ends[1].reverse().join("L")}Z`}));
    const narrow = grid.map(([x]) => [x, theory.marginInterval(x, negatives, epsilon, tau)]).filter(([, m]) => m);
    for (const k of [0, 1]) {
      parts.push(svg("path", {class: "curve", d: `M${grid.map(([x, m]) => chart.at(x, m[k])).join("L")}`}));
      if (narrow.length) parts.push(svg("path", {class: "curve second", d: `M${narrow.map(([x, m]) => chart.at(x, m[k])).join("L")}`}));
    }
    const bar = sphere ?? free;
    if (bar) parts.push(svg("path", {class: "mark", d: `M${chart.at(loss, bar[0])}L${chart.at(loss, bar[1])}`}));
    parts.push(svg("text", {x: chart.right, y: chart.top + 14, "text-anchor": "end"}, "band: any logits; dashed: the unit sphere"));
  }
  byId("interval").textContent = told;
  place("band", "0 0 400 300", `Margin against loss: ${told}`, ...chart.parts, chart.inside(...parts));
}

const data = JSON.parse(byId("graph-data").textContent);

// All claims that lead on from one: forwards what it uses, backwards what uses it.
function reached(from, [start, end]) {
  const found = new Set([from]);
  for (const id of found) for (const use of data.uses) if (use[start] === id) found.add(use[end]);  // grows as it is read
  return found;
}

function drawGraph() {
  const focus = byId("focus").value;
  const [below, above] = [reached(focus, [0, 1]), reached(focus, [1, 0])];
  const nodes = data.nodes.filter(({id}) => !focus || below.has(id) || above.has(id));
  byId("around").textContent = focus
    ? `${focus} uses ${below.size - 1} claims and is used by ${above.size - 1}, directly or through others.`
    : `${nodes.length} claims use others or are used; the rest stand alone.`;
  const levels = [...new Set(nodes.map(({level}) => level))].sort((a, b) => a - b);
  const [wide, high, stepX, stepY] = [92, 36, 170, 50];
  const spot = {};
  const taken = levels.map(() => 0);
  for (const node of nodes) {
    const column = levels.indexOf(node.level);
    spot[node.id] = [10 + column * stepX, 10 + taken[column]++ * stepY];
  }
  const parts = [];
  for (const [claimId, used, kinds] of data.uses) {
    if (!spot[claimId] || !spot[used]) continue;
    const [[x1, y1], [x2, y2]] = [spot[claimId], spot[used]];
    const path = x1 === x2
      ? `M${x1 + wide} ${y1 + high / 3}C${x1 + wide + 40} ${y1} ${x2 + wide + 40} ${y2 + high} ${x2 + wide + 2} ${y2 + high * 2 / 3}`
      : `M${x1} ${y1 + high / 2}C${x1 - 40} ${y1 + high / 2} ${x2 + wide + 40} ${y2 + high / 2} ${x2 + wide + 2} ${y2 + high / 2}`;
    parts.push(svg("path", {class: `use ${kinds[0]}`, d: path, "marker-end": "url(#tip)"}));
  }
  for (const {id, verdict, all} of nodes) {
    const [x, y] = spot[id];
    const node = svg("a", {href: `#${id}`, class: id === focus ? "node focus" : "node", "aria-label":
      `${id}, ${verdict}${all ? ", with all that it uses" : ""}`},
      svg("rect", {x, y, width: wide, height: high, rx: 4}),
      svg("text", {x: x + wide / 2, y: y + 16, "text-anchor": "middle"}, id),
      svg("text", {x: x + wide / 2, y: y + 29, "text-anchor": "middle", class: "word", "data-word": verdict}, verdict));
    if (all) node.insertBefore(svg("rect", {x: x + 3, y: y + 3, width: wide - 6, height: high - 6, rx: 2}), node.children[1]);
    parts.push(node);
  }
  const [width, height] = [levels.length * stepX, 10 + Math.max(0, ...taken) * stepY];
  const tip = svg("marker", {id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto"},
    svg("path", {d: "M0 0L8 4L0 8Z", fill: "context-stroke"}));
  byId("drawing").replaceChildren(svg("svg", {viewBox: `0 0 ${width} ${height}`, width, height}, svg("defs", {}, tip), ...parts));
}

// ---- Events ----

for (const control of controls) {
  control.addEventListener("input", () => { tellValue(control); remember(false); show(); });
}
function tellValue(control) {
  const output = control.labels[0].querySelector("output");
  if (output && control.id !== "share") output.value = control.value;
}
byId("filters").addEventListener("reset", () => setTimeout(() => { claim = ""; remember(false); show(); }));
for (const form of document.forms) form.addEventListener("submit", (event) => event.preventDefault());

document.addEventListener("click", (event) => {
  const address = event.target.closest("a[href^='#']")?.getAttribute("href").slice(1);
  if (!address) return;
  if (address.startsWith("focus=")) byId("focus").value = address.slice(6);
  else if (byId(address)?.matches(".claim")) claim = address;
  else return;
  event.preventDefault();
  remember(true);
  show();
  const target = byId(address.startsWith("focus=") ? "graph" : claim);
  if (target.matches(".claim")) target.open = true;
  target.scrollIntoView();
  (target.querySelector("summary") ?? byId("focus")).focus({preventScroll: true});
});

addEventListener("popstate", recall);
addEventListener("hashchange", recall);
addEventListener("beforeprint", () => document.querySelectorAll("details.claim:not([hidden])").forEach((one) => { one.open = true; }));
recall();
controls.forEach(tellValue);
