// Lines of weeks answer: the pointer, a finger or the arrow keys choose a week, and what it says stands beside
// the line. The numbers are those of the table that belongs to it, in its words; without script both stay.
const SVG = "http://www.w3.org/2000/svg";
const groups = new Map();
const [COMMA, AND] = document.documentElement.lang.startsWith("zh") ? ["，", "；"] : [", ", "; "];

// A range of HTML, because it is what a keyboard and a screen reader, also one on a phone, know how to move.
function slider(box, last, at) {
  const input = document.createElement("input");
  Object.assign(input, { type: "range", min: 0, max: last, value: at, className: "chart-week" });
  input.setAttribute("aria-label", box.dataset.label);
  return input;
}

// Of each week, the oldest first, its name, and of each line its value then. A week is a row; where the table
// has a school in each row, it is a column, and `row` is the school's.
function readTable(table, column, row) {
  const names = [...table.tHead.rows[0].cells].slice(1).map(words);
  if (row !== undefined) {
    const values = [...table.tBodies[0].rows[row].cells].slice(1).map(words);
    return { names, weeks: names.map((week, at) => ({ week, values: [values[at]] })) };
  }
  const weeks = [];
  for (const row of table.tBodies[0].rows) {
    const [week, ...values] = [...row.cells].map(words);
    weeks[row.dataset.at] = { week, values: column === null ? values : [values[column]] };
  }
  return { names, weeks };
}

function words(cell) {
  return cell.textContent.trim().replace(/\s+/g, " ");
}

function draw(svg, name) {
  const made = svg.appendChild(document.createElementNS(SVG, "path"));
  made.setAttribute("class", name);
  return made;
}

// Upright through the week, and a ring around each known point.
function shape(marks, at, height) {
  const rings = marks.map((line) => line[at]).filter((mark) => mark && mark[1]);
  const x = marks.map((line) => line[at]).find(Boolean)[0];
  return `M${x} 4V${height - 4}` + rings.map(([cx, cy]) => `M${cx - 6} ${cy}a6 6 0 1 0 12 0a6 6 0 1 0 -12 0`).join("");
}

class Chart {
  constructor(box, table) {
    const { column, row } = box.dataset;
    this.box = box;
    this.svg = box.querySelector("svg");
    this.marks = this.svg.dataset.marks.split("|").map((line) => line.trim().split(" ").map((one) => one.split(",")));
    this.told = readTable(table, column === undefined ? null : Number(column), row);
    this.last = Math.min(Math.max(...this.marks.map((line) => line.length)), this.told.weeks.length) - 1;
    this.at = Math.min(Number(box.dataset.at ?? this.last), this.last);
    this.held = null;
    this.heldLine = draw(this.svg, "chart-held");
    this.line = draw(this.svg, "chart-line");
    this.input = box.appendChild(slider(box, this.last, this.at));
    // A small line says nothing of the last week, which stands beside it; of many, one is reached by Tab.
    this.isSmall = box.dataset.small !== undefined;
    if (this.isSmall && groups.has(box.dataset.chart)) this.input.tabIndex = -1;
    // Several lines have a list of keys, which says their values; one line has a place beneath it.
    this.keys = document.getElementById(box.dataset.keys);
    if (!this.keys) this.addWords(box.nextElementSibling);
    this.input.addEventListener("input", () => this.choose(Number(this.input.value)));
    for (const kind of ["pointerdown", "pointermove"]) box.addEventListener(kind, (event) => this.point(event));
    this.show();
  }

  addWords(place) {
    this.place = place;
    this.text = place.appendChild(document.createElement("span"));
    this.text.setAttribute("aria-hidden", "true"); // the range says the same
    const label = this.box.dataset.compare;
    if (!label) return;
    const button = place.appendChild(document.createElement("button"));
    Object.assign(button, { type: "button", className: "btn btn-plain", textContent: label });
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => {
      this.held = this.held === null ? this.at : null;
      button.setAttribute("aria-pressed", String(this.held !== null));
      this.show();
    });
  }

  point(event) {
    if (event.type === "pointerdown") this.input.focus({ preventScroll: true });
    const { left, width } = this.svg.getBoundingClientRect();
    const x = ((event.clientX - left) / width) * this.svg.viewBox.baseVal.width;
    const places = this.marks.reduce((longest, line) => (line.length > longest.length ? line : longest));
    const near = places.map((mark, at) => [Math.abs(mark[0] - x), at]).sort((one, other) => one[0] - other[0]);
    this.choose(Math.min(near[0][1], this.last));
  }

  // Lines of the same weeks move together: so they are compared.
  choose(at) {
    for (const one of groups.get(this.box.dataset.chart)) {
      one.at = Math.min(at, one.last);
      one.show();
    }
  }

  show() {
    const { height } = this.svg.viewBox.baseVal;
    const isQuiet = this.isSmall && this.at === this.last;
    if (this.place) this.place.hidden = isQuiet;
    this.line.setAttribute("d", isQuiet ? "" : shape(this.marks, this.at, height));
    this.heldLine.setAttribute("d", this.held === null ? "" : shape(this.marks, this.held, height));
    this.input.value = this.at;
    const shown = [...new Set([this.held ?? this.at, this.at])].sort((one, other) => one - other);
    const parts = shown.map((at) => this.say(at));
    this.input.setAttribute("aria-valuetext", parts.join(AND));
    if (this.keys) this.fillKeys();
    else this.text.replaceChildren(...parts.map((part) => {
      const one = document.createElement("span");
      one.textContent = part;
      return one;
    }));
  }

  fillKeys() {
    const { values } = this.told.weeks[this.at];
    this.keys.previousElementSibling.textContent = this.name(this.at);
    this.keys.querySelectorAll("b").forEach((value, line) => { value.textContent = values[line]; });
  }

  // "Week until 10 Nov:", or "In week 5 of the term:".
  name(at) {
    return (this.keys?.previousElementSibling ?? this.box).dataset.words.replace("#", this.told.weeks[at].week);
  }

  // "Week until 10 Nov: 78%", or of several lines "In week 5 of the term: Autumn 2026 70–75 %, Spring 2026 60–65 %".
  say(at) {
    const { values } = this.told.weeks[at];
    const lines = values.length > 1 ? values.map((value, line) => `${this.told.names[line]} ${value}`) : values;
    const name = this.name(at);
    return `${name}${name.endsWith(":") ? " " : ""}${lines.join(COMMA)}`;
  }
}

document.querySelectorAll("[data-chart]").forEach((box) => {
  const table = document.getElementById(box.dataset.chart);
  if (!table || !box.querySelector("svg[data-marks]")) return;
  const chart = new Chart(box, table);
  groups.set(box.dataset.chart, [...(groups.get(box.dataset.chart) ?? []), chart]);
});
