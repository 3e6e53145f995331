// The parts of the panel. Each is nothing where there is nothing to show.
const part = (title, ...content) => [make("h3", null, title), ...content];

function table(head, rows, longest) {
  if (!rows || rows.length === 0) return null;
  return make("div", { class: "panel-scroll" }, make("table", { class: "list" },
    make("thead", null, make("tr", null, head.map((name) => make("th", { scope: "col" }, name)))),
    make("tbody", null, rows.map((row) => make("tr", null, row.map((text, i) => make("td", i === longest ? { class: "long" } : null, text)))))));
}

function command(line) {
  const words = line.split(" ").flatMap((word, i) => (i ? [" ", make("span", null, word)] : [make("span", null, word)]));
  const pre = make("pre", null, words); // broken between words, not at the dashes of flags
  const button = make("button", { type: "button" }, "copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(line);
      button.textContent = "copied";
    } catch { // not allowed here: select it instead
      getSelection().selectAllChildren(pre);
      button.textContent = "selected";
    }
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  });
  return make("div", { class: "command" }, pre, button);
}

const lines = (list) => (list && list.length ? make("pre", null, list.join("\n")) : null);

function facts(list) {
  return make("dl", { class: "facts" }, list.flatMap(([name, value]) => [make("dt", null, name), make("dd", null, value)]));
}

function fault(cell) {
  if (!cell.bug) return null;
  return part(cell.bug, make("p", null, cell.title), cell.meaning ? make("p", null, make("small", null, cell.meaning)) : null,
    lines(cell.excerpt), cell.after ? make("p", null, make("small", null, "What only followed from it:")) : null, lines(cell.after));
}

// timeLine marks the lines that say what the fault was.
function timeLine(cell) {
  if (!cell.line) return null;
  const told = new Set(cell.excerpt || []);
  const rows = cell.line.map(([after, source, text]) =>
    make("tr", told.has(text) ? { class: "told" } : null, make("td", null, after), make("td", null, source), make("td", null, text)));
  if (cell.left) rows.splice(1, 0, make("tr", null, make("td", null, "…"), make("td", null, ""), make("td", null, cell.left + " entries left out")));
  return part("Time line, in seconds", make("table", { class: "line" }, make("tbody", null, rows)));
}

function starts(cell, all, commands) {
  return (cell.starts || []).filter((n) => all[n]).map((n) => {
    const start = all[n];
    return make("div", null, make("p", null, start.says), start.command ? command(spelled(start.command, commands)) : null, lines(start.peers),
      start.unobserved ? make("p", null, make("small", null, "not observed: " + start.unobserved.join("; "))) : null);
  });
}

// spelled is a command line that was told from another one.
function spelled([base, ...changes], commands) {
  const words = commands[base].slice();
  for (let i = 0; i < changes.length; i += 2) words[changes[i]] = changes[i + 1];
  return words.join(" ");
}

function sizes(cell, [where, shape]) {
  const [asked, reached, np, ctx, ps] = cell.sizes;
  return [["shape", index.shapes[shape]], ["prompt", asked + " tokens asked for, " + (reached || "–") + " reached"],
    ["slots", "np " + np + ", -c " + ctx + ", " + ps + " per slot"], ["target", index.targets[where]]];
}

const recipes = (list) => list.flatMap(({ start, n, says, slots }) => slots.map(([slot, ...rest]) => [start, n, slot, ...says, ...rest]));

function evidence(cell, place, { starts: all, commands }) {
  return [
    make("p", { class: "verdict" }, cell.says),
    cell.died ? make("p", null, make("span", { class: "died" }, cell.died)) : null,
    facts([...sizes(cell, place), ...(cell.facts || [])]),
    fault(cell),
    timeLine(cell),
    cell.opinions ? part("What oracles say of its answers", table(["oracle", "says", "why"], cell.opinions, 2)) : null,
    cell.attempts ? part("Attempts", table(["start", "n", "outcome", "cache", "prompt", "prompt_n", "cache_n", "s", "pp t/s", "tg t/s", "reason"], cell.attempts, 10)) : null,
    cell.gauges ? part("Highest readings", table(["start", "n", "device", "memory", "temperature", "power", "busy"], cell.gauges)) : null,
    part("This cell alone, from the same seed", command(spelled(cell.again, commands))),
    cell.prompts ? part("Recipe of the prompts", table(["start", "n", "slot", "shape", "tokens", "form", "vocabulary", "seed", "nonce", "sha256"], recipes(cell.prompts), 9)) : null,
    cell.starts ? part("Servers", starts(cell, all, commands)) : null,
  ];
}
