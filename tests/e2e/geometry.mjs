// Whether everything on the page stands where a person can see, read and press it.

/**
 * What is wrong with where things stand, as sentences; empty if nothing is.
 *
 * - the page does not scroll sideways;
 * - what a panel paints (cards, text, paths, buttons) stays inside of it, and panels do not lie over each other;
 * - text is not cut off without a way to read the rest of it;
 * - whatever can be pressed or typed into is not under anything else where it is in view.
 *
 * `covered: false` leaves out the last point.
 */
export function faults(page, { covered = true } = {}) {
  return page.evaluate((covered) => {
    const found = [];
    const EPS = 1.5;
    const root = document.documentElement;
    const window_ = { left: 0, top: 0, right: root.clientWidth, bottom: root.clientHeight };
    const name = (element) => {
      const { tagName, id, classList } = element;
      const text = (element.getAttribute("aria-label") ?? element.textContent ?? "").trim().replaceAll(/\s+/g, " ").slice(0, 30);
      return `${tagName.toLowerCase()}${id ? `#${id}` : ""}${[...classList].map((c) => `.${c}`).join("")} “${text}”`;
    };
    const round = ({ left, top, right, bottom }) => [left, top, right, bottom].map(Math.round).join(" ");
    const say = (what) => found.length < 12 && !found.includes(what) && found.push(what);
    const cut = (a, b) => ({
      left: Math.max(a.left, b.left), top: Math.max(a.top, b.top),
      right: Math.min(a.right, b.right), bottom: Math.min(a.bottom, b.bottom),
    });
    const area = (r) => Math.max(0, r.right - r.left) * Math.max(0, r.bottom - r.top);
    const shown = (element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    // Only readers of another kind are meant to get these.
    const unseen = (element) => element.closest(".hidden, .spoken, .skip, .flight, [hidden]") !== null;
    /** What is left of an element's box within all that clip it, up to `end`. */
    const seen = (element, end) => {
      let rect = element.getBoundingClientRect();
      for (let at = element.parentElement; at && at !== end; at = at.parentElement) {
        const { overflowX, overflowY } = getComputedStyle(at);
        if (at instanceof SVGElement && at.tagName !== "svg") continue;
        const box = at.getBoundingClientRect();
        if (overflowX !== "visible") rect = cut(rect, { ...box.toJSON(), top: -Infinity, bottom: Infinity });
        if (overflowY !== "visible") rect = cut(rect, { ...box.toJSON(), left: -Infinity, right: Infinity });
      }
      return rect;
    };

    if (root.scrollWidth > root.clientWidth) {
      const wide = [...document.body.querySelectorAll("*")].find((e) => shown(e) && !unseen(e) && seen(e).right > root.clientWidth + EPS);
      say(`the page is ${root.scrollWidth} wide in a window of ${root.clientWidth}: ${wide ? name(wide) : "?"}`);
    }

    const PANELS = ".panel, .stage, .gauge, .time, .side, .choice, .head, .banner, .building";
    const panels = [...document.querySelectorAll(PANELS)].filter((panel) => shown(panel) && !unseen(panel));
    const INK = ".card, .hop, .tie, .shelf, button, input, select, textarea, canvas, summary, code, p, h2, h3, li, dt, dd, th, td, label, progress";
    for (const panel of panels) {
      const box = panel.getBoundingClientRect();
      for (const element of panel.querySelectorAll(INK)) {
        if (!shown(element) || unseen(element) || element.closest(PANELS) !== panel && element !== panel) continue;
        const rect = seen(element, panel);
        if (area(rect) === 0) continue;
        const out = Math.max(box.left - rect.left, box.top - rect.top, rect.right - box.right, rect.bottom - box.bottom);
        // A range reaches over its track by half a thumb.
        if (out > (element.matches("#timeline, #lab-timeline, .thumb") ? 10 : EPS)) {
          say(`${name(element)} (${round(rect)}) leaves ${name(panel)} (${round(box)})`);
        }
      }
    }
    for (const [nth, panel] of panels.entries()) {
      for (const other of panels.slice(nth + 1)) {
        if (panel.contains(other) || other.contains(panel)) continue;
        const pinned = [panel, other].some((p) => getComputedStyle(p).position === "sticky");
        if (pinned && !covered) continue;
        const both = cut(seen(panel), seen(other));
        if (both.right - both.left > EPS && both.bottom - both.top > EPS) say(`${name(panel)} and ${name(other)} lie over each other`);
      }
    }

    for (const element of document.querySelectorAll("button, p, h2, h3, li, dd, th, td, label, legend, summary, select")) {
      if (!shown(element) || unseen(element) || element.closest("svg")) continue;
      const { overflowX, textOverflow } = getComputedStyle(element);
      if (overflowX !== "visible" && element.scrollWidth > element.clientWidth + EPS && !["auto", "scroll"].includes(overflowX)) {
        // What is cut says all of itself when it is pointed at.
        if (textOverflow !== "ellipsis" || !element.closest("[title]")) say(`${name(element)} is cut off`);
      }
    }

    if (covered) {
      for (const element of document.querySelectorAll("button, input, select, textarea, a, summary, [role=button], [tabindex]")) {
        if (!shown(element) || unseen(element)) continue;
        const rect = cut(seen(element), window_);
        // The numbers of its lines stand on the program's edge, where there is no text.
        if (element.id === "program") rect.left += 44;
        if (rect.right - rect.left < 4 || rect.bottom - rect.top < 4) continue;
        const [dx, dy] = [(rect.right - rect.left) / 5, (rect.bottom - rect.top) / 5];
        for (const [x, y] of [[2.5, 2.5], [1, 2.5], [4, 2.5], [2.5, 1], [2.5, 4]]) {
          const top = document.elementFromPoint(rect.left + x * dx, rect.top + y * dy);
          if (top && !element.contains(top) && !top.contains(element) && top.closest("label")?.control !== element) {
            say(`${name(element)} (${round(rect)}) is under ${name(top)}`);
            break;
          }
        }
      }
    }
    return found;
  }, covered);
}

/** The windows that the page has to fit. */
export const WINDOWS = [
  [360, 640], [390, 844], [768, 1024], [1024, 768], [1280, 720], [1366, 768], [1440, 900], [1920, 1080],
  // 1280 × 800 and 640 × 512 at 200 % zoom.
  [640, 400], [320, 256],
];

/** Gives the window another size and waits until everything was measured and drawn for it. */
export async function resize(page, [width, height]) {
  await page.setViewportSize({ width, height });
  await settled(page);
}

/** Waits until nothing on the page changes its place any more. */
export async function settled(page) {
  await page.evaluate(async () => {
    const frame = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const place = () => [...document.querySelectorAll(".cards, .map, .panel, .stage, .time, .side")]
      .map((e) => { const { x, y, width, height } = e.getBoundingClientRect(); return [x, y, width, height]; }).join();
    let [before, same] = [null, 0];
    for (let n = 0; n < 60 && same < 3; n++) {
      await frame();
      const now = place();
      same = now === before ? same + 1 : 0;
      before = now;
    }
  });
}
