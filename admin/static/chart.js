// Sums by the time of day as lines: drawn from the data of a part that the server has sent, in the colours of the page.

import uPlot from "uplot";

const PIECES_A_DAY = 144;
const HEIGHT = 160;
const lang = document.documentElement.lang;
const roubles = new Intl.NumberFormat(lang, { maximumFractionDigits: 2 });
const short = new Intl.NumberFormat(lang, { notation: "compact" });
const dark = matchMedia("(prefers-color-scheme: dark)");

const timeOf = (piece) => `${String(Math.floor(piece / 6)).padStart(2, "0")}:${(piece % 6) * 10 || "00"}`;

function draw(place) {
  const colour = (name) => getComputedStyle(place).getPropertyValue(name).trim();
  const [time, ...names] = place.dataset.names.split("|");
  const days = JSON.parse(place.dataset.series);
  const times = Array.from({ length: PIECES_A_DAY + 1 }, (_, piece) => piece);
  const lines = days.map((sums) => times.map((piece) => (piece ? (sums[piece - 1] ?? null) : 0)).map((sum) => sum && sum / 100));
  const axis = { stroke: colour("--ink-soft"), grid: { stroke: colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui" };
  const looks = [
    { stroke: colour("--accent"), width: 2.5 },
    { stroke: colour("--busy"), width: 1.5 },
    { stroke: colour("--ink-soft"), width: 1.5, dash: [4, 4] },
  ];
  place.replaceChildren();
  return new uPlot(
    {
      width: place.clientWidth,
      height: HEIGHT,
      scales: { x: { time: false }, y: { range: (_, low, high) => [0, high > 0 ? high * 1.05 : 1] } },
      axes: [
        { ...axis, size: 26, splits: () => [0, 36, 72, 108, 144], values: (_, all) => all.map(timeOf) },
        { ...axis, size: 64, values: (_, all) => all.map((sum) => short.format(sum)) },
      ],
      series: [
        { label: time, value: (_, piece) => (piece === null ? "" : timeOf(piece)) },
        ...names.map((label, number) => ({
          label,
          ...looks[number],
          points: { show: false },
          value: (_, sum) => (sum === null ? "—" : `${roubles.format(sum)} ₽`),
        })),
      ],
    },
    [times, ...lines],
    place,
  );
}

function keepDrawn(part) {
  let chart = null;
  const again = () => {
    const place = part.querySelector(".chart[data-series]");
    chart?.destroy();
    chart = place ? draw(place) : null;
  };
  part.addEventListener("filled", again);
  dark.addEventListener("change", again);
  new ResizeObserver(() => {
    const width = part.querySelector(".chart")?.clientWidth;
    if (chart && width && width !== chart.width) chart.setSize({ width, height: HEIGHT });
  }).observe(part);
  again();
}

for (const part of document.querySelectorAll("[data-chart]")) keepDrawn(part);
