// Builds static/src into static/dist: staff and family bundles and the icon sprite. No address outside this folder is used.
import { build } from "esbuild";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as sass from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const src = join(here, "src");
const dist = join(here, "dist");
const modules = join(here, "..", "node_modules");

// Staff pages: the last two years of browsers. Family pages: in-app browsers of Chromium 86 and iOS 13 age.
const STAFF_TARGET = ["es2020"];
const FAMILY_TARGET = ["es2019"];
const STAFF_CSS_TARGET = ["chrome110", "firefox115", "safari16"];
const FAMILY_CSS_TARGET = ["chrome86", "safari13"];

function compileSass(file) {
  return sass.compile(file, {
    loadPaths: [src],
  }).css;
}

async function bundleCss(css, resolveDir, outfile, target) {
  await build({
    stdin: { contents: css, resolveDir, loader: "css" },
    bundle: true, minify: true, outfile, target, legalComments: "none",
  });
}

async function bundleJs(entry, outfile, target) {
  await build({ entryPoints: [entry], bundle: true, minify: true, outfile, target, format: "iife", legalComments: "none" });
}

function symbol(id, svg) {
  const viewBox = /viewBox="([^"]+)"/.exec(svg)[1];
  const inside = svg.replace(/<!--[\s\S]*?-->/g, "").replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "");
  const shapes = inside.replace(/<path stroke="none"[^>]*fill="none"\s*\/>/g, "").replace(/\s*\n\s*/g, "");
  return `<symbol id="${id}" viewBox="${viewBox}">${shapes}</symbol>`;
}

function buildSprite() {
  const tabler = JSON.parse(readFileSync(join(src, "icons", "tabler.json"), "utf8"));
  const outline = join(modules, "@tabler", "icons", "icons", "outline");
  const symbols = Object.entries(tabler).map(([name, file]) =>
    symbol(`i-${name}`, readFileSync(join(outline, `${file}.svg`), "utf8")));
  const own = join(src, "icons", "own");
  for (const file of readdirSync(own).filter((name) => name.endsWith(".svg")).sort()) {
    symbols.push(symbol(file.replace(".svg", ""), readFileSync(join(own, file), "utf8")));
  }
  writeFileSync(join(dist, "sprite.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
}

// Each file without a leading underscore is a page's own.
function pagesIn(folder, ending) {
  const names = readdirSync(folder).filter((name) => name.endsWith(ending) && !name.startsWith("_"));
  return names.map((name) => name.slice(0, -ending.length)).sort();
}

async function buildStaff() {
  await bundleCss(compileSass(join(src, "staff.scss")), src, join(dist, "staff.css"), STAFF_CSS_TARGET);
  // Pages apart from the daily ones bring their own few rules.
  for (const page of pagesIn(join(src, "pages"), ".scss")) {
    await bundleCss(compileSass(join(src, "pages", `${page}.scss`)), src, join(dist, `${page}.css`), STAFF_CSS_TARGET);
  }
  await bundleJs(join(src, "staff", "staff.js"), join(dist, "staff.js"), STAFF_TARGET);
  await bundleJs(join(src, "staff", "entry.js"), join(dist, "entry.js"), STAFF_TARGET);
  await bundleJs(join(src, "staff", "passkey.js"), join(dist, "passkey.js"), STAFF_TARGET);
  await bundleJs(join(src, "staff", "chart.js"), join(dist, "chart.js"), STAFF_TARGET);
  await bundleJs(join(src, "staff", "no_network.js"), join(dist, "no_network.js"), STAFF_TARGET);
  await bundleJs(join(src, "sw.js"), join(dist, "sw.js"), STAFF_TARGET);
}

async function buildFamily() {
  const css = join(src, "family", "family.css");
  if (existsSync(css)) {
    await bundleCss(readFileSync(css, "utf8"), dirname(css), join(dist, "family.css"), FAMILY_CSS_TARGET);
  }
  // Pages apart from the check-in bring their own few rules; family.css stays as small as it is.
  for (const page of pagesIn(join(src, "family"), ".css").filter((name) => name !== "family")) {
    const own = readFileSync(join(src, "family", `${page}.css`), "utf8");
    await bundleCss(own, join(src, "family"), join(dist, `${page}.css`), FAMILY_CSS_TARGET);
  }
  const js = join(src, "family", "family.js");
  if (existsSync(js)) {
    await bundleJs(js, join(dist, "family.js"), FAMILY_TARGET);
  }
  await bundleJs(join(src, "family", "sw.js"), join(dist, "family_sw.js"), FAMILY_TARGET);
  for (const page of ["lesson", "pupil", "record", "screen", "seat", "seat_sw", "talk"]) {
    await bundleJs(join(src, "family", `${page}.js`), join(dist, `${page}.js`), FAMILY_TARGET);
  }
}

// The village worker's pages are family pages on which somebody writes without a network.
async function buildVillage() {
  await bundleJs(join(src, "staff", "offline.js"), join(dist, "offline.js"), FAMILY_TARGET);
}

function copyIcon() {
  writeFileSync(join(dist, "icon.svg"), readFileSync(join(src, "icons", "icon.svg")));
}

function report() {
  for (const name of readdirSync(dist).sort()) {
    console.log(`${name}  ${(statSync(join(dist, name)).size / 1000).toFixed(1)} kB`);
  }
}

mkdirSync(dist, { recursive: true });
for (const name of readdirSync(dist)) rmSync(join(dist, name), { recursive: true });
buildSprite();
copyIcon();
await buildStaff();
await buildFamily();
await buildVillage();
report();
